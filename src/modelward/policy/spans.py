"""Which of two durations is the longer, when one of them follows the calendar."""

from datetime import timedelta
from functools import cache
from itertools import accumulate
from typing import Final

from modelward.specs.scalars import Duration

_CYCLE_MONTHS: Final = 4800
_CYCLE_DAYS: Final = 146_097
"""The Gregorian calendar repeats itself every 400 years."""


def spelled(span: timedelta) -> str:
    """A span in the units of specs, largest first: `1d 6h`."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [f"{number}{unit}" for number, unit in zip((days, hours, minutes, seconds), "dhms", strict=True) if number]
    return " ".join(parts) or "0s"


def never_shorter(one: Duration, other: Duration) -> bool:
    """Whether `one` is at least as long as `other`, on whatever day both start.

    A year has 365 or 366 days and a month 28 to 31, so that neither of `2mo` and `60d` need be the longer.
    """
    if one.months and other.months:
        return one.months >= other.months
    return shortest_days(one) >= longest_days(other)


def shortest_days(duration: Duration) -> timedelta:
    """The least time that a duration takes, over all days on which it can start."""
    return _bounds(duration.months)[0] + duration.fixed


def longest_days(duration: Duration) -> timedelta:
    """The most time that a duration takes, over all days on which it can start."""
    return _bounds(duration.months)[1] + duration.fixed


@cache
def _bounds(months: int) -> tuple[timedelta, timedelta]:
    """The fewest and the most days that some months in a row have.

    To start within a month instead of on its first day gives no other bound: an end that falls on a day which its month
    lacks comes as early as after the same number of months that start a month later.
    """
    whole, rest = divmod(months, _CYCLE_MONTHS)
    days = _first_days()
    lengths = [days[start + rest] - days[start] for start in range(_CYCLE_MONTHS)]
    return tuple(timedelta(days=whole * _CYCLE_DAYS + length) for length in (min(lengths), max(lengths)))  # type: ignore[return-value]


@cache
def _first_days() -> tuple[int, ...]:
    """The day on which each month of two cycles starts, counted from the first."""
    lengths = [_length(month // 12, month % 12) for month in range(2 * _CYCLE_MONTHS)]
    return (0, *accumulate(lengths))


def _length(year: int, month: int) -> int:
    if month == 1:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (3, 5, 8, 10) else 31
