"""The end of a time that starts now: a duration, or an instant."""

import re
from calendar import monthrange
from datetime import UTC, datetime

from modelward.errors import WrongUse
from modelward.specs.scalars import CALENDAR_DURATION, TIME, Duration

_FORMS = "write a duration such as 30d, or an instant such as 2026-12-31T00:00:00Z"


def until(text: str, now: datetime) -> datetime:
    """The instant that `text` names, in whole seconds; raises `WrongUse` unless it comes after `now`."""
    try:
        if re.fullmatch(CALENDAR_DURATION.strip("^$"), text):
            end = _after(now, Duration.parse(text))
        elif re.fullmatch(TIME.strip("^$"), text):
            end = datetime.fromisoformat(text).astimezone(UTC)
        else:
            raise WrongUse(f"`{text}` is no time", _FORMS)
    except (ValueError, OverflowError) as error:
        raise WrongUse(f"`{text}` is no time of the calendar", _FORMS) from error
    end = end.replace(microsecond=0)
    if not end > now:
        raise WrongUse(f"`{text}` has passed", _FORMS)
    return end


def written(time: datetime) -> str:
    """An instant as specs write it, in whole seconds."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _after(now: datetime, duration: Duration) -> datetime:
    """A duration later; a day that the month lacks is the last one of that month."""
    months = now.month - 1 + duration.months
    year, month = now.year + months // 12, months % 12 + 1
    return now.replace(year=year, month=month, day=min(now.day, monthrange(year, month)[1])) + duration.fixed
