"""What a trigger says to what was observed, and that silence is never taken for health."""

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.signals.interface import Observation, Part
from modelward.signals.triggers import TriggerVerdict, evaluate
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName
from modelward.specs.thresholds import Trigger

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DRIFT = {"over": "features", "aggregate": "any", "above": 0.6}


def trigger(**given: Any) -> Trigger:
    spec = {
        "name": "budget",
        "environments": ("production",),
        "signal": "budget",
        "severity": "critical",
        "respond_within": "4h",
        "action": "rollback",
    }
    return Trigger.model_validate(spec | given)


def seen(minutes_ago: float, value: float, part: str | None = None, n: int = 1000) -> Observation:
    return Observation(
        "budget",
        ModelName("credit-risk"),
        ReleaseName("1.1.0"),
        EnvironmentName("production"),
        value,
        n,
        NOW - minutes_ago * MINUTE,
        None if part is None else Part("features", part),
    )


def said(what: Trigger, observations: Iterable[Observation], **given: Any) -> TriggerVerdict:
    usual: dict[str, Any] = {
        "deployed_at": NOW - timedelta(days=2),
        "now": NOW,
        "max_age": 20 * MINUTE,
        "min_samples": 300,
    }
    return evaluate(what, observations, **(usual | given))


LOW_FOR_15M = trigger(**{"below": 0.4, "for": "15m"})


@pytest.mark.parametrize(
    ("bound", "value", "verdict"),
    [
        ({"above": 0.5}, 0.6, "fail"),
        ({"above": 0.5}, 0.5, "pass"),
        ({"above": 0}, 0.0, "pass"),
        ({"above": 0}, 1e-9, "fail"),
        ({"below": 0.4}, 0.3, "fail"),
        ({"below": 0.4}, 0.4, "pass"),
        ({"above": 0.5}, math.inf, "error"),
        ({"above": 0.5}, math.nan, "error"),
        ({"below": 0.4}, math.nan, "error"),
    ],
)
def test_the_newest_value_is_held_against_the_bound(bound: dict[str, float], value: float, verdict: str) -> None:
    better = 1.0 if "below" in bound else 0.0
    answer = said(trigger(**bound), [seen(30, better), seen(1, value)])
    assert answer.verdict == verdict
    assert answer.observations == (seen(1, value).id,)


@pytest.mark.parametrize(
    ("form", "values", "reason"),
    [
        ({"above": 0}, {None: 0.5}, "`budget` is 0.5, above 0"),
        ({"above": 0.5}, {None: 0.25}, "`budget` is 0.25, not above 0.5"),
        ({"below": 0.4}, {None: 0.3999999}, "`budget` is 0.3999999, below 0.4"),
        ({"below": 0.4}, {None: 0.41237}, "`budget` is 0.4124, not below 0.4"),
        ({"below": 0.4, "for": "15m"}, {None: 0.1}, "`budget` is 0.1, below 0.4, and not for 15m yet"),
        (DRIFT, {"a": 0.1, "b": 0.7}, "`budget` of `b` (any over features) is 0.7, above 0.6"),
        (DRIFT, {"a": math.nan, "b": 0.7}, "`budget` of `b` (any over features) is 0.7, above 0.6"),
        (DRIFT | {"above": None, "below": 0.2}, {"a": 0.1, "b": 0.7}, "`budget` of `a` (any over features) is 0.1, "),
        (DRIFT | {"aggregate": "mean"}, {"a": 0.6, "b": 0.8}, "`budget` (mean over features) is 0.7, above 0.6"),
        (DRIFT | {"aggregate": "share"}, {"a": 0, "b": 1}, "`budget` (share over features) is 0.5, not above 0.6"),
    ],
)
def test_a_reason_says_the_value_and_the_bound(
    form: dict[str, Any], values: dict[str | None, float], reason: str
) -> None:
    answer = said(trigger(**form), [seen(1, value, part) for part, value in values.items()])
    assert answer.reason.startswith(reason)


