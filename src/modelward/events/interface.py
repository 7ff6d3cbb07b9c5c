"""An event, the Protocol of a place that takes events, and what is left when one does not."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal, Protocol

from modelward.events.plain import Json, line, paragraphs, plain_mapping
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName, empty

EventType = Literal[
    "ml.model.promoted",
    "ml.model.rolled_back",
    "ml.model.suspended",
    "ml.model.resumed",
    "ml.model.rollout.started",
    "ml.model.rollout.advanced",
    "ml.model.rollout.held",
    "ml.model.rollout.returned",
    "ml.model.rollout.promoted",
    "ml.model.pointer.moved",
    "ml.model.artifact.changed",
    "ml.model.blocked",
    "ml.model.failed",
    "ml.trigger.fired",
    "ml.trigger.silent",
    "ml.repository.untrusted",
    "ml.repository.unwritten",
]
Severity = Literal["info", "warning", "critical"]

LONGEST_TITLE: Final = 200
LONGEST_BODY: Final = 4_000


@dataclass(frozen=True)
class Event:
    """Something that happened to a model, or to the repository when `model` is None.

    `key` tells this happening from every other of its repository, also in a later run: the id comes from it alone, so
    that whoever is told twice can see that it is the same. `data` holds plain values of JSON. All text is plain and
    bounded once the event is made, wherever it came from. `time` is when it happened, aware of its zone. What
    `lasts` is found by each run until somebody mends it.
    """

    type: EventType
    key: str = field(repr=False)
    time: datetime
    severity: Severity
    title: str
    body: str = ""
    model: ModelName | None = None
    environment: EnvironmentName | None = None
    release: ReleaseName | None = None
    data: Mapping[str, Json] = field(default_factory=empty, hash=False)
    lasts: bool = False

    def __post_init__(self) -> None:
        """Make all text plain; raises `ValueError` for an event without a key, a title or a zone."""
        object.__setattr__(self, "title", line(self.title, LONGEST_TITLE))
        object.__setattr__(self, "body", paragraphs(self.body, LONGEST_BODY))
        object.__setattr__(self, "data", plain_mapping(self.data))
        if not self.key or not self.title:
            raise ValueError(f"an event of type {self.type} has no key or no title")
        if self.time.tzinfo is None:
            raise ValueError(f"the event `{self.title}` does not say in which zone its time is")

    @property
    def id(self) -> str:
        """32 hexadecimal digits, the same for the same key."""
        return hashlib.sha256(self.key.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @property
    def subject(self) -> str:
        """What it happened to: `<model>/<environment>/<release>`, as far as they are known; else empty."""
        return "/".join(part for part in (self.model, self.environment, self.release) if part is not None)

    @property
    def instant(self) -> str:
        """When it happened, as RFC 3339 in UTC with a `Z`."""
        return self.time.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True)
class Undelivered:
    """An event that a place did not take, or did not say that it took; `why` is fit to be shown and tells no secret.

    It may be told `again` where nobody is known to have it, or whoever has it twice can tell by its id; in doubt what
    is critical is told again, as twice is better than never.
    """

    sink: str
    event: Event
    why: str
    again: bool = True
    doubtful: bool = False


class Claims(Protocol):
    """What a place asks and says while it is told, so that no event is lost or told twice whatever ends the run."""

    def claim(self, event: Event) -> bool:
        """Asked right before an event is told: False where another run tells it."""
        ...

    def told(self, event: Event) -> None:
        """Said as soon as the place is known to have the event."""
        ...


class _Alone:
    """The claims where nobody else tells anything, and nothing is kept."""

    def claim(self, _event: Event) -> bool:
        return True

    def told(self, _event: Event) -> None:
        pass


ALONE: Final[Claims] = _Alone()


class Sink(Protocol):
    """A place that takes events."""

    @property
    def name(self) -> str:
        """What people call it; its address is never in there."""
        ...

    def wants(self, event: Event) -> bool:
        """Whether the event is for this place."""
        ...

    def take(self, events: Sequence[Event], claims: Claims) -> tuple[Undelivered, ...]:
        """Give it those events that can be claimed, each tried once, all within a limit of time; which it did not take.

        Whoever ends it half way has lost no event that was not claimed. It never raises.
        """
        ...
