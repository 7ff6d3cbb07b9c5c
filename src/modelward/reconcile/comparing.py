"""The comparison of a challenger with the champion, from what was observed of both since the step began."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from modelward.policy.spans import spelled
from modelward.reconcile.rollout import COMPARISON, Measurement, Samples
from modelward.signals.interface import Observation
from modelward.signals.triggers import Verdict, beside, from_future
from modelward.specs.canary import CanaryPlan, Comparison
from modelward.specs.thresholds import Metric
from modelward.statistics.sequential import Compared, Sample, compare, split_differs

_BEYOND: Final = "its values are too large or too small to be computed with"


@dataclass(frozen=True)
class Observed:
    """What was seen of the compared metric since the step began, as whole values and not as parts.

    `assigned` counts the requests that each variant was given at `weight` percent for the challenger; None where nobody
    counts them.
    """

    challenger: Sequence[Observation]
    champion: Sequence[Observation]
    weight: int
    assigned: Samples | None = None

    @property
    def samples(self) -> Samples:
        """How many samples are behind the values."""
        return Samples(sum(seen.n for seen in self.challenger), sum(seen.n for seen in self.champion))


def compared(
    plan: CanaryPlan, comparison: Comparison, metric: Metric, observed: Observed, max_age: timedelta, now: datetime
) -> Measurement:
    """Whether the challenger is worse than the champion by more than it may be.

    `pass` when it is shown not to be, `fail` when it is shown to be, with the confidence asked for however often it was
    looked at, over all steps together. That it was not shown to be worse is no pass. Numbers that cannot be computed
    with are an `error`: one model's values stop nobody else's run.
    """
    try:
        return _compared(plan, comparison, metric, observed, max_age, now)
    except (ArithmeticError, ValueError):
        return Measurement(COMPARISON, "error", _BEYOND)


def _compared(
    plan: CanaryPlan, comparison: Comparison, metric: Metric, observed: Observed, max_age: timedelta, now: datetime
) -> Measurement:
    broken = _broken(observed, max_age, now)
    if broken is not None:
        return Measurement(COMPARISON, "error", broken)
    least, samples = plan.analysis.min_samples, observed.samples
    ids = tuple(sorted({seen.id for seen in (*observed.challenger, *observed.champion)}))
    if min(samples.challenger, samples.champion) < least:
        why = f"{samples.challenger} and {samples.champion} samples, at least {least} of each are needed"
        return Measurement(COMPARISON, "inconclusive", why, ids)
    challenger, champion = _sample(observed.challenger, metric), _sample(observed.champion, metric)
    if challenger is None or champion is None:
        return Measurement(COMPARISON, "error", "the values are no shares, and come without a `deviation`", ids)
    if not all(math.isfinite(number) for one in (challenger, champion) for number in (one.mean, one.variance)):
        return Measurement(COMPARISON, "error", _BEYOND, ids)
    result = compare(
        challenger,
        champion,
        better=metric.better,
        margin=comparison.worse_by_at_most,
        # Each step may end the rollout, so that they share the error; to pass it must pass every one of them.
        harm_confidence=1 - (1 - comparison.confidence) / max(1, len(plan.steps)),
        pass_confidence=comparison.confidence,
    )
    verdicts: dict[str, Verdict] = {"worse": "fail", "not worse": "pass", "nothing": "inconclusive"}
    return Measurement(COMPARISON, verdicts[result.shows], _found(comparison, result), ids)


def _found(comparison: Comparison, result: Compared) -> str:
    """What a comparison shows: first what decides it, then what was measured."""
    margin = comparison.worse_by_at_most
    estimated = f"estimated {_difference(result.worse_by)}"
    if not math.isfinite(result.high):
        return f"{comparison.metric} shows nothing yet: its values are too few, or do not vary ({estimated})"
    between = f"{estimated}, from {_difference(result.low)} to {_difference(result.high)}"
    by = {
        "worse": f"is worse by at least {beside(result.low, margin)}",
        "not worse": f"is worse by no more than {beside(result.high, margin)}",
        "nothing": f"could be worse by {beside(result.high, margin)}",
    }[result.shows]
    if result.shows == "not worse" and result.high < 0:
        by = f"is better by at least {-result.high:.4g}"
    return f"{comparison.metric} {by}, at most {margin:g} is allowed ({between})"


def _difference(worse_by: float) -> str:
    if worse_by == 0:
        return "equal"
    return f"{worse_by:.4g} worse" if worse_by > 0 else f"{-worse_by:.4g} better"


def _broken(observed: Observed, max_age: timedelta, now: datetime) -> str | None:
    """Why nothing can be concluded from the observations at all."""
    for variant, seen in (("challenger", observed.challenger), ("champion", observed.champion)):
        if any(not math.isfinite(one.value) for one in seen):
            return f"a value of the {variant} is no number"
        if (early := from_future(seen, now)) is not None:
            return f"a value of the {variant} is {early}"
        if len({one.series for one in seen}) > 1 or any(one.part is not None for one in seen):
            return f"the values of the {variant} are not those of one release as a whole"
        times = {one.at for one in seen}
        if len(times) < len(seen):
            return f"there are two values of the {variant} for one time"
        if seen and now - max(times) >= max_age:
            return f"there is no value of the {variant} of the last {spelled(max_age)}"
    assigned = observed.assigned
    planned = (observed.weight, 100 - observed.weight)
    if assigned is not None and split_differs((assigned.challenger, assigned.champion), planned):
        return (
            f"the variants were given {assigned.challenger} and {assigned.champion} requests, which is not "
            f"{planned[0]} to {planned[1]}: they may have been asked different things"
        )
    return None


def _sample(observations: Sequence[Observation], metric: Metric) -> Sample | None:
    """All samples of a variant; None when nothing tells how they vary.

    Of a share the mean tells it, as long as each sample is a success or none.
    """
    counted = [seen for seen in observations if seen.n > 0]
    n = sum(seen.n for seen in counted)
    if all(seen.deviation is not None for seen in counted):
        return Sample.pooled(Sample(seen.n, seen.value, (seen.deviation or 0.0) ** 2) for seen in counted)
    if metric.unit == "ratio" and all(0 <= seen.value <= 1 for seen in counted):
        return Sample.of_share(n, math.fsum(seen.n * seen.value for seen in counted) / n)
    return None
