"""Events that a place has yet to be told, kept in this clone until it has taken them."""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from modelward.errors import CannotEvaluate
from modelward.events.interface import Event
from modelward.tree.edit import write_atomically

GIVEN_UP: Final = timedelta(days=1)
"""After this what a place did not take is not kept for it any longer."""
REMINDED: Final = timedelta(days=1)
"""After this somebody is told again of what lasts."""
MOST: Final = 1_000
"""Events that wait for one place."""


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
                if now - event.time > GIVEN_UP or sum(1 for _ in waiting.iterdir()) >= MOST:
                    return False
                write_atomically(path, _written(event))
        except (OSError, CannotEvaluate):
            return False
        return True

    def taken(self, sink: str) -> tuple[Event, ...]:
        """All that waits for the place, the oldest first; it waits no more, and no other run is given it."""
        events: list[Event] = []
        for path in self._waiting(sink).glob("*.json"):
            try:
                event = _read(path.read_bytes())
                path.unlink()
            except (OSError, ValueError, KeyError, TypeError):
                # Another run has taken it, or a later version has written it, which will tell it.
                continue
            events.append(event)
        return tuple(sorted(events, key=lambda event: (event.time, event.id)))

    def told(self, sink: str, event: Event, now: datetime) -> None:
        """Remember that the place was told of something that lasts, and forget what it was told of long ago."""
        folder = self._told(sink)
        with suppress(OSError, CannotEvaluate):
            folder.mkdir(parents=True, exist_ok=True)
            for path in folder.iterdir():
                if not _lately(path, now):
                    path.unlink()
            write_atomically(folder / event.id, now.isoformat().encode())

    def tells(self, sink: str, event: Event, now: datetime) -> bool:
        """Whether the place is to be told: of what lasts, or did when it was told of it, not if that was lately."""
        return not _lately(self._told(sink) / event.id, now)

    def _waiting(self, sink: str) -> Path:
        return self._of(sink) / "waiting"

    def _told(self, sink: str) -> Path:
        return self._of(sink) / "told"

    def _of(self, sink: str) -> Path:
        return self.folder / hashlib.sha256(sink.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _lately(told: Path, now: datetime) -> bool:
    """Whether it was told lately; a clock that was put back keeps nobody from being told."""
    try:
        return timedelta() <= now - datetime.fromisoformat(told.read_text()) < REMINDED
    except (OSError, ValueError):
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
    return Event(**{**document, "time": datetime.fromisoformat(document["time"])})
