"""Triggers and canary plans that a new model starts from, by what its environments can measure and floors demand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from modelward.policy.demands import CanaryDemand
from modelward.specs.environment import Environment
from modelward.specs.manifest import Tier
from modelward.specs.scalars import Duration, EnvironmentName
from modelward.tree.edit import Value

Environments = Sequence[tuple[EnvironmentName, Environment]]


@dataclass(frozen=True)
class _Watch:
    """A trigger over a signal: its name, its condition, and what it does; of features only where there are some."""

    name: str
    signal: str
    condition: Mapping[str, Value]
    severity: str
    respond_within: str
    action: str
    of_features: bool = False

    def fits(self, environment: Environment) -> bool:
        """Whether the environment measures the signal, and it is bad on the side that the condition watches."""
        source = environment.signals.get(self.signal)
        if source is None:
            return False
        return source.direction in (None, "lower" if "above" in self.condition else "higher")


_WATCHES: Final = (
    _Watch("error-budget", "error_budget_remaining", {"below": 0.4, "for": "15m"}, "critical", "4h", "rollback"),
    _Watch("bad-scores", "score_invalid_ratio", {"above": 0}, "critical", "0m", "rollback"),
    _Watch(
        "mean-drift",
        "feature_drift",
        {"over": "features", "aggregate": "mean", "above": 0.75},
        "critical",
        "4h",
        "rollback",
        of_features=True,
    ),
    _Watch(
        "any-drift",
        "feature_drift",
        {"over": "features", "aggregate": "any", "above": 0.6, "for": "2h"},
        "high",
        "24h",
        "retrain",
        of_features=True,
    ),
)
_Step = tuple[int, str]
_LADDERS: Final[Mapping[Tier | None, tuple[_Step, ...]]] = {
    "high": ((5, "24h"), (20, "3d"), (50, "7d")),
    "medium": ((10, "24h"), (50, "3d")),
    "low": ((25, "24h"),),
}
_LEAST_DEADLINE: Final = timedelta(days=14)


def triggers(environments: Environments, *, tabular: bool) -> list[dict[str, Value]]:
    """A trigger for each signal that we know how to judge, in the environments that measure it."""
    found: list[dict[str, Value]] = []
    for watch in _WATCHES:
        where: list[Value] = [name for name, environment in environments if watch.fits(environment)]
        if where and (tabular or not watch.of_features):
            trigger: dict[str, Value] = {"name": watch.name, "environments": where, "signal": watch.signal}
            trigger |= watch.condition
            ends = {"severity": watch.severity, "respond_within": watch.respond_within, "action": watch.action}
            found.append(trigger | ends)
    return found


def canary(
    environments: Environments,
    tier: Tier | None,
    demanded: Mapping[EnvironmentName, CanaryDemand],
    watched: Sequence[Mapping[str, Value]],
    compared: tuple[str, float] | None,
) -> dict[str, Value]:
    """A plan for each environment that shows a challenger, and for each that floors demand one of.

    What is `compared` is a metric, and by how much a challenger may be worse in it.
    """
    ladder = _LADDERS.get(tier, _LADDERS["high"])
    return {
        name: _plan(_steps(ladder, demanded.get(name)), _guardrails(name, watched), compared)
        for name, environment in environments
        if environment.registry.challenger_alias is not None or name in demanded
    }


def _guardrails(environment: EnvironmentName, watched: Sequence[Mapping[str, Value]]) -> list[Value]:
    """The triggers that speak of one release's own answers, and roll back."""
    names: list[Value] = []
    for trigger in watched:
        where = trigger["environments"]
        assert isinstance(where, list)
        if environment in where and "over" not in trigger and trigger["action"] == "rollback":
            names.append(trigger["name"])
    return names


def _steps(ladder: Sequence[_Step], least: CanaryDemand | None) -> list[tuple[int, Duration]]:
    if least is None:
        return [(weight, Duration.parse(hold)) for weight, hold in ladder]
    count, hold_at_least = least.steps_at_least.value, least.hold_at_least.value
    chosen = list(ladder if len(ladder) >= count else _LADDERS["high"])
    while len(chosen) < count and chosen[0][0] > 1:
        chosen.insert(0, (chosen[0][0] // 2, chosen[0][1]))
    first = min(chosen[0][0], least.first_weight_at_most.value)
    weights = [first, *(weight for weight, _ in chosen[1:])]
    holds = [_longest((Duration.parse(hold), hold_at_least)) for _, hold in chosen]
    return list(zip(weights, holds, strict=True))


def _longest(durations: Iterable[Duration]) -> Duration:
    return max(durations, key=lambda duration: duration.fixed)


def _plan(
    steps: Sequence[tuple[int, Duration]], guardrails: Sequence[Value], compared: tuple[str, float] | None
) -> Value:
    analysis: dict[str, Value] = {"min_samples": 1000, "guardrails": guardrails}
    if compared is not None:
        metric, margin = compared
        analysis["compare"] = {"metric": metric, "worse_by_at_most": margin, "confidence": 0.95}
    twice = max(_LEAST_DEADLINE, 2 * _longest(hold for _, hold in steps).fixed)
    deadline = f"{-(-twice // timedelta(days=1))}d"
    ends: dict[str, Value] = {"failure_limit": 0, "error_limit": 4, "on_inconclusive": "hold", "deadline": deadline}
    written: list[Value] = [{"weight": weight, "hold": str(hold)} for weight, hold in steps]
    return {"steps": written, "analysis": analysis | ends, "promote": "automatic"}
