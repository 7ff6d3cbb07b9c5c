"""Durations by the calendar: one is longer only when it is so on every day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.policy.spans import longest_days, never_shorter, shortest_days, spelled
from modelward.specs.scalars import Duration


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("5y", "5y", True),
        ("5y", "60mo", True),
        ("59mo", "5y", False),
        ("1826d", "5y", False),
        ("1827d", "5y", True),
        ("5y", "1825d", True),
        ("5y", "1826d", False),
        ("1mo", "28d", True),
        ("1mo", "29d", False),
        ("31d", "1mo", True),
        ("30d", "1mo", False),
        ("2mo", "59d", True),
        ("2mo", "60d", False),
        ("1y", "365d", True),
        ("365d", "1y", False),
        ("366d", "1y", True),
        ("8y", "2921d", True),
        ("8y", "2922d", False),
        ("4w", "28d", True),
        ("24h", "1d", True),
        ("86399s", "1d", False),
        ("0d", "0mo", True),
        ("0mo", "1s", False),
        ("400y", "146097d", True),
        ("400y", "146098d", False),
        ("999999y", "146096d", True),
    ],
)
def test_a_duration_is_never_shorter_than_another(one: str, other: str, expected: bool) -> None:
    assert never_shorter(Duration.parse(one), Duration.parse(other)) is expected


def later(day: date, months: int) -> date:
    """The same day some months later, or the last one of a month that lacks it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


@given(st.dates(date(1600, 1, 1), date(2400, 1, 1)), st.integers(0, 100))
def test_no_day_to_start_on_lies_outside_the_bounds(day: date, months: int) -> None:
    duration = Duration.parse(f"{months}mo")
    assert shortest_days(duration) <= later(day, months) - day <= longest_days(duration)


@pytest.mark.parametrize("months", [1, 2, 3, 5, 11, 12, 13, 48, 60])
def test_both_bounds_are_reached(months: int) -> None:
    starts = [date(1600 + year, month, 1) for year in range(400) for month in range(1, 13)]
    taken = [later(day, months) - day for day in starts]
    duration = Duration.parse(f"{months}mo")
    assert (shortest_days(duration), longest_days(duration)) == (min(taken), max(taken))
    assert shortest_days(Duration.parse("3d")) == timedelta(days=3)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (timedelta(0), "0s"),
        (timedelta(days=1), "1d"),
        (timedelta(days=30, hours=6), "30d 6h"),
        (timedelta(minutes=5, seconds=1), "5m 1s"),
    ],
)
def test_a_span_is_spelled_in_the_units_of_specs(span: timedelta, expected: str) -> None:
    assert spelled(span) == expected
