"""`gate`: whether a change may be merged."""

import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from modelward.cli.concluding import reporting
from modelward.cli.gating import Gating, between
from modelward.cli.options import Output, emit, here, now, quietly, reports, unless_quiet
from modelward.errors import ExitCode
from modelward.forge.interface import PullRequestName
from modelward.gate.authorship import Hands
from modelward.gate.receiving import git_of_hook, read_updates, refused
from modelward.gate.staleness import Changed, Staleness, unknown
from modelward.gate.verdict import Verdict
from modelward.report.rendering import FORMATS, Lines, Report, renderer
from modelward.report.terminal import complaint
from modelward.report.verdicts import as_report, verdict_as_json, verdict_as_markdown, verdict_as_text

Text = Callable[[Verdict, Lines, Changed], str]
_CODES = {"allow": ExitCode.DONE, "deny": ExitCode.DENIED, "error": ExitCode.NOT_EVALUATED}


@click.command("gate")
@between
@click.option(
    "--reviews",
    metavar="PULL-REQUEST",
    help="Count the reviews of this one where they are accepted: github:OWNER/REPO#NUMBER.",
)
@click.option("--queued", is_flag=True, help="HEAD was made by a merge queue: of its commits only the authors count.")
@click.option("--pre-receive", is_flag=True, help="Judge what a push brings, as git tells it to that hook.")
@reports
@quietly
@here
def command(
    base: str | None,
    head: str,
    at: datetime | None,
    reviews: str | None,
    queued: bool,
    pre_receive: bool,
    outputs: tuple[Output, ...],
    quiet: bool,
    folder: Path,
) -> None:
    """Judge whether HEAD may be merged into BASE: by BASE's policies, people and rules, and by who has signed.

    Nothing of HEAD is executed. The answer is the same from any clone, without a network, at the same time, unless
    reviews are asked for: a forge that does not answer then ends the run.
    """
    if pre_receive:
        _receive(folder, at or now())
        return
    with reporting(outputs, "gate"):
        hands: Hands = "authors" if queued else "every hand"
        reviewed = None if reviews is None else PullRequestName.parse(reviews)
        gating = Gating.opened(folder, base, head, at, hands=hands, reviewed=reviewed)
        verdict = gating.verdict()
    emit_verdict(gating, verdict, unless_quiet(outputs, quiet=quiet and verdict.answer == "allow"))
    raise click.exceptions.Exit(_CODES[verdict.answer])


def _receive(folder: Path, at: datetime) -> None:
    """Refuse a push, with the verdict as its message, unless all that it does to trusted branches may be."""
    git = git_of_hook(os.environ, folder)
    refusals = list(refused(git, list(read_updates(sys.stdin)), at))
    for refusal in refusals:
        if refusal.verdict is not None:
            click.echo(verdict_as_text(refusal.verdict, lambda _path: [], unknown))
        click.echo(complaint(refusal.why, refusal.remedy), err=True)
    if refusals:
        codes = [_CODES[refusal.verdict.answer] if refusal.verdict else ExitCode.DENIED for refusal in refusals]
        raise click.exceptions.Exit(max(codes))


def emit_verdict(gating: Gating, verdict: Verdict, outputs: Sequence[Output], text: Text = verdict_as_text) -> None:
    """Write a verdict in each format; `text` is how a person reads it here."""
    changed = Staleness(gating.git, gating.change.base, gating.change.head, gating.step).of
    report = as_report(verdict, gating.known, gating.lines, changed)
    render: dict[str, Callable[[], str]] = {name: partial(_rendered, name, report) for name in FORMATS}
    render["text"] = lambda: text(verdict, gating.lines, changed)
    render["json"] = lambda: verdict_as_json(verdict, report, gating.change.base, gating.change.head, changed)
    render["markdown"] = lambda: verdict_as_markdown(verdict, report, _rendered("markdown", report), changed)
    emit(outputs, render)


def _rendered(name: str, report: Report) -> str:
    return renderer(name)(report)
