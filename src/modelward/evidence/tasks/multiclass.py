"""Several classes: how often the right one is called, and how sure the release was of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np

from modelward.evidence.tasks.binary import BinarySample
from modelward.evidence.tasks.interface import Indexes, Measure, weighted
from modelward.statistics.bootstrap import Array


@dataclass(frozen=True)
class MulticlassSample:
    """The class of each row and the one that the release calls, both as indexes of `classes`.

    `probabilities` has the shape (rows, classes), and is None for a release that only calls classes. A called class
    that the labels do not know is -1.
    """

    classes: int
    labels: Indexes
    called: Indexes
    probabilities: Array | None

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.labels)

    def take(self, rows: Indexes, /) -> Self:
        """The sample of some of the rows."""
        probabilities = None if self.probabilities is None else self.probabilities[rows]
        return type(self)(self.classes, self.labels[rows], self.called[rows], probabilities)

    def measured(self, names: Iterable[str], counts: Array, /) -> Mapping[str, Array]:
        """Each named measure of the weighted rows; NaN for one that needs what the release does not say."""
        wanted = list(names)
        undefined = {name: np.full(len(counts), np.nan) for name in wanted if self._lacks(name)}
        return undefined | weighted(MEASURES, (name for name in wanted if name not in undefined), _Rows(self, counts))

    def missing(self, name: str, /) -> str:
        """What is missing when the rows do not define the measure."""
        return self._lacks(name) or MEASURES[name].missing

    def _lacks(self, name: str) -> str:
        needed = name in _OF_PROBABILITIES and self.probabilities is None
        return "the output gives no probabilities" if needed else ""

    @cached_property
    def of_class(self) -> tuple[Array, Array, Array]:
        """Flags of shape (rows, classes): labelled so, called so, and both."""
        known = np.arange(self.classes)
        labelled = self.labels[:, np.newaxis] == known
        called = self.called[:, np.newaxis] == known
        return labelled.astype(np.float64), called.astype(np.float64), (labelled & called).astype(np.float64)

    @cached_property
    def surprises(self) -> Array:
        """The negative logarithm of the probability that the release gave to what came true."""
        assert self.probabilities is not None
        tiny = np.finfo(np.float64).eps
        given = self.probabilities[np.arange(self.rows), self.labels]
        return -np.log(np.clip(given, tiny, 1 - tiny))

    @cached_property
    def one_against_rest(self) -> tuple[BinarySample, ...]:
        """Each class as the positive one of two."""
        assert self.probabilities is not None
        return tuple(
            BinarySample(self.labels == known, self.probabilities[:, known], None, probabilities=True)
            for known in range(self.classes)
        )


@dataclass(frozen=True)
class _Rows:
    """Weighted rows; counts by class have the shape (resamples, classes)."""

    sample: MulticlassSample
    counts: Array

    @cached_property
    def total(self) -> Array:
        total: Array = self.counts.sum(axis=1)
        return total

    @cached_property
    def labelled(self) -> Array:
        return self.counts @ self.sample.of_class[0]

    @cached_property
    def called(self) -> Array:
        return self.counts @ self.sample.of_class[1]

    @cached_property
    def hits(self) -> Array:
        return self.counts @ self.sample.of_class[2]

    @property
    def areas(self) -> Array:
        """The area under the curve of each class against the rest, shape (resamples, classes)."""
        each = [sample.measured(["auc_roc"], self.counts)["auc_roc"] for sample in self.sample.one_against_rest]
        return np.stack(each, axis=1)


_SOME_CLASS: Final = "some class has no label"
MEASURES: Final[Mapping[str, Measure[_Rows]]] = {
    "accuracy": Measure(lambda rows: rows.hits.sum(axis=1) / rows.total),
    "macro_precision": Measure(lambda rows: (rows.hits / rows.called).mean(axis=1), "some class is never called"),
    "macro_recall": Measure(lambda rows: (rows.hits / rows.labelled).mean(axis=1), _SOME_CLASS),
    "macro_f1": Measure(
        lambda rows: (2 * rows.hits / (rows.labelled + rows.called)).mean(axis=1),
        "some class has no label and is never called",
    ),
    "macro_auc": Measure(lambda rows: rows.areas.mean(axis=1), _SOME_CLASS),
    "log_loss": Measure(lambda rows: rows.counts @ rows.sample.surprises / rows.total),
}
_OF_PROBABILITIES: Final = frozenset({"macro_auc", "log_loss"})