def test_a_bound_that_was_crossed_for_all_of_the_time_says_the_value_of_now() -> None:
    answer = said(LOW_FOR_15M, [seen(16, 0.3), seen(1, 0.2)])
    assert answer.reason == "`budget` is 0.2, below 0.4 for 15m"


def test_values_that_cannot_be_added_up_are_an_error() -> None:
    watched = trigger(**DRIFT | {"aggregate": "mean"})
    assert said(watched, [seen(1, 1e308, part) for part in ("a", "b")]).verdict == "error"


def test_no_value_at_all_is_inconclusive_at_first_and_then_an_error() -> None:
    watched = trigger(above=0.5)
    assert said(watched, [], deployed_at=NOW - 20 * MINUTE).verdict == "inconclusive"
    assert said(watched, [], deployed_at=NOW - 21 * MINUTE).verdict == "error"


def test_a_signal_that_has_gone_quiet_is_an_error_and_not_health() -> None:
    watched = trigger(above=0.5)
    assert said(watched, [seen(19.9, 0.1)]).verdict == "pass"
    answer = said(watched, [seen(20, 0.1)])
    assert answer.verdict == "error"
    assert "gone quiet" in answer.reason


def test_a_signal_that_was_bad_when_it_went_quiet_does_not_count_any_more() -> None:
    assert said(trigger(above=0.5), [seen(20, 0.9)]).verdict == "error"


def test_what_was_seen_before_the_deployment_does_not_count() -> None:
    watched = trigger(above=0.5)
    assert said(watched, [seen(5, 0.9)], deployed_at=NOW - 4 * MINUTE).verdict == "inconclusive"
    assert said(watched, [seen(5, 0.9)], deployed_at=NOW - 5 * MINUTE).verdict == "fail"


def test_a_value_from_the_future_is_an_error_beyond_what_clocks_differ_by() -> None:
    watched = trigger(above=0.5)
    assert said(watched, [seen(-0.5, 0.1)]).verdict == "pass"
    assert said(watched, [seen(3, 0.1), seen(-2, 0.1)]).verdict == "error"


def test_two_values_for_one_time_are_an_error_and_the_same_twice_is_one() -> None:
    assert said(trigger(above=0.5), [seen(1, 0.1), seen(1, 0.9)]).verdict == "error"
    assert said(trigger(above=0.5), [seen(1, 0.1), seen(1, 0.1)]).verdict == "pass"


def test_too_few_samples_are_inconclusive_whichever_way_they_point() -> None:
    for value in (0.1, 0.9):
        assert said(trigger(above=0.5), [seen(1, value, n=299)]).verdict == "inconclusive"


def test_a_bound_crossed_at_every_moment_of_the_time_fails() -> None:
    assert said(LOW_FOR_15M, [seen(ago, 0.3) for ago in (16, 11, 6, 1)]).verdict == "fail"


@pytest.mark.parametrize(
    ("why", "observations"),
    [
        ("one value within was good", [(16, 0.3), (11, 0.5), (6, 0.3), (1, 0.3)]),
        ("it was good when the time began", [(16, 0.5), (14, 0.3), (6, 0.3), (1, 0.3)]),
        ("nothing is known of the beginning", [(14, 0.3), (6, 0.3), (1, 0.3)]),
        ("nothing is known of the beginning any more", [(40, 0.3), (6, 0.3), (1, 0.3)]),
        ("one value within was no number", [(16, 0.3), (11, math.nan), (1, 0.3)]),
    ],
)
def test_a_bound_not_crossed_for_all_of_the_time_is_inconclusive(
    why: str, observations: list[tuple[float, float]]
) -> None:
    assert said(LOW_FOR_15M, [seen(*one) for one in observations]).verdict == "inconclusive", why


def test_a_gap_within_the_time_is_not_covered() -> None:
    long = trigger(**{"below": 0.4, "for": "1h"})
    held = [seen(ago, 0.3) for ago in (70, 55, 40, 25, 10)]
    assert said(long, held).verdict == "fail"
    assert said(long, [one for one in held if one != seen(40, 0.3)]).verdict == "inconclusive"


