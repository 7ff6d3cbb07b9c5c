"""How long a release has served where it must before it may move on (`min_soak` of an environment)."""

from datetime import datetime, timedelta
from typing import Final

from modelward.ledger.folding import suspended
from modelward.policy.spans import spelled
from modelward.reconcile.direction import Standing
from modelward.reconcile.pin import Pin
from modelward.specs.ledger import EnvironmentState, Tenure
from modelward.specs.scalars import ModelName

_NONE: Final = timedelta(0)


def soaking(model: ModelName, wanted: Pin, before: EnvironmentState, soak: timedelta, now: datetime) -> Standing | None:
    """Why a release may not move on from the environment `before` yet; None when it has held that for all of `soak`.

    Time in which it was suspended there proves nothing, and while it is, it goes nowhere.
    """
    where = before.environment
    if wanted.release in suspended(before):
        lift = f"modelward resume {model} {where}"
        return Standing("Blocked", f"{wanted.release} is suspended in {where}", lift=lift)
    held = [one for one in before.tenures if (one.release, one.artifact) == (wanted.release, wanted.digest)]
    served = sum((_served(tenure, before, now) for tenure in held), _NONE)
    if served >= soak:
        return None
    why = f"{wanted.release} has held {where} for {spelled(served)} of {spelled(soak)}"
    if not held or held[-1].until is not None:
        return Standing("Progressing", f"{why}, and does not now", lift=f"deploy {wanted.release} to {where}")
    return Standing("Progressing", why, until=now + soak - served)


def _served(tenure: Tenure, state: EnvironmentState, now: datetime) -> timedelta:
    """The length of a tenure without the time under suspensions; where these overlap, rather too little."""
    end = tenure.until or now
    out = (one for one in state.suspensions.values() if one.release == tenure.release)
    lost = (min(one.resumed or now, end) - max(one.at, tenure.since) for one in out)
    return max(end - tenure.since - sum((max(each, _NONE) for each in lost), _NONE), _NONE)
