"""Events as messages for people: plain text, few of them, the gravest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from modelward.events.interface import LONGEST_TITLE, Event, Severity
from modelward.events.plain import inert, line

MOST: Final = 20
"""Messages to one place in one delivery; what is beyond stands in the last of them."""
_GRAVEST_FIRST: Final[tuple[Severity, ...]] = ("critical", "warning", "info")


@dataclass(frozen=True)
class Message:
    """What is sent at once, and the events that it tells of."""

    title: str
    body: str
    severity: Severity
    events: tuple[Event, ...]


def messages(events: Sequence[Event], repository: str) -> tuple[Message, ...]:
    """A message for each event; where they are too many, the last tells the titles of all that are left."""
    sorted_events = sorted(events, key=lambda event: _GRAVEST_FIRST.index(event.severity))
    alone = sorted_events if len(sorted_events) <= MOST else sorted_events[: MOST - 1]
    rest = sorted_events[len(alone) :]
    told = [_message(event, repository) for event in alone]
    return (*told, _together(rest, repository)) if rest else tuple(told)


def _message(event: Event, repository: str) -> Message:
    known = {"model": event.model, "environment": event.environment, "release": event.release}
    about = ", ".join(f"{what} {line(name, 100)}" for what, name in known.items() if name is not None)
    facts = [about, f"{event.instant}, {event.type}", f"repository {line(repository, 100)}, event {event.id}"]
    body = "\n".join(part for part in (event.body, "", *facts) if part or event.body)
    return Message(_titled(event.severity, event.title), inert(body), event.severity, (event,))


def _together(events: Sequence[Event], repository: str) -> Message:
    lines = [f"{event.severity}: {event.title}" for event in events]
    shown = [line(one, LONGEST_TITLE) for one in lines[:MOST]]
    more = [f"and {len(lines) - MOST} more"] if len(lines) > MOST else []
    body = "\n".join([*shown, *more, "", f"repository {line(repository, 100)}"])
    return Message(
        _titled(events[0].severity, f"{len(events)} further events"), inert(body), events[0].severity, tuple(events)
    )


def _titled(severity: Severity, title: str) -> str:
    return inert(line(f"{severity.upper()}: {title}", LONGEST_TITLE))
