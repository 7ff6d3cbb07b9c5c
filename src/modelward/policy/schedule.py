"""Crons with their time zones, read by one library for every verb."""

from datetime import datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

_SAMPLES = 400


def longest_gap(cron: str, timezone: str, start: datetime) -> timedelta:
    """The longest time between two of the next 400 occurrences of `cron` after `start`.

    Raises ValueError with one line when the cron or the time zone is none.
    """
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"`{timezone}` is no time zone") from error
    try:
        times = list(islice(CronSim(cron, start.astimezone(zone)), _SAMPLES))
    except CronSimError as error:
        raise ValueError(f"`{cron}` is no cron: {error}") from error
    if len(times) < 2:
        raise ValueError(f"`{cron}` never comes twice")
    instants = [time.timestamp() for time in times]
    return timedelta(seconds=max(later - earlier for earlier, later in pairwise(instants)))
