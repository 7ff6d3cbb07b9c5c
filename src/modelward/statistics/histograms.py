"""Histograms whose bins are frozen: taken once from a baseline, and counted again on whatever comes later.

Bins of the baseline alone, so that an outlier of today moves none of them; outer edges at infinity, so that every
number falls into one; missing values, and categories that the baseline did not show, are counted apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

PARTS = 10
TOP_CATEGORIES = 20

Numbers = NDArray[np.float64]


class Counts(NamedTuple):
    """How many values fall into each bin, how many into none, and how many are missing.

    `outside` counts values of categories that have no bin of their own; numbers always have one.
    """

    bins: tuple[int, ...]
    outside: int
    missing: int


@dataclass(frozen=True)
class NumericBins:
    """Bins of numbers: `edges` rise strictly, and bin `i` holds what is above edge `i - 1` and at most edge `i`.

    The first bin has no lower end and the last no upper one, so there is one bin more than there are edges.
    """

    edges: tuple[float, ...]

    @classmethod
    def quantiles(cls, values: Numbers, parts: int = PARTS) -> "NumericBins":
        """Bins that each hold about the same share of the values; NaN is missing and shapes none.

        Edges are values that occur (quantiles by the inverted distribution function). Equal ones are merged, and one
        that equals the greatest value is dropped, so that no bin is empty on the values themselves.
        """
        present = values[~np.isnan(values)]
        if present.size == 0:
            return cls(())
        found = np.quantile(present, np.arange(1, parts) / parts, method="inverted_cdf")
        return cls(tuple(float(edge) for edge in np.unique(found) if edge < present.max()))

    def count(self, values: Numbers) -> Counts:
        """How many of the values fall into each bin."""
        missing = np.isnan(values)
        indexes = np.searchsorted(np.asarray(self.edges, dtype=np.float64), values[~missing], side="left")
        bins = np.bincount(indexes, minlength=len(self.edges) + 1)
        return Counts(tuple(map(int, bins)), 0, int(missing.sum()))


@dataclass(frozen=True)
class CategoryBins:
    """Bins of categories: one for each of the most frequent, none for the others."""

    categories: tuple[str, ...]

    @classmethod
    def most_frequent(cls, values: Sequence[str | None], top: int = TOP_CATEGORIES) -> "CategoryBins":
        """A bin for each of the `top` most frequent categories; of equally frequent ones the first in the alphabet."""
        counted: dict[str, int] = {}
        for value in values:
            if value is not None:
                counted[value] = counted.get(value, 0) + 1
        return cls(tuple(sorted(counted, key=lambda category: (-counted[category], category))[:top]))

    def count(self, values: Sequence[str | None]) -> Counts:
        """How many of the values fall into each bin; None is missing."""
        bins = dict.fromkeys(self.categories, 0)
        outside = missing = 0
        for value in values:
            if value is None:
                missing += 1
            elif value in bins:
                bins[value] += 1
            else:
                outside += 1
        return Counts(tuple(bins.values()), outside, missing)
