"""Events that a place has yet to be told, kept in this clone until it has taken them."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
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

    An event waits no more from right before its place is told: a run that is killed leaves to the next what nobody was
    told, and two runs never tell the same. Until it is known what came of the telling it is kept as taken; of what a
    killed run left so, what is critical waits again, which somebody may have been told already.
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

    @contextmanager
    def telling(self, sink: str, now: datetime) -> Iterator[None]:
        """The time in which a run tells the place; what runs that were killed in theirs have left is put right first.

        A lock that ends with its process tells those from the runs that are at it now. What happened long ago is
        forgotten.
        """
        with ExitStack() as held:
            with suppress(OSError):
                self._taken(sink).mkdir(parents=True, exist_ok=True)
                lock = held.enter_context((self._of(sink) / "telling").open("a"))
                with suppress(BlockingIOError):
                    flock(lock, LOCK_EX | LOCK_NB)
                    self._recover(sink, now)
                flock(lock, LOCK_SH | LOCK_NB)
            for marks in (self._told(sink), self._doubted(sink)):
                _sweep(marks, now)
            yield

    def take(self, sink: str, event: Event) -> bool:
        """Let an event wait no more, right before it is told; False where another run has taken it."""
        waiting = self._waiting(sink) / f"{event.id}.json"
        with suppress(OSError):
            waiting.rename(self._taken(sink) / waiting.name)
            return True
        # Where nothing more can be kept, as on a full disk, it is told all the same.
        try:
            waiting.unlink()
        except OSError:
            return False
        return True

    def drop(self, sink: str, event: Event) -> None:
        """Let an event wait no more, which the place is not to be told."""
        with suppress(OSError):
            (self._waiting(sink) / f"{event.id}.json").unlink()

    def settle(self, sink: str, event: Event) -> None:
        """Keep an event no longer as taken: it is known what came of the telling, and it waits again where it must."""
        with suppress(OSError):
            (self._taken(sink) / f"{event.id}.json").unlink()

    def waits(self, sink: str, event: Event, now: datetime) -> bool:
        """Whether an event that was not taken waits for the next run; what is too old waits no longer."""
        if now - event.time > GIVEN_UP:
            self.drop(sink, event)
        return (self._waiting(sink) / f"{event.id}.json").is_file()

    def doubts(self, sink: str, event: Event, now: datetime) -> bool:
        """Whether a place is to be told again what it may have been told: for some time after the first doubt."""
        folder = self._doubted(sink)
        if not _lately(folder / event.id, now):
            _mark(folder, event, now)
        return _lately(folder / event.id, now, IN_DOUBT)

    def told(self, sink: str, event: Event, now: datetime) -> None:
        """Remember what the place was told of."""
        _mark(self._told(sink), event, now)

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

    def _recover(self, sink: str, now: datetime) -> None:
        for path in self._taken(sink).glob("*.json"):
            with suppress(OSError, ValueError, KeyError, TypeError):
                event = _read(path.read_bytes())
                if event.severity == "critical" and self.doubts(sink, event, now):
                    self.put_back(sink, event, now)
            with suppress(OSError):
                path.unlink()

    def _waiting(self, sink: str) -> Path:
        return self._of(sink) / "waiting"

    def _taken(self, sink: str) -> Path:
        return self._of(sink) / "taken"

    def _told(self, sink: str) -> Path:
        return self._of(sink) / "told"

    def _doubted(self, sink: str) -> Path:
        return self._of(sink) / "doubted"

    def _of(self, sink: str) -> Path:
        return self.folder / hashlib.sha256(sink.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _mark(folder: Path, event: Event, now: datetime) -> None:
    """Write when something happened to an event."""
    with suppress(OSError, CannotEvaluate):
        folder.mkdir(parents=True, exist_ok=True)
        about = {"lasts": event.lasts, "type": event.type, "model": event.model, "release": event.release}
        write_atomically(folder / event.id, json.dumps({"at": now.isoformat(), **about}).encode())


def _sweep(folder: Path, now: datetime) -> None:
    """Forget what happened to events long ago."""
    for path in folder.glob("*"):
        with suppress(OSError):
            if not _lately(path, now):
                path.unlink()


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
