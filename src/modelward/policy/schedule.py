"""Crons with their time zones, read by one library for every verb."""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

# Enough of a schedule to have seen its longest gap: every weekday of a frequent one, a year of a daily one. One that
# knows only weekdays and times of day, in UTC, is the same in every week.
_LEAST_TIMES = 400
_LEAST_TIMES_WEEKLY = 2
_LEAST_SPAN = timedelta(days=8)
_EVERY_MONTH = set(range(1, 13))
_EVERY_DAY = set(range(1, 32))


@cache
def longest_gap(cron: str, timezone: str, start: datetime) -> timedelta:
    """The longest time between two occurrences of `cron` after `start`.

    At least eight days are looked at, and 400 occurrences of a schedule that is not the same in every week.

    Raises ValueError with one line when the cron or the time zone is none.
    """
    try:
        zone = UTC if timezone == "UTC" else ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"`{timezone}` is no time zone") from error
    instants: list[float] = []
    try:
        schedule = CronSim(cron, start.astimezone(zone))
        least = _LEAST_TIMES_WEEKLY if timezone == "UTC" and _is_weekly(schedule) else _LEAST_TIMES
        for time in schedule:
            instants.append(time.timestamp())
            if len(instants) >= least and instants[-1] - instants[0] >= _LEAST_SPAN.total_seconds():
                break
    except CronSimError as error:
        raise ValueError(f"`{cron}` is no cron: {error}") from error
    if len(instants) < 2:
        raise ValueError(f"`{cron}` never comes twice")
    return timedelta(seconds=max(later - earlier for earlier, later in pairwise(instants)))


def _is_weekly(schedule: CronSim) -> bool:
    """Whether the schedule is the same in every week: no month, day of the month or n-th weekday stands in it."""
    return (
        schedule.months == _EVERY_MONTH
        and schedule.days == _EVERY_DAY
        and all(isinstance(weekday, int) for weekday in schedule.weekdays)
    )
