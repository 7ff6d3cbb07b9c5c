"""Freezes: which window is open, to the second, also where clocks are changed."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.errors import CannotEvaluate
from modelward.policy.freezes import Window, freezing
from modelward.specs.policy import Freezes
from modelward.specs.scalars import EnvironmentName

PRODUCTION = EnvironmentName("production")
STAGING = EnvironmentName("staging")


def freezes(*changes: dict[str, Any]) -> Freezes:
    """Freezes of production that start on 20 December at midnight in Berlin, and last 14 days, with some changes."""
    least = {
        "name": "year-end",
        "reason": "ledger close",
        "environments": ("production",),
        "cron": "0 0 20 12 *",
        "duration": "14d",
        "timezone": "Europe/Berlin",
    }
    listed = tuple(least | change for change in changes)
    return Freezes.model_validate({"schema": "freezes/v1", "freezes": listed})


def at(time: str) -> datetime:
    """An instant."""
    return datetime.fromisoformat(time)


def open_at(time: str, **change: Any) -> Window | None:
    """The window of one freeze that stops a promotion into production."""
    return freezing(freezes(change), PRODUCTION, "promotion", at(time))


@pytest.mark.parametrize(
    ("time", "is_open"),
    [
        ("2026-12-19T22:59:59.999999Z", False),
        ("2026-12-19T23:00:00Z", True),
        ("2026-12-19T23:00:00.000001Z", True),
        ("2027-01-02T22:59:59.999999Z", True),
        ("2027-01-02T23:00:00Z", False),
        ("2026-11-20T09:00:00Z", False),
    ],
)
def test_a_window_holds_from_its_first_instant_until_before_its_end(time: str, is_open: bool) -> None:
    assert (open_at(time) is not None) == is_open


def test_a_window_says_which_freeze_it_is_and_between_which_instants_it_holds() -> None:
    listed = freezes({"environments": ("staging",)}, {"name": "second"})
    window = freezing(listed, PRODUCTION, "promotion", at("2026-12-24T12:00:00Z"))
    assert window == Window(listed.freezes[1], 1, at("2026-12-19T23:00:00Z"), at("2027-01-02T23:00:00Z"))


def test_a_freeze_stops_only_its_own_environments() -> None:
    assert freezing(freezes({}), STAGING, "promotion", at("2026-12-24T12:00:00Z")) is None


def test_a_kind_of_change_that_a_freeze_allows_passes_and_no_other() -> None:
    listed = freezes({"allow": ("rollback", "fallback")})
    assert freezing(listed, PRODUCTION, "rollback", at("2026-12-24T12:00:00Z")) is None
    assert freezing(listed, PRODUCTION, "promotion", at("2026-12-24T12:00:00Z")) is not None


@pytest.mark.parametrize("strict_first", [True, False])
def test_of_two_open_windows_the_one_that_denies_wins(strict_first: bool) -> None:
    strict, mild = {"name": "strict"}, {"name": "mild", "allow": ("rollback",)}
    listed = freezes(strict, mild) if strict_first else freezes(mild, strict)
    window = freezing(listed, PRODUCTION, "rollback", at("2026-12-24T12:00:00Z"))
    assert window is not None
    assert window.freeze.name == "strict"


def test_a_denying_window_that_is_over_leaves_the_one_that_allows() -> None:
    listed = freezes({"name": "strict", "duration": "1h"}, {"name": "mild", "allow": ("rollback",)})
    assert freezing(listed, PRODUCTION, "rollback", at("2026-12-24T12:00:00Z")) is None


@pytest.mark.parametrize(
    ("cron", "duration", "start", "end"),
    [
        # On 29 March 2026 the clocks of Berlin go from 02:00 to 03:00: 02:30 is skipped, and comes at 03:00.
        pytest.param("30 2 29 3 *", "1h", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z", id="starts in the gap"),
        pytest.param("0 2 29 3 *", "1h", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z", id="starts with the gap"),
        pytest.param("0 3 29 3 *", "1h", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z", id="starts after the gap"),
        pytest.param("59 1 29 3 *", "2m", "2026-03-29T00:59:00Z", "2026-03-29T01:01:00Z", id="lasts over the gap"),
        # 24 hours are 24 hours: the window ends at 01:00 of the next day by the clock.
        pytest.param("0 0 29 3 *", "24h", "2026-03-28T23:00:00Z", "2026-03-29T23:00:00Z", id="a day of 23 hours"),
        # On 25 October 2026 they go from 03:00 back to 02:00: 02:30 comes twice, and counts the first time.
        pytest.param("30 2 25 10 *", "1h", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", id="starts in the overlap"),
        pytest.param("0 2 25 10 *", "1h", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", id="lasts the first pass"),
        pytest.param("59 2 25 10 *", "2m", "2026-10-25T00:59:00Z", "2026-10-25T01:01:00Z", id="over the turn back"),
        pytest.param("0 3 25 10 *", "1h", "2026-10-25T02:00:00Z", "2026-10-25T03:00:00Z", id="starts after both"),
        pytest.param("0 0 25 10 *", "24h", "2026-10-24T22:00:00Z", "2026-10-25T22:00:00Z", id="a day of 25 hours"),
    ],
)
def test_a_window_at_a_change_of_clocks_lasts_its_duration_in_absolute_time(
    cron: str, duration: str, start: str, end: str
) -> None:
    tick = timedelta(microseconds=1)
    listed = freezes({"cron": cron, "duration": duration})

    def is_open(time: datetime) -> bool:
        return freezing(listed, PRODUCTION, "promotion", time) is not None

    moments = [at(start) - tick, at(start), at(end) - tick, at(end)]
    assert [is_open(time) for time in moments] == [False, True, True, False]
    window = open_at(start, cron=cron, duration=duration)
    assert window is not None
    assert (window.start, window.end) == (at(start), at(end))


@pytest.mark.parametrize("minute", range(0, 240, 5))
def test_what_comes_every_hour_comes_in_both_passes_of_the_doubled_hour(minute: int) -> None:
    time = at("2026-10-24T23:00:00Z") + timedelta(minutes=minute)
    listed = freezes({"cron": "30 * * * *", "duration": "10m"})
    is_open = freezing(listed, PRODUCTION, "promotion", time) is not None
    assert is_open == (30 <= minute % 60 < 40)


@given(st.integers(0, 10_000_000), st.integers(1, 1_000), st.sampled_from(["Europe/Berlin", "UTC", "Asia/Kathmandu"]))
def test_a_window_that_is_open_holds_now_and_lasts_its_duration(second: int, hours: int, timezone: str) -> None:
    now = at("2026-01-01T00:00:00Z") + timedelta(seconds=second * 3)
    listed = freezes({"cron": "30 2 * * SUN", "duration": f"{hours}h", "timezone": timezone})
    window = freezing(listed, PRODUCTION, "promotion", now)
    if window is not None:
        assert window.start <= now < window.end
        assert window.end - window.start == timedelta(hours=hours)
    else:
        assert hours < 7 * 24 + 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cron": "every winter"}, "`year-end`: `every winter` is no cron"),
        ({"timezone": "Mars/Olympus"}, "`year-end`: `Mars/Olympus` is no time zone"),
    ],
)
def test_a_freeze_that_nobody_can_read_is_no_pass(change: dict[str, Any], said: str) -> None:
    with pytest.raises(CannotEvaluate, match=said):
        open_at("2026-06-01T00:00:00Z", **change)


def test_a_freeze_that_never_comes_is_never_open() -> None:
    assert open_at("2026-06-01T00:00:00Z", cron="0 0 * 2 MON#5", duration="1h") is None


def test_a_duration_longer_than_the_calendar_is_open_for_ever() -> None:
    assert open_at("2026-06-01T00:00:00Z", duration="999999w") is not None


def test_a_window_that_opens_every_second_for_a_year_is_found_at_once() -> None:
    assert open_at("2026-06-01T00:00:00Z", cron="* * * * * *", duration="52w") is not None
