"""Events as lines of a file: CloudEvents, one a line, only ever appended."""

import os
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Final

from modelward.events.cloudevents import written
from modelward.events.interface import ALONE, Claims, Event, Undelivered

_OPEN: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_PAUSE: Final = 0.02


@dataclass(frozen=True)
class EventFile:
    """A file that takes all events of `repository`; `patience` is how many seconds another writer may hold it.

    The lines of one delivery are written at once and are on the disk when they count as taken; of a delivery that the
    disk has no room for, nothing stays. A line that somebody else left unfinished is ended first.
    """

    path: Path
    repository: str
    patience: float = 5.0

    @property
    def name(self) -> str:
        """The file, for people."""
        return f"the events file {self.path}"

    def wants(self, _event: Event) -> bool:
        """All."""
        return True

    def take(self, events: Sequence[Event], claims: Claims = ALONE) -> tuple[Undelivered, ...]:
        """Append a line for each event, or none at all."""
        try:
            why = self._append(events, claims)
        except OSError as error:
            why = f"it cannot be written: {error.strerror}"
        return () if why is None else tuple(Undelivered(self.name, event, why) for event in events)

    def _append(self, events: Sequence[Event], claims: Claims) -> str | None:
        """Append the lines as a whole; why not, when somebody else keeps the file or it is none."""
        descriptor = os.open(self.path, _OPEN, 0o644)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return "it is no file that lines can be appended to"
            if not self._locked(descriptor):
                return f"another process has been writing it for more than {self.patience:g} s"
            claimed = [event for event in events if claims.claim(event)]
            lines = b"".join(written(event, self.repository) + b"\n" for event in claimed)
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            try:
                _write_whole(descriptor, b"\n" + lines if torn else lines)
            except OSError:
                # Who empties a log in place does not ask for the lock.
                if os.fstat(descriptor).st_size > size:
                    os.ftruncate(descriptor, size)
                raise
        finally:
            os.close(descriptor)
        for event in claimed:
            claims.told(event)
        return None

    def _locked(self, descriptor: int) -> bool:
        until = time.monotonic() + self.patience
        while True:
            try:
                flock(descriptor, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    return False
                time.sleep(_PAUSE)
            else:
                return True


def _write_whole(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)
