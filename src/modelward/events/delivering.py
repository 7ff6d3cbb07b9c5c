"""Bringing events to where they are wanted: each once, with a limit of time, and without ever failing a run."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from modelward.events.interface import Event, EventType, Sink, Undelivered
from modelward.events.outbox import Outbox, Told


@dataclass
class _Kept:
    """The claims of one run on what waits for a place; `unkept` are the ids of what no outbox keeps, and is its own."""

    outbox: Outbox
    sink: str
    unkept: set[str]
    now: datetime
    taken: set[str] = field(default_factory=set)

    def claim(self, event: Event) -> bool:
        """Whether this run tells it."""
        if event.id in self.unkept or self.outbox.take(self.sink, event):
            self.taken.add(event.id)
        return event.id in self.taken

    def told(self, event: Event) -> None:
        """Remember that the place has it."""
        self.outbox.told(self.sink, event, self.now)
        self.outbox.settle(self.sink, event)


@dataclass
class Delivery:
    """The events of one run on their way to its places.

    What is posted is in the outbox of each place that wants it, so that it is told also when this run ends before it
    has told anybody.
    """

    sinks: tuple[Sink, ...]
    outbox: Outbox
    posted: dict[str, Event] = field(default_factory=dict)
    """The events of this run by their ids, each once."""
    _kept: set[tuple[str, str]] = field(default_factory=set)
    _unkept: set[tuple[str, str]] = field(default_factory=set)
    _new: set[EventType] = field(default_factory=set)

    def post(self, event: Event, now: datetime) -> bool:
        """Keep an event until it is delivered; False for one with the key of another, of which the first is told."""
        if event.id in self.posted:
            return False
        self.posted[event.id] = event
        wanting = [sink for sink in self.sinks if sink.wants(event)]
        untold = [sink for sink in wanting if self.outbox.tells(sink.name, event, now)]
        if untold or not wanting:
            self._new.add(event.type)
        for sink in untold:
            if self.outbox.waits(sink.name, event, now):
                continue
            self._kept.add((sink.name, event.id))
            if not self.outbox.keep(sink.name, event, now):
                self._unkept.add((sink.name, event.id))
        return True

    def withdraw(self, known: Collection[str]) -> None:
        """Let what was posted beside the `known` ids not be told: it is not certain that it is so."""
        for event in [event for event in self.posted.values() if event.id not in known]:
            del self.posted[event.id]
            for sink in self.sinks:
                # What an earlier run has left is told all the same.
                if (sink.name, event.id) in self._kept:
                    self.outbox.drop(sink.name, event)

    def heard(self, kinds: Collection[EventType]) -> bool:
        """Whether each place that wants them knew all events of these `kinds` before they were posted.

        An event that no place wants is known to nobody.
        """
        return self._new.isdisjoint(kinds)

    def forget(self, mended: Callable[[Told], bool]) -> None:
        """Let each place be told again of what was not found any more, where that is because it is `mended`."""
        for sink in self.sinks:
            self.outbox.forget(sink.name, lambda event, told: event not in self.posted and mended(told))

    def deliver(self, now: datetime) -> tuple[Undelivered, ...]:
        """Give each place what waits for it, what earlier runs have left first; what was not taken, by place.

        A place that is down costs its own limit of time, and nothing else; the next run tells it `again`.
        """
        undelivered: list[Undelivered] = []
        for sink in self.sinks:
            with self.outbox.telling(sink.name, now):
                waiting = {event.id: event for event in self.outbox.waiting(sink.name)}
                older = [event for event in waiting.values() if event.id not in self.posted]
                mine = [
                    event
                    for event in self.posted.values()
                    if event.id in waiting or (sink.name, event.id) in self._unkept
                ]
                if older or mine:
                    undelivered += self._given(sink, (*older, *mine), now)
        self._unkept.clear()
        return tuple(undelivered)

    def _given(self, sink: Sink, events: tuple[Event, ...], now: datetime) -> list[Undelivered]:
        claims = _Kept(self.outbox, sink.name, {event for name, event in self._unkept if name == sink.name}, now)
        undelivered: list[Undelivered] = []
        for one in sink.take(events, claims):
            taken = one.event.id in claims.taken
            undelivered.append(replace(one, again=self._stays(one, now, taken=taken)))
            if taken:
                self.outbox.settle(sink.name, one.event)
        return undelivered

    def _stays(self, one: Undelivered, now: datetime, *, taken: bool) -> bool:
        """Whether the next run tells what a place did not take."""
        if not taken:
            return self.outbox.waits(one.sink, one.event, now)
        if (one.sink, one.event.id) in self._unkept or not one.again:
            return False
        wanted = not one.doubtful or self.outbox.doubts(one.sink, one.event, now)
        return wanted and self.outbox.put_back(one.sink, one.event, now)
