"""Whether a window is closed to a kind of change: the one function that answers it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from modelward.errors import CannotEvaluate
from modelward.policy.schedule import occurrences
from modelward.specs.policy import Freeze, Freezes
from modelward.specs.scalars import EnvironmentName
from modelward.specs.signoff import ChangeKind

# Further back no schedule needs to be followed: one that does not come in 50 years never comes.
_LONGEST = timedelta(days=50 * 366)


@dataclass(frozen=True)
class Window:
    """One occurrence of a freeze: which one of the file it is, and the instants between which it holds.

    `start` belongs to the window, `end` does not.
    """

    freeze: Freeze
    index: int
    start: datetime
    end: datetime


def freezing(freezes: Freezes, environment: EnvironmentName, kind: ChangeKind, now: datetime) -> Window | None:
    """The window that stops a kind of change in an environment at `now`, or None.

    A kind passes only if every window that is open there allows it: deny beats allow. A window starts where its cron
    comes by the clock of its time zone, and lasts its duration in absolute time, whatever the clock does meanwhile.

    Raises `CannotEvaluate` when a freeze of that environment has no valid cron or time zone.
    """
    for index, freeze in enumerate(freezes.freezes):
        if environment in freeze.environments and kind not in freeze.allow:
            window = _window(freeze, index, now)
            if window is not None:
                return window
    return None


def _window(freeze: Freeze, index: int, now: datetime) -> Window | None:
    duration = min(freeze.duration.fixed, _LONGEST)
    ended = now - duration
    try:
        for start in occurrences(freeze.cron, freeze.timezone, ended):
            if start > now:
                return None
            if start > ended:
                return Window(freeze, index, start, start + duration)
    except ValueError as error:
        raise CannotEvaluate(f"freeze `{freeze.name}`: {error}", "correct policies/freezes.yaml") from error
    return None
