"""Observations as JSON lines, which another system appends to a file.

One line, one object: `signal`, `model`, `release`, `environment`, `value`, `n`, `at`, and where they apply `segment`
(`{features: LIMIT_BAL}`, `{segments: ...}`, `{tenants: ...}`) and `deviation`. Lines may come twice and in any order.
A last line that has no end yet is being written, and is read once it is whole.
"""

import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from modelward.errors import CannotEvaluate
from modelward.signals.interface import Observation, Over, Part, Series, SignalUnavailable, SignalUnreadable, in_order
from modelward.specs.scalars import (
    MODEL_NAME,
    EnvironmentField,
    Identifier,
    Map,
    ModelNameField,
    ReleaseField,
    Spec,
    Text,
    Time,
)
from modelward.tree.json_reader import read_json
from modelward.tree.text import Refused

MAX_BYTES = 64 * 1024 * 1024
MAX_LINE = 4096
MAX_SAMPLES = 10**15
LARGEST = 1e30
"""The greatest value and deviation that a line may say: squared, and times all samples, they still are numbers."""


class Line(Spec):
    """One line of the file."""

    signal: Identifier
    model: ModelNameField
    release: ReleaseField
    environment: EnvironmentField
    segment: Annotated[Map[Over, Text], Field(min_length=1, max_length=1)] | None = None
    value: Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]
    n: Annotated[int, Field(ge=0, le=MAX_SAMPLES)]
    deviation: Annotated[float, Field(ge=0, le=LARGEST, allow_inf_nan=False)] | None = None
    at: Time

    def observation(self, place: str) -> Observation:
        """What the line says that stands at `place`."""
        parts = [Part(over, name) for over, name in (self.segment or {}).items()]
        part = parts[0] if parts else None
        return Observation(
            self.signal,
            self.model,
            self.release,
            self.environment,
            self.value,
            self.n,
            self.at,
            part,
            self.deviation,
            place,
        )


class FileSignals:
    """The observations of one file, which is read once, when it is first asked."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def observations(self, series: Series, since: datetime) -> tuple[Observation, ...]:
        """The observations of a series made at `since` or later.

        Raises `SignalUnavailable` for a file that is missing, no plain file, or too large, and `SignalUnreadable` where
        a line about the model is wrong, or one that does not tell of which model it is: others may be as wrong.
        """
        found = self._found
        if isinstance(found, CannotEvaluate):
            raise found
        wrong = found.wrong.get(None) or found.wrong.get(series.model)
        if wrong is not None:
            raise wrong
        return tuple(seen for seen in found.observed.get(series, ()) if seen.at >= since)

    @cached_property
    def _found(self) -> "_Found | SignalUnavailable":
        """All that the file says, or why it says nothing: a thousand models ask, and it is read for them once."""
        try:
            return self._read()
        except SignalUnavailable as error:
            return error

    def _read(self) -> "_Found":
        first: dict[tuple[Series, Part | None, datetime], tuple[int, Observation]] = {}
        wrong: dict[str | None, SignalUnreadable] = {}
        for number, line in enumerate(self._lines(), 1):
            try:
                seen = self._observation(number, line)
                before, earlier = first.setdefault((seen.series, seen.part, seen.at), (number, seen))
                if earlier != seen:
                    raise self._wrong(number, f"it gives another value than line {before} for the same time")
            except SignalUnreadable as error:
                wrong.setdefault(_about(line), error)
        by_series: dict[Series, list[Observation]] = {}
        for _, seen in first.values():
            by_series.setdefault(seen.series, []).append(seen)
        return _Found({series: in_order(observations) for series, observations in by_series.items()}, wrong)

    def _lines(self) -> list[bytes]:
        *lines, last = self._bytes().split(b"\n")
        return lines if not last or _unfinished(last) else [*lines, last]

    def _bytes(self) -> bytes:
        try:
            # Not blocking, so that a pipe that nobody writes to cannot stop a run.
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise self._unavailable("it is no plain file", "name the file that the other system appends to")
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            why = error.strerror or "it cannot be read"
            raise self._unavailable(why, "check that the other system writes it, and that it may be read") from error
        if len(data) > MAX_BYTES:
            raise self._unavailable(f"it is larger than {MAX_BYTES} bytes", "let the other system rotate it")
        return data

    def _observation(self, number: int, line: bytes) -> Observation:
        if len(line) > MAX_LINE:
            raise self._wrong(number, f"it is longer than {MAX_LINE} bytes")
        try:
            return Line.model_validate(read_json(line)).observation(self._place(number))
        except Refused as refused:
            raise self._wrong(number, refused.message) from refused
        except ValidationError as error:
            # Only names of fields that we know are repeated: the file is written by another system.
            places = sorted(
                {str(detail["loc"][0]) for detail in error.errors() if detail["loc"][0] in Line.model_fields}
            )
            what = f"these are missing or wrong: {', '.join(places)}" if places else "it has a key that is not known"
            raise self._wrong(number, what) from error

    def _wrong(self, number: int, why: str) -> SignalUnreadable:
        return SignalUnreadable(f"{self._place(number)}: {why}", "correct the line, or what writes it")

    def _place(self, number: int) -> str:
        return f"{self._path}, line {number}"

    def _unavailable(self, why: str, remedy: str) -> SignalUnavailable:
        return SignalUnavailable(f"{self._path}: {why}", remedy)


@dataclass(frozen=True)
class _Found:
    """What the file says of each series, and the first wrong line about each model; None is about any."""

    observed: Mapping[Series, tuple[Observation, ...]]
    wrong: Mapping[str | None, SignalUnreadable]


def _about(line: bytes) -> str | None:
    """The model that a wrong line names; None where it cannot be told."""
    if len(line) > MAX_LINE:
        return None
    try:
        model = read_json(line).get("model")
    except Refused:
        return None
    return model if isinstance(model, str) and re.fullmatch(MODEL_NAME, model) else None


def _unfinished(line: bytes) -> bool:
    """Whether a last line without its end is only the beginning of one: what begins an object is never JSON itself."""
    if len(line) > MAX_LINE:
        return False
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return True
    return False
