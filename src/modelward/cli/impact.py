"""`impact`: the live deployments that a change of policy puts in breach."""

from datetime import datetime
from pathlib import Path

import click

from modelward.cli.gating import Gating, between
from modelward.cli.options import Output, emit, formats, here
from modelward.errors import ExitCode
from modelward.gate.impact import Breach, breaches
from modelward.gate.opening import whole
from modelward.report.document import finding_document, to_json
from modelward.report.rendering import weigh
from modelward.report.terminal import bold, green, red, safe
from modelward.report.text import block


@click.command("impact")
@between
@formats
@here
def command(base: str | None, head: str, at: datetime | None, outputs: tuple[Output, ...], folder: Path) -> None:
    """List the deployments of BASE that the policies of HEAD put in breach, and those of BASE do not.

    Rules are BASE's: a change of validators/ shows its impact once it is merged.
    """
    gating = Gating.opened(folder, base, head, at)
    before, after = whole(gating.git, gating.change)
    found = list(breaches(before, before, after, gating.rules, gating.step.now))
    emit(outputs, {"text": lambda: _text(gating, found), "json": lambda: _json(found)})
    if found:
        raise click.exceptions.Exit(ExitCode.DENIED)


def _text(gating: Gating, found: list[Breach]) -> str:
    parts = []
    for breach in found:
        parts.append(f"{bold(safe(breach.model))} {safe(breach.release)} in {safe(breach.environment)}")
        parts += [block(judged, weigh(judged), gating.lines) for judged in breach.findings]
    number = red(f"{len(found)} live deployments would be in breach")
    return "\n".join([*parts, number if found else green("no live deployment is put in breach")])


def _json(found: list[Breach]) -> str:
    return to_json(
        {
            "schema": "impact/v1",
            "breaches": [
                {
                    "model": breach.model,
                    "environment": breach.environment,
                    "release": breach.release,
                    "findings": [finding_document(judged, weigh(judged)) for judged in breach.findings],
                }
                for breach in found
            ],
        }
    )
