"""The bytes of what serves, hashed again: a few in each run, so that within some runs all of them were."""

import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from modelward.errors import ModelwardError
from modelward.reconcile.hashing import true_digest
from modelward.reconcile.observing import Plan
from modelward.reconcile.pin import Pin
from modelward.reconcile.registries import Registries
from modelward.reconcile.states import ModelPlan
from modelward.registry.interface import RegisteredVersion
from modelward.specs.scalars import ModelName, RegistryName

VERIFIED_TAG: Final = "modelward.verified"
"""On a version: when its bytes were last looked at; more than the time where they are not those of its release."""
_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Live:
    """A release that serves somewhere, and when its bytes were looked at last; None when nobody says so."""

    model: ModelName
    registry: RegistryName
    registered_model: str
    pin: Pin
    looked: datetime | None


@dataclass(frozen=True)
class Unsound:
    """A release that serves with other bytes than it pins, or with bytes that cannot be read."""

    live: Live
    why: str
    unreadable: bool = False


def rehash(plan: Plan, registries: Registries, budget: int, now: datetime) -> Iterator[tuple[Live, Unsound | None]]:
    """Hash `budget` of what serves: those that waited longest, and as many at random, which no tag can steer.

    Each comes with what is wrong with its bytes, or None.
    """
    when = now.astimezone(UTC).strftime(_FORM)
    for live in chosen(list(_live(plan, now)), budget, random.SystemRandom()):
        unsound = _looked_at(live, registries)
        yield live, unsound
        # What is wrong waits its turn like all else: it must not keep the others from being looked at.
        with suppress(ModelwardError):
            registries.open(live.registry).set_version_tag(
                live.registered_model, live.pin.version, VERIFIED_TAG, when if unsound is None else f"{when} failed"
            )


def _looked_at(live: Live, registries: Registries) -> Unsound | None:
    try:
        found = true_digest(registries.open(live.registry), live.registered_model, live.pin)
    except ModelwardError as error:
        return Unsound(live, f"its bytes cannot be read: {error.message}", unreadable=True)
    if found == live.pin.digest:
        return None
    return Unsound(live, f"its bytes are {found or 'missing'}, pinned is {live.pin.digest}")


def chosen(live: Sequence[Live], budget: int, chance: random.Random) -> tuple[Live, ...]:
    """Half of the budget goes to what waited longest, the rest to what chance picks among the others.

    Of an odd budget chance decides whose half is larger, so that no tag steers all of a budget of one.
    """
    begin = datetime.min.replace(tzinfo=UTC)
    waiting = sorted(live, key=lambda one: (one.looked or begin, one.registered_model, one.pin.version))
    oldest = waiting[: (budget + chance.randrange(2)) // 2]
    others = waiting[len(oldest) :]
    return (*oldest, *chance.sample(others, min(budget - len(oldest), len(others))))


def _live(plan: Plan, now: datetime) -> Iterator[Live]:
    for model in plan.models:
        if model.observed is not None:
            for pin in _shown(model):
                version = model.observed.versions.get(pin.version)
                yield Live(model.model, model.registry, model.registered_model, pin, _looked(version, now))


def _shown(model: ModelPlan) -> list[Pin]:
    """The releases that an environment's alias names, each once."""
    assert model.observed is not None
    aliases = model.observed.aliases
    shown = {aliases[target.pointers.alias] for target in model.targets if target.pointers.alias in aliases}
    return [pin for version in sorted(shown) if (pin := model.pins.get(version)) is not None]


def _looked(version: RegisteredVersion | None, now: datetime) -> datetime | None:
    """When the tag says so; what is no time, or one to come, says nothing."""
    text = "" if version is None else version.tags.get(VERIFIED_TAG, "")
    try:
        at = datetime.strptime(text.partition(" ")[0], _FORM).replace(tzinfo=UTC)
    except ValueError:
        return None
    return at if at <= now else None
