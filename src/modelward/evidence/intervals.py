"""Intervals of measured values: the percentile bootstrap, and the Wilson score interval of a share."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from modelward.specs.evidence import Interval

Array = NDArray[np.float64]

DRAWS = 500
CONFIDENCE = 0.95
_CELLS = 2_000_000


@dataclass(frozen=True)
class Bootstrap:
    """The percentile bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3).

    `seed` is recorded with every interval, so that anybody can draw the same resamples again.
    """

    seed: int
    draws: int = DRAWS
    confidence: float = CONFIDENCE

    def resamples(self, rows: int) -> Iterator[Array]:
        """How often each row stands in a resample: blocks of shape (resamples, rows), `draws` resamples in all."""
        generator = np.random.default_rng(self.seed)
        size = max(1, _CELLS // rows)
        for start in range(0, self.draws, size):
            block = min(size, self.draws - start)
            drawn = generator.integers(0, rows, size=(block, rows))
            offsets = np.arange(block)[:, np.newaxis] * rows
            counts = np.bincount((drawn + offsets).ravel(), minlength=block * rows)
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


def wilson(successes: int, trials: int, confidence: float) -> Interval:
    """The score interval of a share (Wilson, JASA 22, 1927), which holds for few trials and for shares near 0 or 1."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / trials
    middle = share + z * z / (2 * trials)
    half = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    # Rounding may leave a bound an ulp outside 0 to 1 at the ends.
    low, high = max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)
    return Interval(low=low, high=high, confidence=confidence, method="Wilson score")
