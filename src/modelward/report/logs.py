"""What happened, one line each, for a log that people follow or a machine reads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal

from modelward.events.interface import Event, Undelivered
from modelward.report.terminal import safe
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName, empty

LogFormat = Literal["text", "json"]
Level = Literal["info", "warning", "error"]
Value = str | int | float | bool | None

_LONGEST: Final = 1_000
_LEVELS: Final[Mapping[str, Level]] = {"info": "info", "warning": "warning", "critical": "error"}
_NEEDS_QUOTES: Final = frozenset(' "=\\')


@dataclass(frozen=True)
class Happening:
    """Something that happened in a run: `event` is its name, `message` says it; what is None is left out."""

    at: datetime
    level: Level
    event: str
    message: str
    model: ModelName | None = None
    environment: EnvironmentName | None = None
    release: ReleaseName | None = None
    fields: Mapping[str, Value] = field(default_factory=empty)

    @classmethod
    def of(cls, event: Event) -> "Happening":
        """An event that is told to the world, as a line of the log."""
        level = _LEVELS[event.severity]
        about = event.model, event.environment, event.release
        why = event.body.partition("\n")[0] or None
        return cls(event.time, level, event.type, event.title, *about, {"id": event.id, "why": why})

    @classmethod
    def left(cls, undelivered: Undelivered, at: datetime) -> "Happening":
        """An event that a place did not take, as a line of the log."""
        event = undelivered.event
        message = f"{undelivered.sink} did not take it: {undelivered.why}{untold(again=undelivered.again)}"
        about = event.model, event.environment, event.release
        return cls(at, "warning", "event.undelivered", message, *about, {"id": event.id, "type": event.type})


def untold(events: int = 1, *, again: bool) -> str:
    """What becomes of so many events that a place did not take, as the end of a sentence."""
    them = "it" if events == 1 else "them"
    return f"; the next run from this clone tells {them}" if again else f"; nobody tells {them} again"


def log_line(happening: Happening, kind: LogFormat) -> str:
    """The line, without a line feed; nothing in it can move a cursor, end the line or command a CI system."""
    at = happening.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    known: dict[str, Value] = {
        "model": happening.model,
        "environment": happening.environment,
        "release": happening.release,
    }
    # What a line always says is never said otherwise by one of its fields.
    told = {name: value for name, value in {**known, **happening.fields, **known}.items() if value is not None}
    if kind == "json":
        fixed: dict[str, Value] = {"time": at, "level": happening.level, "event": happening.event}
        return _as_json({**told, **fixed, "message": happening.message})
    pairs = [f"{safe(name)}={_quoted(value)}" for name, value in told.items()]
    return " ".join([at, happening.level, safe(happening.event), *pairs, f"message={_quoted(happening.message)}"])


def _as_json(fields: Mapping[str, Value]) -> str:
    first = ("time", "level", "event", "model", "environment", "release")
    ordered = {name: _short(fields[name]) for name in (*first, *fields) if name in fields}
    # It begins commands in the logs of some CI systems; it stands in text alone, where JSON can write it otherwise.
    return json.dumps(ordered, separators=(",", ":")).replace("#", "\\u0023")


def _quoted(value: Value) -> str:
    """A value of a line of text: in quotes where its end could not be seen."""
    short = _short(value)
    text = safe(short if isinstance(short, str) else json.dumps(short))
    if text and not _NEEDS_QUOTES & set(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _short(value: Value) -> Value:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
    if isinstance(value, float) and value - value != 0:
        return str(value)
    return value
