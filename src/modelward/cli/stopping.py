"""A wish that a run end, which comes as a signal: what the run has begun is brought to its end first."""

import signal
from collections.abc import Collection, Iterator
from contextlib import contextmanager


class Stopped(KeyboardInterrupt):
    """A run was told to end, and has finished what it had begun."""


class Stopping:
    """The signals by which a run is told to end; `wished` once one of them came while something was under way."""

    def __init__(self, signals: Collection[signal.Signals]) -> None:
        self._signals = signals
        self.wished = False

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Let what is under way come to its end when a signal comes, and raise `Stopped` then.

        A second SIGINT interrupts at once. What would only begin after the first signal does not.
        """
        self.heed()
        with self.held():
            yield
        self.heed()

    @contextmanager
    def held(self) -> Iterator[None]:
        """The same for what is done also when the run was told to end before; whoever is done heeds the wish."""
        before = {each: signal.signal(each, self._wish) for each in self._signals}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def heed(self) -> None:
        """Raise `Stopped` if the run was told to end."""
        if self.wished:
            raise Stopped

    def _wish(self, number: int, _frame: object) -> None:
        if self.wished and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.wished = True
