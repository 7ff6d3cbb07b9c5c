"""`doctor`: the health of everything that the system leans on."""

from pathlib import Path

import click

from modelward.cli.options import Output, emit, formats, here, now, quietly, unless_quiet
from modelward.errors import ExitCode
from modelward.forge.interface import RepositoryName
from modelward.health.examination import Wanted, examine
from modelward.report.checks import checks_as_json, checks_as_text, code


@click.command("doctor")
@click.option("--ref", default="HEAD", show_default=True, help="The commit whose policies are looked at.")
@click.option(
    "--registry",
    "registries",
    multiple=True,
    metavar="NAME",
    help="It is to answer here.  [default: those whose variable is set]",
)
@click.option(
    "--github",
    metavar="OWNER/REPO",
    help="Ask GitHub what it enforces, with the token in GITHUB_TOKEN; nothing is set.",
)
@formats
@quietly
@here
def command(
    ref: str, registries: tuple[str, ...], github: str | None, outputs: tuple[Output, ...], quiet: bool, folder: Path
) -> None:
    """Look at the machine, the clone, policies, keys, registries and what GitHub enforces, and say what is next.

    Nothing is written. What could not be looked at is never well: the exit code is then 3, and 1 when something failed.
    """
    hosted = None if github is None else RepositoryName.parse(f"github:{github}")
    checks = list(examine(Wanted(folder, ref, registries, hosted), now()))
    ended = code(checks)
    emit(
        unless_quiet(outputs, quiet=quiet and ended == ExitCode.DONE),
        {
            "text": lambda: checks_as_text(checks, only_unwell=quiet),
            "json": lambda: checks_as_json(checks, ref),
        },
    )
    if ended != ExitCode.DONE:
        raise click.exceptions.Exit(ended)
