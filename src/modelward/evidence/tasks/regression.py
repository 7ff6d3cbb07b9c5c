"""Numbers: how far the predictions lie from what came true, in the label's own unit unless a measure says otherwise."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np

from modelward.evidence.tasks.interface import Indexes, Measure, weighted
from modelward.statistics.bootstrap import Array

WITHIN: Final = re.compile(r"within_([1-9][0-9]{0,8})(_percent)?")
"""`within_5` is the share of rows that miss by at most 5, `within_10_percent` by at most a tenth of the label."""


@dataclass(frozen=True)
class RegressionSample:
    """What came true and what was predicted, both finite."""

    labels: Array
    predictions: Array

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.labels)

    def take(self, rows: Indexes, /) -> Self:
        """The sample of some of the rows."""
        return type(self)(self.labels[rows], self.predictions[rows])

    def measured(self, names: Iterable[str], counts: Array, /) -> Mapping[str, Array]:
        """Each named measure of the weighted rows."""
        wanted = list(names)
        measures = {name: MEASURES.get(name) or _within(name) for name in wanted}
        return weighted(measures, wanted, _Rows(self, counts))

    def missing(self, name: str, /) -> str:
        """What is missing when the rows do not define the measure."""
        return (MEASURES.get(name) or _within(name)).missing

    @cached_property
    def misses(self) -> Array:
        """How far each prediction lies from its label."""
        return np.abs(self.predictions - self.labels)

    @cached_property
    def shares(self) -> Array:
        """How far each prediction lies from its label, as a share of the label; not finite where the label is 0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            shares: Array = self.misses / np.abs(self.labels)
        return shares

    @cached_property
    def centred(self) -> Array:
        """The labels around their mean: sums of their squares lose no digits."""
        centred: Array = self.labels - self.labels.mean()
        return centred


@dataclass(frozen=True)
class _Rows:
    sample: RegressionSample
    counts: Array

    @cached_property
    def total(self) -> Array:
        total: Array = self.counts.sum(axis=1)
        return total

    def mean(self, values: Array) -> Array:
        """The mean of one value a row, shape (resamples,)."""
        mean: Array = self.counts @ values / self.total
        return mean

    @cached_property
    def squared_error(self) -> Array:
        return self.mean(np.square(self.sample.misses))

    @property
    def variance(self) -> Array:
        return self.mean(np.square(self.sample.centred)) - np.square(self.mean(self.sample.centred))

    @property
    def percentage_error(self) -> Array:
        if not np.isfinite(self.sample.shares).all():
            return np.full(len(self.counts), np.nan)
        return self.mean(self.sample.shares)


MEASURES: Final[Mapping[str, Measure[_Rows]]] = {
    "mae": Measure(lambda rows: rows.mean(rows.sample.misses)),
    "rmse": Measure(lambda rows: np.sqrt(rows.squared_error)),
    "mean_error": Measure(lambda rows: rows.mean(rows.sample.predictions - rows.sample.labels)),
    "r2": Measure(lambda rows: 1 - rows.squared_error / rows.variance, "every label is the same"),
    "mape": Measure(lambda rows: rows.percentage_error, "a label is 0"),
}


def _within(name: str) -> Measure[_Rows]:
    written = WITHIN.fullmatch(name)
    assert written is not None, name
    most = float(written[1])
    if written[2] is None:
        return Measure(lambda rows: rows.mean((rows.sample.misses <= most).astype(np.float64)))
    return Measure(
        lambda rows: rows.mean((rows.sample.misses <= most / 100 * np.abs(rows.sample.labels)).astype(np.float64))
    )
