"""How a verb that judges ends: its report in every format that was asked for, and the exit code of its verdict."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import click

from modelward.cli.options import Output, unless_quiet, written
from modelward.errors import ExitCode, ModelwardError, NothingToCheck, WrongUse
from modelward.report.rendering import Report, renderer
from modelward.report.terminal import complaint
from modelward.rules.face import Finding
from modelward.rules.judgement import Judged, Judgement
from modelward.rules.loading import READABLE
from modelward.tree.place import Unreadable


def conclude(outputs: Sequence[Output], report: Report, *, quiet: bool) -> NoReturn:
    """Write the report in each format, and leave with the code of its verdict; `quiet` prints no text without findings.

    A file that cannot be written is named, and turns a pass into a run that could not be carried through; it never
    takes the place of a verdict that denies.
    """
    unwritten = _write(unless_quiet(outputs, quiet=quiet and not report.judgement.findings), report)
    code = report.code
    raise click.exceptions.Exit(ExitCode.NOT_EVALUATED if unwritten and code == ExitCode.DONE else code)


@contextmanager
def reporting(outputs: Sequence[Output], verb: str) -> Iterator[None]:
    """While a verb judges: what ends it early is written as its report, so that no older report is taken for it."""
    try:
        yield
    except (WrongUse, NothingToCheck):
        raise
    except ModelwardError as stopped:
        # A person reads on standard error what ended the run.
        _write(unless_quiet(outputs, quiet=True), _stopped(verb, stopped))
        raise


def _stopped(verb: str, stopped: ModelwardError) -> Report:
    """The report of a run that ended early; what is wrong in files is told at its places."""
    if not isinstance(stopped, Unreadable):
        return Report(verb, Judgement(), (), lambda _path: [], stopped=stopped)
    findings = [
        Judged(READABLE.name, "mandatory", Finding("error", one.message, one.place, one.notes), None, one.remedy)
        for one in stopped.problems
    ]
    return Report(verb, Judgement(findings=findings), (READABLE,), lambda _path: [])


def _write(outputs: Sequence[Output], report: Report) -> bool:
    """Write a report, and name each file that cannot be written; whether there is any."""
    errors = written(outputs, lambda name: renderer(name)(report))
    for error in errors:
        click.echo(complaint(error.message, error.remedy), err=True)
    return bool(errors)
