"""Signals become measurements, and measurements carry a rollout through its steps or back."""

import math
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modelward.reconcile.advancing import advance
from modelward.reconcile.comparing import Observed, compared
from modelward.reconcile.measuring import Watched
from modelward.reconcile.rollout import COMPARISON, Circumstances, Keep, Measurement, Samples, Todo, begin
from modelward.signals.interface import Observation, Part, SignalUnavailable
from modelward.signals.simulator import Outage, SimulatedSignals
from modelward.specs.canary import CanaryPlan
from modelward.specs.environment import Environment
from modelward.specs.rollout import Rollout
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName
from modelward.specs.thresholds import Thresholds

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
MODEL, PRODUCTION = ModelName("credit-risk"), EnvironmentName("production")
OLD, NEW = ReleaseName("1.0.0"), ReleaseName("1.1.0")

ENVIRONMENT = Environment.model_validate(
    {
        "schema": "environment/v1",
        "environment": "production",
        "registry": {"name": "main", "alias": "champion", "challenger_alias": "challenger"},
        "traffic": {"kind": "registry-tags"},
        "drift": "enforce",
        "signals": {
            "error_rate": {"file": "seen.jsonl", "every": "1h", "better": "lower"},
            "precision": {"file": "seen.jsonl", "every": "1h", "better": "higher"},
            "latency": {"file": "seen.jsonl", "every": "1h", "better": "lower"},
            "drift": {"monitor": "psi"},
        },
    }
)
BAD = {"environments": ("production",), "severity": "critical", "respond_within": "1h", "action": "rollback"}
THRESHOLDS = Thresholds.model_validate(
    {
        "schema": "thresholds/v1",
        "min_samples": 100,
        "metrics": {
            "precision": {"better": "higher", "unit": "ratio", "computed": "reported"},
            "latency": {"better": "lower", "unit": "ms", "computed": "reported"},
        },
        "triggers": (
            BAD | {"name": "failing", "signal": "error_rate", "above": 0.1, "for": "2h"},
            BAD | {"name": "slow", "signal": "latency", "over": "features", "aggregate": "max", "above": 9.0},
            BAD | {"name": "drifting", "signal": "drift", "above": 0.1},
            BAD | {"name": "unmeasured", "signal": "other", "above": 0.1},
        ),
    }
)


def plan(*guardrails: str, metric: str | None = "precision", margin: float = 0.02) -> CanaryPlan:
    compare = None if metric is None else {"metric": metric, "worse_by_at_most": margin, "confidence": 0.95}
    return CanaryPlan.model_validate(
        {
            "steps": ({"weight": 5, "hold": "6h"}, {"weight": 20, "hold": "6h"}),
            "analysis": {
                "min_samples": 2000,
                "guardrails": guardrails,
                "compare": compare,
                "failure_limit": 0,
                "error_limit": 3,
                "on_inconclusive": "hold",
                "deadline": "3d",
            },
            "promote": "automatic",
        }
    )


def seen(signal: str, release: ReleaseName, hour: float, value: float, n: int = 1000, **given: Any) -> Observation:
    return Observation(signal, MODEL, release, PRODUCTION, value, n, START + hour * HOUR, **given)


def precisions(challenger: float, champion: float = 0.8, hours: int = 24) -> list[Observation]:
    return [
        seen("precision", release, hour, value)
        for hour in range(1, hours)
        for release, value in ((NEW, challenger), (OLD, champion))
    ]


def watched(signals: SimulatedSignals) -> Watched:
    return Watched(MODEL, ENVIRONMENT, THRESHOLDS, signals)


def begun(under: CanaryPlan) -> Rollout:
    return begin("ro-1", MODEL, PRODUCTION, (NEW, OLD), under, None, START).rollout


def measured(
    script: list[Observation], hour: float, under: CanaryPlan, assigned: Samples | None = None
) -> tuple[tuple[Measurement, ...], Samples | None]:
    signals = SimulatedSignals(START + hour * HOUR, script)
    return watched(signals).rollout(begun(under), under, signals.now, assigned)


def comparison(script: list[Observation], hour: float, under: CanaryPlan | None = None, **given: Any) -> Measurement:
    found, _ = measured(script, hour, under or plan(), **given)
    return found[-1]


def walked(script: list[Observation], under: CanaryPlan, outages: tuple[Outage, ...] = ()) -> list[tuple[int, Todo]]:
    """What is done at which hour, one run an hour for a day; keeping is left out."""
    signals, rollout = SimulatedSignals(START, script, list(outages)), begun(under)
    done: list[tuple[int, Todo]] = []
    for hour in range(24):
        signals.now = START + hour * HOUR
        found, samples = watched(signals).rollout(rollout, under, signals.now, None)
        decision = advance(rollout, under, Circumstances(found, samples, NEW), signals.now)
        rollout = decision.rollout
        if not isinstance(decision.todo, Keep):
            done.append((hour, decision.todo))
        if rollout.finished:
            break
    return done


