"""The interval of a share: so many successes in so many trials."""

from math import sqrt
from statistics import NormalDist

from modelward.specs.evidence import Interval


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
