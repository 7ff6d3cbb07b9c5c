"""Crons with their time zones, read by one library for every verb."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

# Enough of a schedule to have seen its longest gap: every weekday of a frequent one, a year of a daily one, two leap
# days of a rare one. One that knows only weekdays and times of day, in UTC, is the same in every week.
_LEAST_TIMES = 400
_LEAST_YEARS = timedelta(days=9 * 366)
_LEAST_TIMES_WEEKLY = 2
_LEAST_SPAN = timedelta(days=8)
_EVERY_MONTH = set(range(1, 13))
_EVERY_DAY = set(range(1, 32))


class Gaps(NamedTuple):
    """The shortest and the longest time between two occurrences of a schedule."""

    shortest: timedelta
    longest: timedelta


@cache
def gaps(cron: str, timezone: str, start: datetime) -> Gaps:
    """The times between two occurrences of `cron` after `start`.

    At least eight days are looked at, and of a schedule that is not the same in every week 400 occurrences or nine
    years.

    Raises ValueError with one line when the cron or the time zone is none.
    """
    schedule = _schedule(cron, timezone, start)
    least = _LEAST_TIMES_WEEKLY if timezone == "UTC" and _is_weekly(schedule) else _LEAST_TIMES
    instants: list[float] = []
    for time in schedule:
        instants.append(time.timestamp())
        span = instants[-1] - instants[0]
        if len(instants) >= least and span >= _LEAST_SPAN.total_seconds():
            break
        if span >= _LEAST_YEARS.total_seconds():
            break
    if len(instants) < 2:
        raise ValueError(f"`{cron}` never comes twice")
    seconds = [later - earlier for earlier, later in pairwise(instants)]
    return Gaps(timedelta(seconds=min(seconds)), timedelta(seconds=max(seconds)))


def longest_gap(cron: str, timezone: str, start: datetime) -> timedelta:
    """The longest time between two occurrences of `cron` after `start`; raises as `gaps` does."""
    return gaps(cron, timezone, start).longest


def occurrences(cron: str, timezone: str, after: datetime) -> Iterator[datetime]:
    """The instants of `cron` after `after`, in UTC, as Debian's cron has them when clocks are changed.

    A fixed time of day that is skipped comes as soon as the clock has gone forward; one that is doubled comes the
    first time only. What stands at every so many minutes or hours follows the clock.

    Raises ValueError with one line when the cron or the time zone is none.
    """
    return (time.astimezone(UTC) for time in _schedule(cron, timezone, after))


def _schedule(cron: str, timezone: str, start: datetime) -> CronSim:
    try:
        return CronSim(cron, start.astimezone(_zone(timezone)))
    except CronSimError as error:
        raise ValueError(f"`{cron}` is no cron: {error}") from error


def _zone(timezone: str) -> tzinfo:
    try:
        return UTC if timezone == "UTC" else ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"`{timezone}` is no time zone") from error


def _is_weekly(schedule: CronSim) -> bool:
    """Whether the schedule is the same in every week: no month, day of the month or n-th weekday stands in it."""
    return (
        schedule.months == _EVERY_MONTH
        and schedule.days == _EVERY_DAY
        and all(isinstance(weekday, int) for weekday in schedule.weekdays)
    )
