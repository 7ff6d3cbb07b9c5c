"""What a gate is held against: the gates of an entry, and what the evidence of a release says of their metric."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

from modelward.policy.demands import Demand
from modelward.rules.subjects import Entry, Repository
from modelward.specs.evidence import Comparison, Envelope, Measurement
from modelward.specs.policy import RequiredEvidence
from modelward.specs.thresholds import Gate, Metric
from modelward.tree.model import Evidence, ReleaseFolder
from modelward.tree.place import Note, Place, Pointer

T = TypeVar("T", Measurement, Comparison)

BACKTEST: Final = "backtest"
"""The kind of evidence in which a release is compared with the champion."""


@dataclass(frozen=True, slots=True)
class EntryGate:
    """A gate of the environment that a release enters.

    `samples` is how many rows it demands, `metric` how the gate's metric is declared (None when it is not).
    """

    gate: Gate
    samples: int
    metric: Metric | None
    note: Note


def gates_into(entry: Entry, versus: Literal["champion", "baseline"] | None) -> Iterator[EntryGate]:
    """The gates of the entered environment that compare with the champion, with the baseline, or with a fixed bound."""
    thresholds = entry.model.thresholds
    for index, gate in enumerate(thresholds.spec.gates):
        if gate.versus == versus and entry.environment in gate.environments:
            yield EntryGate(
                gate,
                gate.min_samples or thresholds.spec.min_samples,
                thresholds.spec.metrics.get(gate.metric),
                Note(thresholds.place("gates", index), "the gate"),
            )


def evidence_for(entry: Entry, repository: Repository) -> Mapping[str, Demand[RequiredEvidence]]:
    """The evidence that the floors demand of an entry; no backtest where there is no champion to compare with."""
    demanded = repository.demands(entry.model.manifest.spec).evidence(entry.environment)
    return {kind: demand for kind, demand in demanded.items() if kind != BACKTEST or entry.previous is not None}


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """One value of an evidence document, and where it stands."""

    value: T
    evidence: Evidence
    pointer: Pointer

    def place(self, *further: str | int) -> Place:
        """Where the value stands, or what `further` leads to within it."""
        return self.evidence.place(*self.pointer, *further)


def measured(release: ReleaseFolder, gate: Gate) -> list[Found[Measurement]]:
    """What the newest documents of all kinds measure of the gate's metric, slice and output."""
    return [
        found
        for evidence in release.newest_evidence().values()
        if isinstance(evidence.envelope, Envelope)
        for found in _matching(evidence, "measurements", evidence.envelope.content.measurements, gate)
    ]


def compared(evidence: Evidence, gate: Gate) -> list[Found[Comparison]]:
    """What a document compares of the gate's metric, slice and output with the champion."""
    if not isinstance(evidence.envelope, Envelope):
        return []
    return list(_matching(evidence, "comparisons", evidence.envelope.content.comparisons, gate))


def referenced(evidence: Evidence, gate: Gate) -> list[Found[Measurement]]:
    """What a baseline measured of the gate's metric, slice and output on the rows that it was taken from."""
    if not isinstance(evidence.envelope, Envelope):
        return []
    return list(_matching(evidence, "reference", evidence.envelope.content.reference, gate))


def values(evidence: Evidence) -> Iterator[Found[Measurement] | Found[Comparison]]:
    """Every value of a metric in a document: its measurements, its comparisons, and its references."""
    if isinstance(evidence.envelope, Envelope):
        content = evidence.envelope.content
        for index, measurement in enumerate(content.measurements):
            yield Found(measurement, evidence, ("content", "measurements", index))
        for index, comparison in enumerate(content.comparisons):
            yield Found(comparison, evidence, ("content", "comparisons", index))
        for index, reference in enumerate(content.reference):
            yield Found(reference, evidence, ("content", "reference", index))


def _matching(evidence: Evidence, field: str, values: Sequence[T], gate: Gate) -> Iterator[Found[T]]:
    for index, value in enumerate(values):
        if (value.metric, value.slice, value.output) == (gate.metric, gate.slice, gate.output):
            yield Found(value, evidence, ("content", field, index))
