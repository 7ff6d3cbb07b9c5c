"""`signoffs`: who has signed a change, and who is still needed."""

from datetime import datetime
from pathlib import Path

import click

from modelward.cli.gate import emit_verdict
from modelward.cli.gating import Gating, between
from modelward.cli.options import Output, formats, here
from modelward.errors import ExitCode
from modelward.report.verdicts import signatures_as_text


@click.command("signoffs")
@between
@formats
@here
def command(base: str | None, head: str, at: datetime | None, outputs: tuple[Output, ...], folder: Path) -> None:
    """Show each slot that HEAD must fill to be merged into BASE: who has signed, who can, and who cannot, and why."""
    gating = Gating.opened(folder, base, head, at)
    verdict = gating.verdict()
    emit_verdict(gating, verdict, outputs, lambda one, _lines, changed: signatures_as_text(one, changed))
    if any(not state.satisfied for state in verdict.requirements):
        raise click.exceptions.Exit(ExitCode.DENIED)
