"""Where an environment is to go now, and why it is not where git wants it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final, Literal

from modelward.reconcile.pin import Pin
from modelward.specs.ledger import DeedKind, EnvironmentState
from modelward.specs.rollout import Rollout
from modelward.specs.scalars import Duration, ModelName
from modelward.specs.thresholds import Action, Severity

SyncState = Literal[
    "Synced", "OutOfSync", "Progressing", "Suspended", "Frozen", "Held", "Blocked", "Degraded", "Unknown"
]


@dataclass(frozen=True)
class Standing:
    """How an environment stands: why, since when, until when by itself, and what would lift it before."""

    state: SyncState
    reason: str
    since: datetime | None = None
    until: datetime | None = None
    lift: str = ""


@dataclass(frozen=True)
class Suspension:
    """A release that is put out of service in an environment, until a merged `resume` names `id`."""

    id: str
    pin: Pin
    why: str
    observations: tuple[str, ...] = ()
    prefers_rules: bool = False


@dataclass(frozen=True)
class Told:
    """A trigger that has begun to fail or has gone quiet, for whoever is to know."""

    trigger: str
    action: Action
    severity: Severity
    reason: str
    respond_within: Duration


@dataclass(frozen=True)
class Silent:
    """The triggers that cannot tell anything, each with its reason; first those whose source is read. `of` are all."""

    reasons: tuple[tuple[str, str], ...]
    of: int


@dataclass(frozen=True)
class Direction:
    """What an environment should show, by which deed, and what goes on record with it.

    `pin` is the release that its alias names, None leaves it as it is; `challenger` takes `weight` percent beside it.
    With `off` no request reaches a model. What is `urgent` reduces risk: it is done before anything is recorded. `kind`
    is None where nothing new is done. `drifted`: somebody has moved the alias, and it is left so. `restores` marks a
    release whose bytes must be verified before it is chosen. `suspend` are new suspensions, `open` all that hold now,
    `resumed` those that git lifts now and `lifted` all that nothing holds any more; `told` are triggers that have begun
    to fail, and `firing` all that fail, None where the ledger says so already; `silent` are those of them that cannot
    tell anything, and why; `quiet` are those that could take the holder out, and whose source has told nothing for too
    long. `shut` says why no tenant may get another release now, None where one may.
    """

    pin: Pin | None
    standing: Standing | None = None
    kind: DeedKind | None = None
    challenger: Pin | None = None
    weight: int = 0
    off: bool = False
    urgent: bool = False
    restores: bool = False
    drifted: bool = False
    rollout: Rollout | None = None
    suspend: tuple[Suspension, ...] = ()
    open: tuple[tuple[str, Pin], ...] = ()
    resumed: tuple[str, ...] = ()
    lifted: frozenset[str] = frozenset()
    firing: frozenset[str] | None = None
    observations: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()
    page: str | None = None
    silent: Silent | None = None
    quiet: tuple[Told, ...] = ()
    shut: Standing | None = None


UNRECORDED: Final = "its version bears the tag, and no record tells why"
"""Why a release is suspended that was found so: nobody knows in which environment, so it is in each of them."""


def next_suspension(model: ModelName, state: EnvironmentState, pin: Pin) -> tuple[str, str]:
    """What the next suspension of a release is named, by whoever decides it from the same state.

    The second name is for where git resumes the first already: it cannot have looked at what has not been suspended.
    """
    return _names(model, state, pin, sum(one.release == pin.release for one in state.suspensions.values()))


def suspended_by_others(model: ModelName, state: EnvironmentState, pin: Pin) -> str:
    """What a release is suspended by that others have tagged, in whatever words, until git has resumed that."""
    names = (_hashed(f"{model}\n{pin.release}\n{pin.digest}\nothers {number}") for number in count())
    return next(name for name in names if name not in state.suspensions or state.suspensions[name].resumed is None)


def named_here(model: ModelName, state: EnvironmentState, pin: Pin) -> Iterator[str]:
    """What the suspensions of a release are named that were decided in this environment, until now and next."""
    for number in range(len(state.suspensions) + 1):
        yield from _names(model, state, pin, number)


def _names(model: ModelName, state: EnvironmentState, pin: Pin, earlier: int) -> tuple[str, str]:
    first, second = (
        _hashed(f"{model}\n{state.environment}\n{pin.release}\n{pin.digest}\n{number}")
        for number in (earlier, -earlier - 1)
    )
    return first, second


def _hashed(what: str) -> str:
    return f"su-{hashlib.sha256(what.encode()).hexdigest()[:20]}"
