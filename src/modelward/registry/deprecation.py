"""What MLflow says of its own stages, kept from whoever reads our output while threads move models."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final


class _Threads:
    """How many threads are inside, and how the filters are put back; a process has one list of filters for them all."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._inside = 0
        self._back = ExitStack()

    def enter(self) -> None:
        with self._changing:
            if self._inside == 0:
                self._back.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore", FutureWarning)
            self._inside += 1

    def leave(self) -> None:
        with self._changing:
            self._inside -= 1
            if self._inside == 0:
                self._back.close()


_THREADS: Final = _Threads()


@contextmanager
def stages_unmentioned() -> Iterator[None]:
    """Stages are deprecated, and they are what older consumers read: no such warning meanwhile, in any thread."""
    _THREADS.enter()
    try:
        yield
    finally:
        _THREADS.leave()
