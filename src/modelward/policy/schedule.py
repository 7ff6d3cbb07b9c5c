"""Crons with their time zones, read by one library for every verb."""

from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

# Enough of a schedule to have seen its longest gap: every weekday of a frequent one, a year of a daily one.
_LEAST_TIMES = 400
_LEAST_SPAN = timedelta(days=8)


@cache
def longest_gap(cron: str, timezone: str, start: datetime) -> timedelta:
    """The longest time between two occurrences of `cron` after `start`, over at least 400 of them and eight days.

    Raises ValueError with one line when the cron or the time zone is none.
    """
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"`{timezone}` is no time zone") from error
    instants: list[float] = []
    try:
        for time in CronSim(cron, start.astimezone(zone)):
            instants.append(time.timestamp())
            if len(instants) >= _LEAST_TIMES and instants[-1] - instants[0] >= _LEAST_SPAN.total_seconds():
                break
    except CronSimError as error:
        raise ValueError(f"`{cron}` is no cron: {error}") from error
    if len(instants) < 2:
        raise ValueError(f"`{cron}` never comes twice")
    return timedelta(seconds=max(later - earlier for earlier, later in pairwise(instants)))
