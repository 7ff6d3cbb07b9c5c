"""Two classes: how well scores rank the positive rows, and how well decisions find them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np

from modelward.evidence.tasks.interface import Flags, Indexes, Measure, weighted
from modelward.statistics.bootstrap import Array


@dataclass(frozen=True)
class BinarySample:
    """Labels, with what the release says of each row: a score, a decision, or both.

    `probabilities` tells whether scores are probabilities of the positive class; a score that is none still ranks.
    """

    labels: Flags
    scores: Array | None
    decisions: Flags | None
    probabilities: bool

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.labels)

    def take(self, rows: Indexes, /) -> Self:
        """The sample of some of the rows."""
        scores = None if self.scores is None else self.scores[rows]
        decisions = None if self.decisions is None else self.decisions[rows]
        return type(self)(self.labels[rows], scores, decisions, self.probabilities)

    def measured(self, names: Iterable[str], counts: Array, /) -> Mapping[str, Array]:
        """Each named measure of the weighted rows; NaN for one that needs what the release does not say."""
        wanted = list(names)
        undefined = {name: np.full(len(counts), np.nan) for name in wanted if self._lacks(name)}
        return undefined | weighted(MEASURES, (name for name in wanted if name not in undefined), _Rows(self, counts))

    def missing(self, name: str, /) -> str:
        """What is missing when the rows do not define the measure."""
        return self._lacks(name) or MEASURES[name].missing

    def _lacks(self, name: str) -> str:
        if name in _OF_PROBABILITIES and not self.probabilities:
            return "the output gives no probabilities"
        if name in _OF_SCORES and self.scores is None:
            return "the output gives no scores"
        if name not in _OF_SCORES | _OF_PROBABILITIES and self.decisions is None:
            return "the output declares no threshold"
        return ""

    @cached_property
    def ranking(self) -> "_Ranking":
        """The rows in the order of their scores, and where each stretch of equal scores starts."""
        assert self.scores is not None
        order = np.argsort(self.scores, kind="stable")
        ranked = self.scores[order]
        starts = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1])))
        return _Ranking(order, starts, self.labels[order].astype(np.float64))

    @cached_property
    def squared_errors(self) -> Array:
        """(score - label) squared, row by row."""
        assert self.scores is not None
        return np.square(self.scores - self.labels)

    @cached_property
    def surprises(self) -> Array:
        """The negative logarithm of the probability that the release gave to what came true."""
        assert self.scores is not None
        tiny = np.finfo(np.float64).eps
        given = np.where(self.labels, self.scores, 1 - self.scores)
        surprises: Array = -np.log(np.clip(given, tiny, 1 - tiny))
        return surprises


@dataclass(frozen=True)
class _Ranking:
    order: Indexes
    starts: Indexes
    labels: Array

    def sums(self, values: Array) -> Array:
        """The sums over each stretch of equal scores; `values` are ranked, shape (resamples, rows)."""
        if len(self.starts) == len(self.order):
            return values
        sums: Array = np.add.reduceat(values, self.starts, axis=1)
        return sums


@dataclass(frozen=True)
class _Rows:
    """Weighted rows; every count has the shape (resamples,)."""

    sample: BinarySample
    counts: Array

    @cached_property
    def total(self) -> Array:
        total: Array = self.counts.sum(axis=1)
        return total

    @cached_property
    def positive(self) -> Array:
        return self.counts @ self.sample.labels.astype(np.float64)

    @cached_property
    def called(self) -> Array:
        assert self.sample.decisions is not None
        return self.counts @ self.sample.decisions.astype(np.float64)

    @cached_property
    def hits(self) -> Array:
        assert self.sample.decisions is not None
        return self.counts @ (self.sample.labels & self.sample.decisions).astype(np.float64)

    @cached_property
    def brier(self) -> Array:
        return self.counts @ self.sample.squared_errors / self.total

    @cached_property
    def of_positives(self) -> Array:
        """Weights of positive rows by distinct score, rising; shape (resamples, distinct scores)."""
        ranking = self.sample.ranking
        return ranking.sums(self.counts[:, ranking.order] * ranking.labels)

    @cached_property
    def of_all(self) -> Array:
        """Weights of all rows by distinct score, rising."""
        ranking = self.sample.ranking
        return ranking.sums(self.counts[:, ranking.order])

    @property
    def area(self) -> Array:
        """The share of pairs of a positive and a negative row in which the positive scores higher, ties counting half.

        Hanley and McNeil, Radiology 143, 1982: the area under the curve is the Mann-Whitney statistic.
        """
        of_negatives = self.of_all - self.of_positives
        up_to = np.cumsum(of_negatives, axis=1)
        wins = np.einsum("ij,ij->i", self.of_positives, up_to - of_negatives / 2)
        area: Array = wins / (self.positive * (self.total - self.positive))
        return area

    @property
    def average_precision(self) -> Array:
        """The mean of the precision at each distinct score, weighted by the positives that it adds."""
        called = np.cumsum(self.of_all[:, ::-1], axis=1)
        hits = np.cumsum(self.of_positives[:, ::-1], axis=1)
        precision = np.where(called > 0, hits / called, 0.0)
        mean: Array = np.einsum("ij,ij->i", precision, self.of_positives[:, ::-1]) / self.positive
        return mean


MEASURES: Final[Mapping[str, Measure[_Rows]]] = {
    "auc_roc": Measure(lambda rows: rows.area, "the labels hold one class only"),
    "average_precision": Measure(lambda rows: rows.average_precision, "no label is positive"),
    "precision": Measure(lambda rows: rows.hits / rows.called, "no row is called positive"),
    "recall": Measure(lambda rows: rows.hits / rows.positive, "no label is positive"),
    "f1": Measure(
        lambda rows: 2 * rows.hits / (rows.positive + rows.called),
        "no label is positive and no row is called positive",
    ),
    "accuracy": Measure(lambda rows: (rows.total - rows.positive - rows.called + 2 * rows.hits) / rows.total),
    "selection_rate": Measure(lambda rows: rows.called / rows.total),
    "false_positive_rate": Measure(
        lambda rows: (rows.called - rows.hits) / (rows.total - rows.positive), "no label is negative"
    ),
    "brier": Measure(lambda rows: rows.brier),
    "brier_skill": Measure(
        lambda rows: 1 - rows.brier / (rows.positive / rows.total * (1 - rows.positive / rows.total)),
        "the labels hold one class only",
    ),
    "log_loss": Measure(lambda rows: rows.counts @ rows.sample.surprises / rows.total),
}
_OF_SCORES: Final = frozenset({"auc_roc", "average_precision"})
_OF_PROBABILITIES: Final = frozenset({"brier", "brier_skill", "log_loss"})
