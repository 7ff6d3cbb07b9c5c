"""Events that a place has yet to be told, kept in this clone until it has taken them."""

import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, get_args

from modelward.errors import CannotEvaluate
from modelward.events.interface import Event, EventType, Severity
from modelward.specs.scalars import ModelName, ReleaseName
from modelward.tree.edit import write_atomically

GIVEN_UP: Final = timedelta(days=1)
"""After this what a place did not take is not kept for it any longer."""
REMINDED: Final = timedelta(days=1)
"""After this somebody is told again of what lasts; so long nobody is told again of the same happening."""
IN_DOUBT: Final = timedelta(hours=1)
"""For so long a place is told again what it may have been told."""
MOST: Final = 1_000
"""Events that wait for one place; what is critical finds room for as many more."""


@dataclass(frozen=True)
class Told:
    """What a place was told of that lasts."""

    type: EventType
    model: ModelName | None
    release: ReleaseName | None


@dataclass(frozen=True)
class Outbox:
    """One file an event, by the place that it waits for, in a folder that only runs of this clone write.

    An event leaves the outbox right before its place is told: a run that is killed leaves to the next what nobody was
    told, and two runs never tell the same.
    """

    folder: Path

    def keep(self, sink: str, event: Event, now: datetime) -> bool:
        """Keep an event until the place called `sink` is told; False where it cannot be kept, or is too old."""
        waiting = self._waiting(sink)
        try:
            waiting.mkdir(parents=True, exist_ok=True)
            path = waiting / f"{event.id}.json"
            if not path.exists():
                room = 2 * MOST if event.severity == "critical" else MOST
                if sum(1 for _ in waiting.iterdir()) >= room:
                    return False
                return self.put_back(sink, event, now)
        except (OSError, CannotEvaluate):
            return False
        return True

    def put_back(self, sink: str, event: Event, now: datetime) -> bool:
        """The same for an event that was taken and not told, which had its room."""
        if now - event.time > GIVEN_UP:
            return False
        try:
            write_atomically(self._waiting(sink) / f"{event.id}.json", _written(event))
        except (OSError, CannotEvaluate):
            return False
        return True

    def waiting(self, sink: str) -> tuple[Event, ...]:
        """All that waits for the place, the oldest first."""
        events: list[Event] = []
        for path in self._waiting(sink).glob("*.json"):
            try:
                events.append(_read(path.read_bytes()))
            except (OSError, ValueError, KeyError, TypeError):
                # Another run has taken it, or a later version has written it, which will tell it.
                continue
        return tuple(sorted(events, key=lambda event: (event.time, event.id)))

    def take(self, sink: str, event: Event) -> bool:
        """Let an event wait no more, right before it is told; False where another run has taken it."""
        try:
            (self._waiting(sink) / f"{event.id}.json").unlink()
        except OSError:
            return False
        return True

    def waits(self, sink: str, event: Event, now: datetime) -> bool:
        """Whether an event that was not taken waits for the next run; what is too old waits no longer."""
        if now - event.time > GIVEN_UP:
            self.take(sink, event)
        return (self._waiting(sink) / f"{event.id}.json").is_file()

    def doubts(self, sink: str, event: Event, now: datetime) -> bool:
        """Whether a place is to be told again what it may have been told: for some time after the first doubt."""
        folder = self._of(sink) / "doubted"
        if not _lately(folder / event.id, now):
            _mark(folder, [event], now)
        return _lately(folder / event.id, now, IN_DOUBT)

    def told(self, sink: str, events: Iterable[Event], now: datetime) -> None:
        """Remember what the place was told of, and forget what it was told of long ago."""
        _mark(self._told(sink), events, now)

    def tells(self, sink: str, event: Event, now: datetime) -> bool:
        """Whether the place is to be told: not of what it was told of lately."""
        return not _lately(self._told(sink) / event.id, now)

    def forget(self, sink: str, mended: Callable[[str, Told], bool]) -> None:
        """Forget that the place was told of what lasted and is `mended`, by its id: it is news where it comes back."""
        for path in self._told(sink).glob("*"):
            with suppress(OSError, ValueError, KeyError, TypeError):
                mark = json.loads(path.read_bytes())
                if mark["lasts"] and mended(path.name, Told(mark["type"], mark["model"], mark["release"])):
                    path.unlink()

    def _waiting(self, sink: str) -> Path:
        return self._of(sink) / "waiting"

    def _told(self, sink: str) -> Path:
        return self._of(sink) / "told"

    def _of(self, sink: str) -> Path:
        return self.folder / hashlib.sha256(sink.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _mark(folder: Path, events: Iterable[Event], now: datetime) -> None:
    """Write when something happened to some events, and forget what happened long ago."""
    with suppress(OSError, CannotEvaluate):
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            if not _lately(path, now):
                path.unlink()
        for event in events:
            about = {"lasts": event.lasts, "type": event.type, "model": event.model, "release": event.release}
            write_atomically(folder / event.id, json.dumps({"at": now.isoformat(), **about}).encode())


def _lately(mark: Path, now: datetime, span: timedelta = REMINDED) -> bool:
    """Whether it was marked lately; a clock that was put back keeps nobody from being told."""
    try:
        at = datetime.fromisoformat(json.loads(mark.read_bytes())["at"])
        return timedelta() <= now - at < span
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _written(event: Event) -> bytes:
    document = {
        "type": event.type,
        "key": event.key,
        "time": event.time.isoformat(),
        "severity": event.severity,
        "title": event.title,
        "body": event.body,
        "model": event.model,
        "environment": event.environment,
        "release": event.release,
        "data": event.data,
        "lasts": event.lasts,
    }
    return json.dumps(document, default=dict).encode()


def _read(data: bytes) -> Event:
    document = json.loads(data)
    if document["severity"] not in get_args(Severity):
        raise ValueError(f"no severity is called {document['severity']}")
    return Event(**{**document, "time": datetime.fromisoformat(document["time"])})
