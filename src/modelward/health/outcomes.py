"""What a check comes to. That it could not be made is an outcome of its own, and never a kind of well."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from modelward.errors import ModelwardError


@dataclass(frozen=True, slots=True)
class Ok:
    """All is well, as far as `why` says."""

    why: str


@dataclass(frozen=True, slots=True)
class Warned:
    """Nothing stands still for it today; `remedy` is the next thing to type."""

    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Something cannot work, or does not protect, until it is mended by `remedy`."""

    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Unasked:
    """Nobody asked for it here; `remedy` says how to."""

    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It was to be looked at and could not be: nothing is known, so nothing is well."""

    why: str
    remedy: str


Outcome = Ok | Warned | Failed | Unasked | Unknown


class Check(NamedTuple):
    """One thing that was to be looked at, by a name that stays the same, and what it comes to."""

    name: str
    outcome: Outcome


Look = Callable[[], Outcome]


def looked(name: str, look: Look) -> Check:
    """A check whose `look` may not come to an end: whatever stops it leaves it unknown."""
    try:
        return Check(name, look())
    except ModelwardError as error:
        return Check(name, Unknown(error.message, error.remedy))
    except OSError as error:
        return Check(name, Unknown(f"{error.filename} cannot be read: {error.strerror}", "look at its owner and mode"))


def each(looks: Iterator[tuple[str, Look]]) -> Iterator[Check]:
    """Several checks, each by itself: one that cannot be made takes no other with it."""
    return (looked(name, look) for name, look in looks)


def listed(names: Sequence[str], most: int = 5) -> str:
    """Some of many, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
