"""What every renderer of a judgement is given, and the renderers by the name of their format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from modelward.errors import ExitCode, ModelwardError
from modelward.rules.judgement import Judged, Judgement
from modelward.rules.loading import Rule

Lines = Callable[[str], list[str]]
"""Gives the lines of a file, for the excerpt under a message."""
Renderer = Callable[["Report"], str]

_MODULES = {
    "text": "text",
    "json": "document",
    "sarif": "sarif",
    "junit": "junit",
    "github": "github",
    "markdown": "markdown",
}
_CODES = {"pass": ExitCode.DONE, "fail": ExitCode.DENIED, "error": ExitCode.NOT_EVALUATED}
FORMATS = tuple(_MODULES)
"""The formats in which a judgement can be shown."""


@dataclass(frozen=True)
class Report:
    """What the verb `verb` found, with the texts of all rules that were to be run.

    `each_rule` asks for the numbers of every rule where a format shows them on demand only. `stopped` is what ended the
    run before its judgement was complete: such a report has the verdict `error`, whatever had been found by then.
    """

    verb: str
    judgement: Judgement
    rules: Sequence[Rule]
    lines: Lines
    each_rule: bool = False
    stopped: ModelwardError | None = None

    @property
    def verdict(self) -> Literal["pass", "fail", "error"]:
        """Whether what was asked is allowed; what could not be judged is no pass."""
        if self.stopped is not None or self.judgement.errors:
            return "error"
        return "fail" if self.judgement.denied else "pass"

    @property
    def code(self) -> ExitCode:
        """The exit code of the verdict."""
        if self.stopped is not None:
            return self.stopped.code
        return _CODES[self.verdict]

    @property
    def findings(self) -> list[Judged]:
        """The findings, those that deny first."""
        return sorted(self.judgement.findings, key=lambda judged: not judged.denies)


def renderer(name: str) -> Renderer:
    """The renderer of a format, loaded when it is first used."""
    render: Renderer = import_module(f"modelward.report.{_MODULES[name]}").render
    return render


def headline(report: Report) -> str:
    """How many findings there are, how many of them deny, and over how many models, in one line without markup."""
    findings = report.judgement.findings
    counts = report.judgement.counts
    said = _many(len(findings), "finding") if findings else "no findings"
    milder = [
        f"{number} {word}"
        for number, word in (
            (sum(not judged.denies and judged.waived_by is None for judged in findings), "advisory"),
            (sum(judged.waived_by is not None for judged in findings), "waived"),
        )
        if number
    ]
    parted = f" ({', '.join(milder)})" if milder else ""
    return f"{said}{parted} in {_many(counts.models, 'model')}"


def judged_line(report: Report) -> str:
    """How much was judged, in one line without markup."""
    counts = report.judgement.counts
    return f"{counts.rules} rules, {counts.evaluated} evaluations, {counts.not_evaluated} not evaluated"


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"