def test_the_time_does_not_reach_beyond_the_deployment() -> None:
    held = [seen(ago, 0.3) for ago in (10, 5, 1)]
    assert said(LOW_FOR_15M, held, deployed_at=NOW - 10 * MINUTE).verdict == "inconclusive"


def test_a_good_value_now_passes_whatever_was_before() -> None:
    assert said(LOW_FOR_15M, [seen(16, 0.3), seen(6, 0.3), seen(1, 0.9)]).verdict == "pass"


@pytest.mark.parametrize(
    ("form", "values", "verdict"),
    [
        ({"aggregate": "any", "above": 0.6}, {"a": 0.7, "b": 0.1}, "fail"),
        ({"aggregate": "any", "above": 0.6}, {"a": 0.6, "b": 0.1}, "pass"),
        ({"aggregate": "any", "below": 0.2}, {"a": 0.7, "b": 0.1}, "fail"),
        ({"aggregate": "max", "above": 0.6}, {"a": 0.7, "b": 0.1}, "fail"),
        ({"aggregate": "max", "below": 0.2}, {"a": 0.7, "b": 0.1}, "pass"),
        ({"aggregate": "max", "below": 0.2}, {"a": 0.15, "b": 0.1}, "fail"),
        ({"aggregate": "mean", "above": 0.35}, {"a": 0.7, "b": 0.1}, "fail"),
        ({"aggregate": "mean", "above": 0.45}, {"a": 0.7, "b": 0.1}, "pass"),
        ({"aggregate": "share", "above": 0.5}, {"a": 1, "b": 0, "c": 1}, "fail"),
        ({"aggregate": "share", "above": 0.7}, {"a": 1, "b": 0, "c": 1}, "pass"),
        ({"aggregate": "mean", "above": 0.35}, {"a": 0.7, "b": math.nan}, "error"),
        ({"aggregate": "any", "above": 0.6}, {"a": 0.1, "b": math.nan}, "error"),
        ({"aggregate": "any", "above": 0.6}, {"a": 0.7, "b": math.nan}, "fail"),
        ({"aggregate": "share", "above": 0.7}, {"a": 1, "b": math.nan}, "error"),
    ],
)
def test_parts_are_taken_together(form: dict[str, Any], values: dict[str, float], verdict: str) -> None:
    watched = trigger(over="features", **form)
    assert said(watched, [seen(1, value, part) for part, value in values.items()]).verdict == verdict


def test_values_of_the_whole_do_not_speak_of_parts_nor_parts_of_the_whole() -> None:
    assert said(trigger(**DRIFT), [seen(1, 0.9)]).verdict == "error"
    assert said(trigger(above=0.6), [seen(1, 0.9, "a")]).verdict == "error"


def test_a_part_that_has_gone_quiet_hides_behind_no_other() -> None:
    quiet = [seen(30, 0.1, "a"), seen(1, 0.1, "b")]
    for aggregate in ("any", "mean", "max", "share"):
        assert said(trigger(**DRIFT | {"aggregate": aggregate}), quiet).verdict == "error"
    assert said(trigger(**DRIFT), [seen(30, 0.1, "a"), seen(1, 0.9, "b")]).verdict == "fail"


def test_parts_that_take_turns_keep_the_bound_crossed() -> None:
    watched = trigger(**DRIFT, **{"for": "10m"})
    turns = [seen(12, 0.9, "a"), seen(12, 0.1, "b"), seen(5, 0.9, "b"), seen(4, 0.1, "a")]
    assert said(watched, turns).verdict == "fail"
    assert said(watched, [*turns[:2], seen(6, 0.1, "a"), turns[2]]).verdict == "inconclusive"