def names(done: list[tuple[int, Todo]]) -> list[str]:
    return [type(todo).__name__ for _, todo in done]


QUIET = [seen("error_rate", NEW, hour, 0.01) for hour in range(24)]


def test_a_release_as_good_as_the_champion_goes_through_all_steps() -> None:
    assert names(walked(QUIET + precisions(0.8), plan("failing"))) == ["Shift", "Promote"]


def test_a_worse_release_is_taken_back_by_the_comparison() -> None:
    done = walked(QUIET + precisions(0.7), plan("failing"))
    assert names(done) == ["Return"]


def test_a_guardrail_that_is_crossed_at_the_second_step_takes_it_back() -> None:
    script = [seen("error_rate", NEW, hour, 0.5 if hour >= 9 else 0.01) for hour in range(24)]
    (first, _), (last, _) = walked(script + precisions(0.8), plan("failing"))
    assert first < 9
    assert last == 11
    assert names(walked(script + precisions(0.8), plan("failing"))) == ["Shift", "Return"]


def test_signals_that_are_down_move_nothing_and_it_goes_on_after() -> None:
    down = Outage("error_rate", START + 3 * HOUR, START + 15 * HOUR, SignalUnavailable("down", ""))
    done = walked(QUIET + precisions(0.8), plan("failing"), (down,))
    assert names(done) == ["Shift", "Promote"]
    assert done[0][0] == 15


def test_a_champion_that_fails_is_no_failure_of_the_challenger() -> None:
    script = [seen("error_rate", OLD, hour, 0.9) for hour in range(24)]
    assert names(walked(QUIET + script + precisions(0.8), plan("failing"))) == ["Shift", "Promote"]


@pytest.mark.parametrize("guardrail", ["drifting", "unmeasured", "unknown"])
def test_a_guardrail_that_cannot_be_measured_is_an_error(guardrail: str) -> None:
    (first, _), _ = measured(QUIET + precisions(0.8), 6, plan(guardrail))
    assert (first.name, first.verdict) == (guardrail, "error")


def test_a_metric_that_cannot_be_measured_is_an_error() -> None:
    assert comparison([], 6, plan(metric="recall")).verdict == "error"


def test_without_a_comparison_the_samples_are_the_requests_or_those_of_the_guardrail_that_has_fewest() -> None:
    under = plan("failing", "slow", metric=None)
    both = [seen("error_rate", release, hour, 0.01, n=700) for hour in range(1, 7) for release in (NEW, OLD)]
    part, of = seen("latency", NEW, 2, 1.0, n=500), ("a", "b")
    parts = [replace(part, release=one, part=Part("features", name)) for one in (NEW, OLD) for name in of]
    parts.append(replace(part, release=NEW, part=Part("features", "a"), at=START + 3 * HOUR))
    assert measured(both, 6, under)[1] == Samples(4200, 4200), "a guardrail without samples counts none"
    assert measured(both + parts, 6, under)[1] == Samples(1000, 500), "parts may be of the same samples"
    assert measured(both + parts, 6, under, Samples(50, 950))[1] == Samples(50, 950)
    assert measured([], 6, under)[1] is None
    assert measured(QUIET, 6, plan("failing", metric=None))[1] == Samples(7000, 0)


def test_a_guardrail_that_cannot_be_had_leaves_nothing_counted() -> None:
    down = Outage("error_rate", START, START + 24 * HOUR, SignalUnavailable("down", ""))
    signals, under = SimulatedSignals(START + 6 * HOUR, QUIET, [down]), plan("failing", metric=None)
    assert watched(signals).rollout(begun(under), under, signals.now, None)[1] is None


def test_guardrails_alone_carry_a_release_through_all_steps() -> None:
    script = [seen("error_rate", release, hour, 0.01) for hour in range(24) for release in (NEW, OLD)]
    assert names(walked(script, plan("failing", metric=None))) == ["Shift", "Promote"]


def test_too_few_samples_are_inconclusive_whatever_they_show() -> None:
    for value in (0.1, 0.8):
        assert comparison(precisions(value), 1.5).verdict == "inconclusive"
    assert comparison([], 1).verdict == "inconclusive"


def test_what_is_shown_neither_to_be_worse_nor_not_to_be_is_inconclusive() -> None:
    assert comparison(precisions(0.79), 4).verdict == "inconclusive"
    assert comparison(precisions(0.8), 20, plan(margin=0.0)).verdict == "inconclusive"


