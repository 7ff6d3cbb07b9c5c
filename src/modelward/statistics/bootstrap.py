"""The bootstrap: resamples of rows that a seed fixes, and the percentile interval of what is measured on them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelward.specs.evidence import Interval

Array = NDArray[np.float64]

DRAWS = 1000
CONFIDENCE = 0.95
PAIRED_CONFIDENCE = 0.90
"""Of the interval of a difference: its lower end is the one-sided 5 % bound that a comparison is judged by."""

_CELLS = 1 << 17
"""How many counts are held at once: as many as stay in a processor's cache while they are gone through."""


@dataclass(frozen=True)
class Bootstrap:
    """The percentile bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3).

    `seed` is recorded with every interval, so that anybody can draw the same resamples again.
    """

    seed: int
    draws: int = DRAWS
    confidence: float = CONFIDENCE

    def resamples(self, rows: int, stratum: int = 0) -> Iterator[Array]:
        """How often each row stands in a resample: blocks of shape (resamples, rows), `draws` resamples in all.

        The same seed, rows and stratum give the same resamples; parts of the rows that are resampled each by itself
        are strata with numbers of their own.
        """
        generator = np.random.default_rng([self.seed, stratum])
        size = max(1, _CELLS // rows)
        for start in range(0, self.draws, size):
            block = min(size, self.draws - start)
            drawn = generator.integers(0, rows, size=(block, rows))
            drawn += np.arange(block)[:, np.newaxis] * rows
            counts = np.bincount(drawn.ravel(), minlength=block * rows)
            yield counts.reshape(block, rows).astype(np.float64)

    def interval(self, values: Array, method: str) -> Interval | None:
        """The interval of one value for each draw; None when any draw leaves the value undefined (NaN).

        An interval over the defined draws alone would be narrower than the truth.
        """
        if not np.isfinite(values).all():
            return None
        tail = (1 - self.confidence) / 2
        low, high = np.quantile(values, [tail, 1 - tail])
        return Interval(
            low=float(low),
            high=float(high),
            confidence=self.confidence,
            method=method,
            draws=self.draws,
            seed=self.seed,
        )
