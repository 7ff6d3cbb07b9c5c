"""Documents computed again: from what a document says of how it was made, to what it would say today."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from modelward.errors import ModelwardError
from modelward.evidence import collecting
from modelward.evidence.contents import (
    BacktestContent,
    BaselineContent,
    BiasContent,
    MetricsContent,
    TrainingContent,
    ValidationContent,
)
from modelward.evidence.differing import Difference, differences
from modelward.evidence.documents import document_bytes
from modelward.evidence.tasks.catalogue import LATENCY
from modelward.evidence.terms import Terms, Wanted, wanted_measures
from modelward.evidence.trial import Answers
from modelward.specs.evidence import COMPUTED, Content, Envelope
from modelward.specs.manifest import Manifest
from modelward.specs.scalars import Digest, ReleaseName
from modelward.specs.thresholds import Thresholds
from modelward.tree.json_reader import read_json

_CONTENTS: Mapping[str, type[Content]] = {
    "metrics": MetricsContent,
    "bias": BiasContent,
    "validation": ValidationContent,
    "backtest": BacktestContent,
    "baseline": BaselineContent,
    "training": TrainingContent,
}
_Resampled = MetricsContent | BiasContent | BacktestContent | BaselineContent


class NotComputable(ModelwardError):
    """A document of a kind that we make, which does not say enough to be computed again."""


@dataclass(frozen=True)
class Sources:
    """What documents are computed from again: answers of a release to the data of a digest, and the training run."""

    manifest: Manifest
    thresholds: Thresholds
    answers: Callable[[ReleaseName | None, Digest], Answers]
    """The answers of a release, by default the one that is verified, to the rows of a data file."""
    training: Callable[[], TrainingContent]


def typed_content(kind: str, document: Mapping[str, Any]) -> Content | None:
    """What a document of a kind that we make says; None for other kinds.

    Raises `NotComputable` for one that another tool has made, or that does not say how it was resampled.
    """
    if kind not in COMPUTED:
        return None
    try:
        return _CONTENTS[kind].model_validate(document["content"])
    except ValidationError as error:
        message = f"this {kind} was not made by `modelward evidence collect`, so nobody can compute it again"
        raise NotComputable(message, "collect it again") from error


def compute_again(content: Content, envelope: Envelope, sources: Sources) -> Iterator[Difference]:
    """Where the content of an envelope is not what is computed today; latencies are not compared with each other."""
    again = _again(content, envelope.subject.datasets, sources)
    said, now = _plain(envelope, content), _plain(envelope, again)
    yield from differences(said, now, ("content",), "")
    if isinstance(again, ValidationContent):
        yield from _latency(again, sources.thresholds)


def _again(content: Content, data: tuple[Digest, ...], sources: Sources) -> Content:
    if isinstance(content, TrainingContent):
        return sources.training()
    answers = sources.answers(None, data[0])
    match content:
        case ValidationContent():
            return collecting.validate(answers, content.seed)
        case MetricsContent():
            return collecting.metrics(answers, _terms(content, sources))
        case BiasContent():
            return collecting.bias(answers, _terms(content, sources))
        case BaselineContent():
            return collecting.take_baseline(answers, _terms(content, sources))
        case BacktestContent():
            assert content.champion is not None
            champion = sources.answers(content.champion.release, data[0])
            return collecting.backtest(answers, champion, _terms(content, sources))
    raise AssertionError(content)


def _terms(content: _Resampled, sources: Sources) -> Terms:
    """The terms under which a document was made: of what thresholds declare today, that which it speaks of."""
    spoken = {(each.metric, each.slice, each.output) for each in (*content.measurements, *content.reference)}
    spoken |= {(each.metric, each.slice, each.output) for each in content.comparisons}
    slices = [slice_ for _, slice_, _ in spoken if slice_ is not None]
    if isinstance(content, BiasContent):
        slices += [group.slice for group in content.groups]
    undefined = {check.check for check in content.checks}

    def is_spoken_of(one: Wanted) -> bool:
        return (one.metric, one.slice, one.output) in spoken or f"{one.slug}-defined" in undefined

    wanted = wanted_measures(sources.manifest, sources.thresholds, sorted(set(slices)))
    return Terms(tuple(filter(is_spoken_of, wanted)), content.resampling, content.rows.column)


def _plain(envelope: Envelope, content: Content) -> Any:
    """A content as JSON, with every latency set to nothing."""
    plain = read_json(document_bytes(envelope.model_copy(update={"content": content})))["content"]
    for measured in plain.get("measurements", ()):
        if measured["metric"] == LATENCY:
            measured["value"] = 0.0
    return json.loads(json.dumps(plain))


def _latency(again: ValidationContent, thresholds: Thresholds) -> Iterator[Difference]:
    """Whether the latency that is measured today holds every fixed bound of a gate."""
    bounds = [gate.at_most for gate in thresholds.gates if gate.metric == LATENCY and gate.at_most is not None]
    for index, measured in enumerate(again.measurements):
        if measured.metric == LATENCY and bounds and not measured.value <= min(bounds):
            yield Difference(
                ("content", "measurements", index, "value"),
                f"{LATENCY} measured again is {measured.value:.4g} ms, above the gate of {min(bounds):g}",
            )