def test_a_comparison_says_what_it_found_and_on_what() -> None:
    script = precisions(0.7)
    found = comparison(script, 6)
    assert (found.name, found.verdict) == (COMPARISON, "fail")
    assert found.reason.startswith("precision is worse by at least 0.0")
    assert ", at most 0.02 is allowed (estimated 0.1 worse, from 0.0" in found.reason
    assert set(found.observations) == {one.id for one in script if one.at <= START + 6 * HOUR}


def test_what_could_still_be_worse_says_by_how_much_and_never_by_less_than_nothing() -> None:
    found = comparison(precisions(0.81), 4, plan(margin=0.0))
    assert found.verdict == "inconclusive"
    assert re.fullmatch(
        r"precision could be worse by (0\.\d+), at most 0 is allowed "
        r"\(estimated 0\.01 better, from 0\.\d+ better to \1 worse\)",
        found.reason,
    )


def test_values_that_do_not_vary_are_said_to_show_nothing() -> None:
    still = [replace(one, deviation=0.0) for one in precisions(0.8)]
    found = comparison(still, 4)
    assert (found.verdict, found.reason) == (
        "inconclusive",
        "precision shows nothing yet: its values are too few, or do not vary (estimated equal)",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"deviation": 1e200},
        {"value": 1e200, "deviation": 1e-3},
        {"value": 1e308, "deviation": 1e150},
        {"value": 1e308, "n": 10**15},
        {"n": 10**400, "deviation": 1.0},
    ],
)
def test_numbers_that_cannot_be_computed_with_are_an_error_and_stop_nothing_else(change: dict[str, Any]) -> None:
    script = [replace(one, deviation=0.1, n=2000) for one in precisions(0.8, hours=4)]
    script[-2] = replace(script[-2], **change)
    assert comparison(script, 4).verdict == "error"


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("no number", {"value": math.nan}),
        ("no value of the challenger", {"at": START}),
    ],
)
def test_values_that_are_no_numbers_or_have_gone_quiet_are_an_error(why: str, change: dict[str, Any]) -> None:
    bad = [replace(one, **change) if one.release == NEW else one for one in precisions(0.8, hours=2)]
    fresh = [*bad, seen("precision", OLD, 5, 0.8, 9000)]
    found = comparison(fresh, 5.5 if "at" in change else 2)
    assert found.verdict == "error"
    assert why in found.reason


def test_two_values_for_one_time_are_an_error() -> None:
    assert comparison([*precisions(0.8), seen("precision", NEW, 3, 0.5)], 6).verdict == "error"


def test_values_of_parts_are_not_compared_as_the_whole() -> None:
    parts = [replace(one, part=Part("tenants", "t-1")) for one in precisions(0.1)]
    assert comparison(parts, 6).verdict == "inconclusive"


def test_values_of_parts_or_of_two_releases_that_are_passed_for_the_whole_are_an_error() -> None:
    whole, champion = seen("precision", NEW, 1, 0.8, 9000), seen("precision", OLD, 1, 0.8, 9000)
    comparison_of = plan().analysis.compare
    assert comparison_of is not None
    part = replace(whole, part=Part("tenants", "t-1"))
    other = replace(whole, release=OLD, at=START)
    for wrong in ([part], [whole, other]):
        observed = Observed(wrong, [champion], 5)
        found = compared(plan(), comparison_of, THRESHOLDS.metrics["precision"], observed, 2 * HOUR, START + 2 * HOUR)
        assert found.verdict == "error"


def test_steps_share_the_error_of_taking_back_a_release_that_is_not_worse() -> None:
    two = plan()
    one = two.model_copy(update={"steps": two.steps[:1]})
    many = two.model_copy(update={"steps": two.steps * 20})
    between = precisions(0.753)
    assert [comparison(between, 6, under).verdict for under in (one, many)] == ["fail", "inconclusive"]


def test_a_split_that_is_not_the_planned_one_voids_the_comparison() -> None:
    assert comparison(precisions(0.8), 20, assigned=Samples(5000, 95_000)).verdict == "pass"
    found = comparison(precisions(0.8), 20, assigned=Samples(9000, 91_000))
    assert found.verdict == "error"
    assert "not 5 to 95" in found.reason


def test_a_metric_that_is_no_share_needs_the_spread_of_its_samples() -> None:
    under = plan(metric="latency", margin=5.0)
    bare = [seen("latency", release, hour, 100.0) for hour in range(1, 20) for release in (NEW, OLD)]
    assert comparison(bare, 20, under).verdict == "error"
    spread = [replace(one, deviation=40.0) for one in bare]
    assert comparison(spread, 20, under).verdict == "pass"
    slower = [replace(one, value=120.0) if one.release == NEW else one for one in spread]
    assert comparison(slower, 20, under).verdict == "fail"
