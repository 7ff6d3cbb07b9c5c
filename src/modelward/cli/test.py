"""`test`: the examples of the rules, and the policy's own cases."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from modelward.cli.options import Output, emit, formats, here, matching, volume
from modelward.errors import ExitCode, NothingToCheck
from modelward.report.outcomes import outcomes_as_json, outcomes_as_text
from modelward.rules.cases import PolicyCases
from modelward.rules.examples import Examples, Outcome
from modelward.rules.loading import load_rules
from modelward.tree.directory import DirectorySource
from modelward.tree.git import find_git
from modelward.tree.snapshot import Snapshot, require_policies


@click.command("test")
@click.option("--rule", "globs", multiple=True, metavar="GLOB", help="Only the examples of these rules, and no cases.")
@formats
@volume
@here
def command(globs: tuple[str, ...], outputs: tuple[Output, ...], folder: Path, quiet: bool, verbose: bool) -> None:
    """Run the examples in tests/validators/ and the cases in policies/tests/.

    Each rule needs an example that passes and one that fails, each floor and each freeze a case that would end
    otherwise without it; a suite that shows nothing fails.
    """
    source = DirectorySource(find_git(folder).root)
    snapshot = Snapshot(source)
    require_policies(snapshot)
    rules = load_rules(snapshot)
    wanted = matching([rule.name for rule in rules], globs)
    if not wanted:
        raise NothingToCheck("no rule matches", "`modelward rules` lists them")

    def outcomes() -> Iterator[Outcome]:
        yield from Examples(source, rules).outcomes(wanted)
        if not globs:
            yield from PolicyCases(source, rules).outcomes()

    label = "running"
    with click.progressbar(outcomes(), label=label, file=sys.stderr, hidden=quiet or not sys.stderr.isatty()) as bar:
        ended = list(bar)
    emit(outputs, {"text": lambda: outcomes_as_text(ended, each=verbose), "json": lambda: outcomes_as_json(ended)})
    if any(outcome.complaints for outcome in ended):
        raise click.exceptions.Exit(ExitCode.DENIED)
