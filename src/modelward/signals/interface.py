"""The Protocol of a source of signals, the values that it gives, and its errors."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal, Protocol

from modelward.errors import CannotEvaluate
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName

Over = Literal["features", "segments", "tenants"]


class SignalUnavailable(CannotEvaluate):
    """The source cannot be reached or read now. Nothing is known of the signal, so nothing passes."""


class SignalUnreadable(CannotEvaluate):
    """The source answers what is no series of observations. Nothing is known of the signal, so nothing passes."""


@dataclass(frozen=True, order=True)
class Part:
    """One feature, segment or tenant that an observation speaks of alone."""

    over: Over
    name: str


@dataclass(frozen=True)
class Series:
    """Which signal, of which release, where; of the whole (`over` is None) or of each of its parts."""

    signal: str
    model: ModelName
    release: ReleaseName
    environment: EnvironmentName
    over: Over | None = None


@dataclass(frozen=True)
class Observation:
    """One value of a signal, of the whole or of one part.

    `n` is the number of samples behind the value, none of which an earlier observation of the same release and part
    counted: observations can be pooled. `deviation` is the standard deviation of a single sample, where it is known.
    A value may be NaN, as a query answers it; no verdict takes it for a number. `place` is where it stands, for people.
    """

    signal: str
    model: ModelName
    release: ReleaseName
    environment: EnvironmentName
    value: float
    n: int
    at: datetime
    part: Part | None = None
    deviation: float | None = None
    place: str = field(default="", compare=False)

    @property
    def over(self) -> Over | None:
        """What kind of part the value is of; None of the whole."""
        return None if self.part is None else self.part.over

    @property
    def series(self) -> Series:
        """The series that the observation belongs to."""
        return Series(self.signal, self.model, self.release, self.environment, self.over)

    @cached_property
    def id(self) -> str:
        """The same for the same observation, however often and by whomever it is read: `ob-` and 32 hex digits."""
        part = None if self.part is None else [self.part.over, self.part.name]
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        named = [self.signal, self.model, self.release, self.environment, part, at]
        text = json.dumps([*named, self.value, self.n, self.deviation], separators=(",", ":"))
        return "ob-" + hashlib.sha256(text.encode()).hexdigest()[:32]


class Signals(Protocol):
    """A source of observations."""

    def observations(self, series: Series, since: datetime) -> tuple[Observation, ...]:
        """The observations of a series made at `since` or later, by time and part, each once.

        None at all is an empty answer, which is not a good one. Raises `SignalUnavailable` and `SignalUnreadable`.
        """
        ...


def in_order(observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """Observations of one series by time, and by part within a time."""
    return tuple(sorted(observations, key=lambda seen: (seen.at, "" if seen.part is None else seen.part.name)))
