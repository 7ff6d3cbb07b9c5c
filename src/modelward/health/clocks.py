"""This machine's clock against another's: signatures, freezes and leases rest on both telling the same time."""

from datetime import datetime, timedelta
from typing import Final

from modelward.health.outcomes import Failed, Ok, Outcome, Unasked, Warned

_TOLERATED: Final = timedelta(minutes=5)
"""By as much a sign-off may be from the future."""
_NOTED: Final = timedelta(minutes=1)


def clock(whose: str, told: datetime | None, now: datetime) -> Outcome:
    """How far apart the clocks are; `told` is the other's time as it answered, None when it did not say."""
    if told is None:
        return Unasked(f"{whose} does not say what time it is there", "compare by hand: date -u")
    apart = abs(told - now)
    said = f"{whose} is {round(apart.total_seconds())} s {'ahead of' if told > now else 'behind'} this machine"
    if apart > _TOLERATED:
        return Failed(said, "set the clock of this machine by NTP: timedatectl")
    if apart > _NOTED:
        return Warned(said, "set the clock of this machine by NTP: timedatectl")
    return Ok(f"{whose} and this machine tell the same time")
