"""Bringing events to where they are wanted: each once, with a limit of time, and without ever failing a run."""

from collections.abc import Iterable, Sequence

from modelward.events.interface import Event, Sink, Undelivered


def deliver(events: Iterable[Event], sinks: Sequence[Sink]) -> tuple[Undelivered, ...]:
    """Give each sink the events that it wants, in their order; what was not taken, by sink.

    Of events with the same key the first is told. A sink that is down costs its own limit of time, and nothing else.
    """
    told: dict[str, Event] = {}
    for event in events:
        told.setdefault(event.key, event)
    undelivered: list[Undelivered] = []
    for sink in sinks:
        wanted = tuple(event for event in told.values() if sink.wants(event))
        if wanted:
            undelivered.extend(sink.take(wanted))
    return tuple(undelivered)
