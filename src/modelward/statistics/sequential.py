"""Comparisons of two variants that may be looked at as often as one likes.

A test at a fixed confidence, looked at a hundred times, errs in 38 of 100 cases instead of 5. These hold at every look
at once. Means are compared by the mixture sequential probability ratio test (Johari, Koomen, Pekelis, Walsh, Always
Valid Inference, Operations Research 70, 2022; Robbins, Annals of Mathematical Statistics 41, 1970), one-sided by mixing
over a half-normal distribution (Howard, Ramdas, McAuliffe, Sekhon, Annals of Statistics 49, 2021, section 3.2). The
variances are those of the samples, so that it holds for large ones (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas,
Annals of Statistics 52, 2024, arXiv 2103.06476, which also gives the tuning). The split of samples is compared by the
sequential multinomial test (Lindon, Malek, NeurIPS 2022, arXiv 2011.03567).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

TUNED_FOR: Final = 5000
"""For how many samples of each variant the test is at its best (the choice of gbstats, GrowthBook)."""
SPLIT_CONFIDENCE: Final = 0.999
_PRIOR_SAMPLES: Final = 100.0


@dataclass(frozen=True)
class Sample:
    """What was seen of one variant: how many samples, their mean, and the variance of a single one."""

    n: int
    mean: float
    variance: float

    @classmethod
    def of_share(cls, n: int, share: float) -> "Sample":
        """Samples that are each 0 or 1.

        The variance is that of half a success and half a failure more (Krichevsky and Trofimov, IEEE Transactions on
        Information Theory 27, 1981): that none of a thousand failed does not make it certain that none ever does.
        """
        smoothed = (share * n + 0.5) / (n + 1)
        return cls(n, share, smoothed * (1 - smoothed))

    @classmethod
    def pooled(cls, samples: "Iterable[Sample]") -> "Sample":
        """All samples together, with the variance within and between them; of nothing, nothing."""
        parts = [part for part in samples if part.n > 0]
        n = sum(part.n for part in parts)
        if n == 0:
            return cls(0, math.nan, math.nan)
        mean = math.fsum(part.n * part.mean for part in parts) / n
        spread = math.fsum(part.n * (part.variance + (part.mean - mean) ** 2) for part in parts)
        return cls(n, mean, spread / n)


@dataclass(frozen=True)
class Compared:
    """How much worse the challenger is than the champion, and what that shows.

    `worse_by` is in the metric's unit, positive when the challenger is worse; from `low` to `high` is where the truth
    lies with the confidence of each side, however often it was looked at.
    """

    shows: Literal["worse", "not worse", "nothing"]
    worse_by: float
    low: float
    high: float


def compare(
    challenger: Sample,
    champion: Sample,
    *,
    better: Literal["higher", "lower"],
    margin: float,
    harm_confidence: float,
    pass_confidence: float,
) -> Compared:
    """Whether the challenger is worse by more than `margin`, is not, or neither is shown yet.

    The two confidences are one-sided, each of one conclusion. Fewer than two samples of a variant, a value that is no
    finite number, and values that do not vary at all show nothing.
    """
    sign = 1.0 if better == "lower" else -1.0
    worse_by = sign * (challenger.mean - champion.mean)
    if min(challenger.n, champion.n) < 2:
        return Compared("nothing", worse_by, -math.inf, math.inf)
    noise = challenger.variance / challenger.n + champion.variance / champion.n
    unit = challenger.variance + champion.variance
    if not (math.isfinite(worse_by) and math.isfinite(unit) and noise > 0):
        return Compared("nothing", worse_by, -math.inf, math.inf)
    low = worse_by - _reach(noise, unit * _mixing(1 - harm_confidence), 1 - harm_confidence)
    high = worse_by + _reach(noise, unit * _mixing(1 - pass_confidence), 1 - pass_confidence)
    if low > margin:
        return Compared("worse", worse_by, low, high)
    return Compared("not worse" if high < margin else "nothing", worse_by, low, high)


def mixture_ratio(difference: float, noise: float, mixing: float) -> float:
    """The logarithm of the two-sided ratio: a difference of means against none.

    `noise` is the variance of the difference as it was estimated, `mixing` that of the differences that are mixed over.
    """
    total = noise + mixing
    return 0.5 * math.log(noise / total) + mixing * difference**2 / (2 * noise * total)


def one_sided_ratio(difference: float, noise: float, mixing: float) -> float:
    """The logarithm of the one-sided ratio: a difference above 0 against one of at most 0."""
    score = difference * math.sqrt(mixing / (noise * (noise + mixing)))
    tail = math.erfc(-score / math.sqrt(2))
    return -math.inf if tail == 0 else mixture_ratio(difference, noise, mixing) + math.log(tail)


def split_differs(counts: Sequence[int], planned: Sequence[float], confidence: float = SPLIT_CONFIDENCE) -> bool:
    """Whether samples fell to the variants otherwise than planned: what then differs may be who was asked.

    `planned` are the shares or weights of the variants, each above 0, in the order of `counts`.
    """
    if len(counts) != len(planned) or min(counts) < 0 or not all(0 < weight < math.inf for weight in planned):
        raise ValueError("one count of at least 0 and one weight above 0 for each variant")
    whole = math.fsum(planned)
    ratio = math.lgamma(_PRIOR_SAMPLES) - math.lgamma(_PRIOR_SAMPLES + sum(counts))
    for count, weight in zip(counts, planned, strict=True):
        share = weight / whole
        prior = _PRIOR_SAMPLES * share
        ratio += math.lgamma(prior + count) - math.lgamma(prior) - count * math.log(share)
    return ratio >= -math.log(1 - confidence)


def _mixing(alpha: float) -> float:
    """The variance to mix over, in units of a single sample's (Waudby-Smith et al., appendix B.2)."""
    twice = -2 * math.log(alpha)
    return (twice + math.log(twice) + 1) / TUNED_FOR


def _reach(noise: float, mixing: float, alpha: float) -> float:
    """How large a difference the one-sided ratio lets pass: the distance of a bound from what was measured."""
    limit = 0.5 * math.log1p(mixing / noise) - math.log(alpha)
    score = math.sqrt(2 * limit)
    # The ratio's logarithm is convex, so that Newton's steps from the two-sided bound never go below the one-sided one.
    for _ in range(8):
        tail = math.erfc(-score / math.sqrt(2))
        slope = score + math.sqrt(2 / math.pi) * math.exp(-(score**2) / 2) / tail
        score -= (score**2 / 2 + math.log(tail) - limit) / slope
    return score * math.sqrt(noise * (noise + mixing) / mixing)
