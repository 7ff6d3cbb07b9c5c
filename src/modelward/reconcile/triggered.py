"""What the triggers of an environment say, taken together: what fails, what may act, and what is news."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from modelward.reconcile.direction import Silent, Told
from modelward.signals.triggers import TriggerVerdict
from modelward.specs.thresholds import Trigger

_ACTING: Final = frozenset({"rollback", "fallback"})


@dataclass(frozen=True)
class Triggered:
    """What triggers say: those that fail, those that may act, the new observations, and what people are told.

    `silent` are those that cannot tell anything, of how many, and why; `quiet` are those that could take the release
    out, and whose source has told nothing for too long.
    """

    firing: frozenset[str]
    due: tuple[tuple[Trigger, TriggerVerdict], ...] = ()
    observations: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()
    silent: Silent | None = None
    quiet: tuple[Told, ...] = ()


def triggered(said: Sequence[tuple[Trigger, TriggerVerdict]], before: frozenset[str]) -> Triggered:
    """What the triggers say of the holder, each with its verdict; `before` are those that failed already.

    A trigger in error or without enough samples keeps what it said last: silence is no recovery.
    """
    failing = {trigger.name for trigger, verdict in said if verdict.verdict == "fail"}
    unclear = {trigger.name for trigger, verdict in said if verdict.verdict in ("error", "inconclusive")}
    due = tuple((trigger, verdict) for trigger, verdict in said if verdict.due and trigger.action in _ACTING)
    seen = {each for _, verdict in due for each in verdict.observations}
    news = tuple(_told(*one) for one in said if one[1].verdict == "fail" and one[0].name not in before)
    quiet = tuple(_told(*one) for one in said if one[1].quiet and one[0].action in _ACTING)
    dumb = [verdict for _, verdict in said if verdict.verdict == "error" or verdict.quiet]
    broken = sorted(dumb, key=lambda one: one.unread)
    silent = Silent(tuple((one.trigger, one.reason) for one in broken), len(said)) if broken else None
    return Triggered(frozenset(failing | (before & unclear)), due, tuple(sorted(seen)), news, silent, quiet)


def _told(trigger: Trigger, verdict: TriggerVerdict) -> Told:
    return Told(trigger.name, trigger.action, trigger.severity, verdict.reason, trigger.respond_within)
