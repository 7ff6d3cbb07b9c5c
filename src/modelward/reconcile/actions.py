"""The steps that close a difference. Each is idempotent, and says from what to what, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from modelward.errors import ModelwardError
from modelward.registry.interface import RegisteredModel, Registry, Stage
from modelward.specs.scalars import EnvironmentName
from modelward.traffic.confirming import described
from modelward.traffic.interface import Routing, Traffic

REPOSITORY_TAG = "modelward.repository"
LEDGER_TAG = "modelward.ledger"
"""The ledger commit that announced what was last written to a model: a ledger that lacks it was lost, or rewound."""
SUSPENDED_TAG = "modelward.suspended"
"""On a version: the suspensions that keep it out of service, with a blank between them."""
Sign = Literal["+", "~", "-"]


class NotRouted(ModelwardError):
    """What splits the traffic took a routing, and does not show it."""


@dataclass(frozen=True)
class Place:
    """Where steps are taken: a registry, and what splits the traffic of each environment."""

    registry: Registry
    traffic: Callable[[EnvironmentName], Traffic]


@dataclass(frozen=True)
class Adopt:
    """Mark the registered model as this repository's."""

    registered_model: str
    before: str | None
    repository: str
    reason: str

    @property
    def sign(self) -> Sign:
        """How the step shows in a plan."""
        return "+" if self.before is None else "~"

    @property
    def what(self) -> str:
        """What is changed, and from what to what."""
        return f"tag {REPOSITORY_TAG}: {self.before or 'none'} -> {self.repository}"

    def do(self, place: Place) -> None:
        """Set the tag."""
        place.registry.set_tag(self.registered_model, REPOSITORY_TAG, self.repository)

    def holds(self, actual: RegisteredModel) -> bool:
        """Whether the step shows in what was read back."""
        return actual.tags.get(REPOSITORY_TAG) == self.repository


@dataclass(frozen=True)
class MoveStage:
    """Put a version into the stage of an environment; the version that leaves service goes to Archived."""

    environment: EnvironmentName
    """The environment whose stage is entered, or left."""
    registered_model: str
    version: int
    label: str
    before: Stage
    after: Stage
    reason: str

    @property
    def sign(self) -> Sign:
        """How the step shows in a plan."""
        return "-" if self.after == "Archived" else "+" if self.before == "None" else "~"

    @property
    def what(self) -> str:
        """What is changed, and from what to what."""
        return f"stage of version {self.label}: {self.before} -> {self.after}"

    def do(self, place: Place) -> None:
        """Move the version."""
        place.registry.set_stage(self.registered_model, self.version, self.after)

    def holds(self, actual: RegisteredModel) -> bool:
        """Whether the step shows in what was read back."""
        version = actual.versions.get(self.version)
        return version is not None and version.stage == self.after


@dataclass(frozen=True)
class MoveAlias:
    """Let an environment's alias name a version."""

    environment: EnvironmentName
    registered_model: str
    alias: str
    version: int
    before: str
    after: str
    reason: str

    @property
    def sign(self) -> Sign:
        """How the step shows in a plan."""
        return "+" if self.before == "none" else "~"

    @property
    def what(self) -> str:
        """What is changed, and from what to what."""
        return f"alias {self.alias}: {self.before} -> {self.after}"

    def do(self, place: Place) -> None:
        """Move the alias."""
        place.registry.set_alias(self.registered_model, self.alias, self.version)

    def holds(self, actual: RegisteredModel) -> bool:
        """Whether the step shows in what was read back."""
        return actual.aliases.get(self.alias) == self.version


@dataclass(frozen=True)
class RemoveAlias:
    """Take an alias away: of a retired model, or of a challenger that is none any more."""

    environment: EnvironmentName
    registered_model: str
    alias: str
    before: str
    reason: str

    @property
    def sign(self) -> Sign:
        """How the step shows in a plan."""
        return "-"

    @property
    def what(self) -> str:
        """What is changed, and from what to what."""
        return f"alias {self.alias}: {self.before} -> none"

    def do(self, place: Place) -> None:
        """Remove the alias."""
        place.registry.remove_alias(self.registered_model, self.alias)

    def holds(self, actual: RegisteredModel) -> bool:
        """Whether the step shows in what was read back."""
        return self.alias not in actual.aliases


@dataclass(frozen=True)
class Suspend:
    """Let a version bear the suspensions that keep it out of service; `after` is None when nothing does any more.

    Those that are `recorded` stand without the tag too, so that nothing waits for it.
    """

    environment: EnvironmentName
    registered_model: str
    version: int
    label: str
    before: str | None
    after: str | None
    reason: str
    recorded: bool = False

    @property
    def sign(self) -> Sign:
        """How the step shows in a plan."""
        return "-" if self.after is None else "+" if self.before is None else "~"

    @property
    def what(self) -> str:
        """What is changed, and from what to what."""
        return f"tag {SUSPENDED_TAG} of version {self.label}: {self.before or 'none'} -> {self.after or 'none'}"

    def do(self, place: Place) -> None:
        """Set the tag, or take it away."""
        if self.after is None:
            place.registry.remove_version_tag(self.registered_model, self.version, SUSPENDED_TAG)
        else:
            place.registry.set_version_tag(self.registered_model, self.version, SUSPENDED_TAG, self.after)

    def holds(self, actual: RegisteredModel) -> bool:
        """Whether the step shows in what was read back."""
        version = actual.versions.get(self.version)
        return version is not None and version.tags.get(SUSPENDED_TAG) == self.after


@dataclass(frozen=True)
class Route:
    """Route the requests of an environment: the challenger's share, the switches, and the releases of tenants.

    `found` is what was routed before, where that can be read.
    """

    environment: EnvironmentName
    registered_model: str
    before: str
    routing: Routing
    reason: str
    found: Routing | None = None

    @property
    def sign(self) -> Sign:
        """How the step shows in a plan."""
        return "+" if self.before == "none" else "~"

    @property
    def what(self) -> str:
        """What is changed, and from what to what."""
        return f"traffic: {self.before} -> {described(self.routing)}"

    def do(self, place: Place) -> None:
        """Set the routing, and read it back from what splits the traffic."""
        traffic = place.traffic(self.environment)
        traffic.set_routing(self.registered_model, self.routing)
        found = traffic.routing(self.registered_model)
        if not isinstance(found, Routing) or not found.shows(self.routing):
            raise NotRouted(
                f"read back from {traffic.address}, this did not take: {self.what}",
                "is somebody else routing it? plan again",
            )

    def holds(self, actual: RegisteredModel) -> bool:
        """True: a registry cannot tell, and what routes was read back when it was done."""
        del actual
        return True


Action = Adopt | MoveStage | MoveAlias | RemoveAlias | Suspend | Route
