"""What every renderer of a judgement is given, and the renderers by the name of their format."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Literal, get_args

from modelward.errors import ExitCode, ModelwardError
from modelward.rules.judgement import Judged, Judgement
from modelward.rules.loading import Rule

Lines = Callable[[str], list[str]]
"""Gives the lines of a file, for the excerpt under a message."""
Renderer = Callable[["Report"], str]

Weight = Literal["error", "denies", "spared", "advisory", "waived"]
"""What a finding does: it leaves the question open, denies, is not of this change, only advises, or is waived."""
_WEIGHTS: tuple[Weight, ...] = get_args(Weight)

_MILDER: Mapping[Weight, str] = {"spared": "not of this change", "advisory": "advisory", "waived": "waived"}

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

    `each_rule` asks for the numbers of every rule where a format shows them on demand only. `spared` are findings that
    are shown and do not count, since the change that is judged does not cause them; `refused` tells that something
    beside the findings stands against it. `stopped` is what ended the run before its judgement was complete: such a
    report has the verdict `error`, whatever had been found by then.
    """

    verb: str
    judgement: Judgement
    rules: Sequence[Rule]
    lines: Lines
    each_rule: bool = False
    spared: Sequence[Judged] = ()
    refused: bool = False
    stopped: ModelwardError | None = None

    @property
    def verdict(self) -> Literal["pass", "fail", "error"]:
        """Whether what was asked is allowed; what could not be judged is no pass."""
        weights = {self.weight(judged) for judged in self.judgement.findings}
        if self.stopped is not None or "error" in weights:
            return "error"
        return "fail" if self.refused or "denies" in weights else "pass"

    @property
    def code(self) -> ExitCode:
        """The exit code of the verdict."""
        if self.stopped is not None:
            return self.stopped.code
        return _CODES[self.verdict]

    @property
    def findings(self) -> list[Judged]:
        """The findings, those that count most first."""
        return sorted(self.judgement.findings, key=lambda judged: _WEIGHTS.index(self.weight(judged)))

    def weight(self, judged: Judged) -> Weight:
        """What a finding does here."""
        return "spared" if judged in self.spared else weigh(judged)


def weigh(judged: Judged) -> Weight:
    """What a finding does by itself. What could not be told is never only advice."""
    if judged.finding.verdict == "error":
        return "error"
    if judged.waived_by is not None:
        return "waived"
    return "denies" if judged.denies else "advisory"


def renderer(name: str) -> Renderer:
    """The renderer of a format, loaded when it is first used."""
    render: Renderer = import_module(f"modelward.report.{_MODULES[name]}").render
    return render


def headline(report: Report) -> str:
    """How many findings there are, how many of them deny, and over how many models, in one line without markup."""
    findings = report.judgement.findings
    counts = report.judgement.counts
    said = _many(len(findings), "finding") if findings else "no findings"
    weights = Counter(report.weight(judged) for judged in findings)
    milder = [f"{weights[weight]} {word}" for weight, word in _MILDER.items() if weights[weight]]
    parted = f" ({', '.join(milder)})" if milder else ""
    return f"{said}{parted} in {_many(counts.models, 'model')}"


def judged_line(report: Report) -> str:
    """How much was judged, in one line without markup."""
    counts = report.judgement.counts
    return f"{counts.rules} rules, {counts.evaluated} evaluations, {counts.not_evaluated} not evaluated"


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"
