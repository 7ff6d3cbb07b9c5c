"""Whether thresholds demand at least as much as before; what is not provably tighter counts as looser."""

from collections.abc import Mapping
from typing import Final

from modelward.policy.gates import at_least_as_strict
from modelward.specs.thresholds import Metric, Severity, Thresholds, Trigger

_SEVERITY: Final[Mapping[Severity, int]] = {"warning": 0, "high": 1, "critical": 2}


def metrics_kept(before: Thresholds, after: Thresholds) -> bool:
    """Whether every metric that was declared is declared as it was."""
    return all(after.metrics.get(name) == metric for name, metric in before.metrics.items())


def slo_kept(before: Thresholds, after: Thresholds) -> bool:
    """Whether every objective that stood is still there and at least as tight."""
    return all(
        name in after.slo and _as_tight(after.slo[name], value, before.metrics.get(name))
        for name, value in before.slo.items()
    )


def gates_kept(before: Thresholds, after: Thresholds) -> bool:
    """Whether, in every environment, each gate that stood has one that is at least as strict."""
    for gate in before.gates:
        needed = gate.model_copy(update={"min_samples": gate.min_samples or before.min_samples})
        for environment in gate.environments:
            if not any(
                environment in one.environments and at_least_as_strict(one, needed, after.min_samples)
                for one in after.gates
            ):
                return False
    return True


def trigger_kept(before: Trigger, after: Trigger) -> bool:
    """Whether a trigger still fires whenever it did, at least as soon, for at least as much, and permits the same."""
    same = ("signal", "over", "aggregate", "action")
    return (
        all(getattr(before, field) == getattr(after, field) for field in same)
        and set(before.environments) <= set(after.environments)
        and _no_later(before, after)
        and _fires(before, after)
    )


def _no_later(before: Trigger, after: Trigger) -> bool:
    waits = [trigger.for_.fixed.total_seconds() if trigger.for_ else 0.0 for trigger in (before, after)]
    return (
        waits[1] <= waits[0]
        and after.respond_within.fixed <= before.respond_within.fixed
        and _SEVERITY[after.severity] >= _SEVERITY[before.severity]
    )


def _fires(before: Trigger, after: Trigger) -> bool:
    if before.above is not None:
        return after.above is not None and after.above <= before.above
    assert before.below is not None, before
    return after.below is not None and after.below >= before.below


def _as_tight(now: float, then: float, metric: Metric | None) -> bool:
    """Whether an objective is at least as tight; without a direction only the same value is."""
    if metric is None:
        return now == then
    return now <= then if metric.better == "lower" else now >= then