def test_an_observation_triggers_once_and_goes_on_to_fail() -> None:
    watched = trigger(above=0.5)
    first = said(watched, [seen(10, 0.9)])
    assert (first.verdict, first.due) == ("fail", True)
    again = said(watched, [seen(10, 0.9)], triggered=frozenset(first.observations))
    assert (again.verdict, again.due) == ("fail", False)
    newer = said(watched, [seen(10, 0.9), seen(1, 0.9)], triggered=frozenset(first.observations))
    assert (newer.verdict, newer.due) == ("fail", True)


def test_a_good_part_that_is_new_does_not_make_the_bad_one_due_again() -> None:
    first = said(trigger(**DRIFT), [seen(10, 0.9, "a"), seen(10, 0.1, "b")])
    again = said(
        trigger(**DRIFT),
        [seen(10, 0.9, "a"), seen(10, 0.1, "b"), seen(1, 0.2, "b")],
        triggered=frozenset(first.observations),
    )
    assert (again.verdict, again.due) == ("fail", False)


def test_observations_of_another_signal_or_of_two_releases_are_refused() -> None:
    other = replace(seen(1, 0.1), release=ReleaseName("1.0.0"))
    with pytest.raises(ValueError, match="one release"):
        said(trigger(above=0.5), [seen(1, 0.1), other])
    with pytest.raises(ValueError, match="more than"):
        said(trigger(above=0.5), [replace(seen(1, 0.1), signal="other")])


VALUES = st.one_of(st.floats(0, 1), st.just(math.nan))
SEEN = st.lists(
    st.builds(seen, st.integers(-3, 90), VALUES, st.sampled_from(["a", "b"]), st.sampled_from([10, 1000])), max_size=12
)


@given(SEEN, st.sampled_from(["mean", "any", "max", "share"]), st.sampled_from(["0m", "10m", "1h"]))
def test_a_pass_always_rests_on_a_number_that_holds_now_for_every_part(
    observations: list[Observation], aggregate: str, lasting: str
) -> None:
    watched = trigger(**{"over": "features", "aggregate": aggregate, "above": 0.6, "for": lasting})
    answer = said(watched, observations)
    assert answer == said(watched, reversed(observations))
    holding = [one for one in observations if one.id in answer.observations]
    if answer.verdict == "pass":
        assert {one.part for one in observations} == {one.part for one in holding}
        assert all(math.isfinite(one.value) and one.n >= 300 and NOW - one.at < 20 * MINUTE for one in holding)
    if answer.verdict == "fail":
        assert any(one.value > 0.6 or aggregate == "share" for one in holding)


@given(SEEN)
def test_a_part_that_goes_quiet_never_leaves_a_pass(observations: list[Observation]) -> None:
    assert said(trigger(**DRIFT), []).verdict == "error"
    for part in ("a", "b"):
        old = [
            replace(one, at=NOW - timedelta(hours=5)) if one.part == Part("features", part) else one
            for one in observations
        ]
        if any(one.part == Part("features", part) for one in observations):
            assert said(trigger(**DRIFT), old).verdict != "pass"


@pytest.mark.parametrize(
    ("starved", "what", "observations"),
    [
        (True, LOW_FOR_15M, [seen(25, 0.9), seen(5, 0.1, n=0)]),
        (False, LOW_FOR_15M, [seen(15, 0.9), seen(5, 0.1, n=0)]),
        (True, trigger(**DRIFT), [seen(5, 0.1, "a", n=9), seen(5, 0.1, "b", n=9)]),
        (False, trigger(**DRIFT), [seen(5, 0.1, "a"), seen(5, 0.9, "b", n=9)]),
        (True, trigger(**DRIFT | {"aggregate": "mean"}), [seen(5, 0.1, "a"), seen(5, 0.9, "b", n=9)]),
    ],
)
def test_samples_that_are_too_few_for_as_long_as_a_value_counts_are_silence(
    starved: bool, what: Trigger, observations: list[Observation]
) -> None:
    found = said(what, observations)
    assert (found.verdict, found.starved) == ("inconclusive", starved)
