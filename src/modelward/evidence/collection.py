"""One collection: which kinds of documents are made, which cannot be, and why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from modelward.errors import CannotEvaluate, ModelwardError
from modelward.evidence import collecting
from modelward.evidence.contents import ValidationContent
from modelward.evidence.terms import Terms
from modelward.evidence.trial import Answers
from modelward.specs.evidence import Content
from modelward.specs.manifest import Manifest
from modelward.specs.scalars import EnvironmentName, ReleaseName
from modelward.specs.thresholds import Thresholds

FRONT: Final = EnvironmentName("production")
"""The environment whose release is the champion where no gate says which."""


@dataclass(frozen=True)
class Collected:
    """What each document says by kind, and why others were not made.

    `failure` is why a release that does not work as it should could not be measured; its validation says the same.
    """

    contents: Mapping[str, Content]
    left_out: Mapping[str, ModelwardError]
    failure: ModelwardError | None = None

    def without(self, kind: str, reason: ModelwardError) -> "Collected":
        """The same without one kind, and why."""
        contents = {each: content for each, content in self.contents.items() if each != kind}
        return Collected(contents, {**self.left_out, kind: reason}, self.failure)


@dataclass(frozen=True)
class Given:
    """What a collection starts from: answers to the rows, of the champion and to the reference where there are any."""

    answers: Answers
    champion: Answers | None
    reference: Answers
    terms: Terms
    training: Callable[[], Content]


def collect(given: Given, kinds: Sequence[str], *, asked: bool) -> Collected:
    """The contents of the kinds; `asked` says that a person named them, so that none may be left out.

    A release that cannot be measured because it does not load, or answers what is no answer, is still validated: the
    failed check is what evidence says of it. Raises whatever else keeps a document from being made.
    """
    contents: dict[str, Content] = {}
    left_out: dict[str, ModelwardError] = {}
    failure: ModelwardError | None = None
    makers = _makers(given)
    for kind in kinds:
        reason = _lacking(given, kind)
        if reason is not None:
            if asked:
                raise CannotEvaluate(f"no {kind} can be made: {reason}", "leave it out, or give what is missing")
            left_out[kind] = CannotEvaluate(reason)
            continue
        try:
            contents[kind] = makers[kind]()
        except CannotEvaluate as error:
            if not _works(contents.get("validation") or (makers["validation"]() if "validation" in kinds else None)):
                failure = failure or error
                left_out[kind] = error
            elif kind == "training" and not asked:
                left_out[kind] = error
            else:
                raise
    return Collected({kind: contents[kind] for kind in kinds if kind in contents}, left_out, failure)


def _makers(given: Given) -> Mapping[str, Callable[[], Content]]:
    answers, terms = given.answers, given.terms

    def backtest() -> Content:
        assert given.champion is not None
        return collecting.backtest(answers, given.champion, terms)

    return {
        "metrics": lambda: collecting.metrics(answers, terms),
        "bias": lambda: collecting.bias(answers, terms.between_groups()),
        "validation": lambda: collecting.validate(answers, terms.resampling.seed),
        "backtest": backtest,
        "baseline": lambda: collecting.take_baseline(given.reference, terms),
        "training": given.training,
    }


def _lacking(given: Given, kind: str) -> str | None:
    if kind == "metrics" and not given.terms.over_rows().wanted:
        return "thresholds.yaml declares no built-in metric of rows"
    if kind == "bias" and not given.terms.between_groups().wanted:
        return "no gate and no --slice names a column of groups, or no metric between groups is declared"
    if kind == "backtest" and given.champion is None:
        return "there is no champion to compare with"
    if kind == "backtest" and not given.terms.wanted:
        return "thresholds.yaml declares no built-in metric"
    return None


def _works(validation: Content | None) -> bool:
    """Whether the release works, as far as was looked at; what nobody validated is not excused."""
    if not isinstance(validation, ValidationContent):
        return True
    return all(check.verdict != "fail" for check in validation.checks)


def champion_of(manifest: Manifest, thresholds: Thresholds, release: ReleaseName) -> list[ReleaseName]:
    """The releases that `release` would replace: what the environments whose gates compare with a champion run now.

    Where no gate does, it is what production runs.
    """
    environments = dict.fromkeys(
        name for gate in thresholds.gates if gate.versus == "champion" for name in gate.environments
    )
    running = [manifest.deployments[name].release for name in environments or (FRONT,) if name in manifest.deployments]
    return [name for name in dict.fromkeys(running) if name != release]
