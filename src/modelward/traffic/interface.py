"""The Protocol of traffic, the values that it gives and takes, and its errors."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from modelward.errors import CannotEvaluate, ModelwardError
from modelward.registry.interface import RegisteredModel, Registry
from modelward.specs.scalars import RegistryName, ReleaseName, empty

WHOLE = 100
"""All requests, in percent."""


class TrafficUnavailable(CannotEvaluate):
    """What splits traffic cannot be reached, or is in trouble. Nothing is known; it may be when it is asked again."""


class TrafficUnreadable(CannotEvaluate):
    """What splits traffic answers what cannot be read. Nothing is known, and above all not that nothing is routed."""


class TrafficRefused(ModelwardError):
    """What splits traffic is there and refuses one request; it will again."""


@dataclass(frozen=True, slots=True)
class Served:
    """A version of a registered model, and the release that it is; None where only the version is told."""

    version: int
    release: ReleaseName | None

    def shows(self, wanted: "Served") -> bool:
        """Whether this, as it was read, is what was wanted; a version alone speaks for its release."""
        return self.version == wanted.version and self.release in (None, wanted.release)


@dataclass(frozen=True, slots=True)
class Challenger:
    """The release that is being rolled out, and the percentage of requests that it takes."""

    served: Served
    weight: int


@dataclass(frozen=True, slots=True)
class Routing:
    """Where the requests of one model go in one environment: the champion takes what the challenger does not.

    Raises `ValueError` for a weight outside 0 to 100, for a champion that is its own challenger, and for one version
    under two releases or one release under two versions.
    """

    champion: Served
    challenger: Challenger | None = None
    ml_enabled: bool = True
    feedback_enabled: bool = True
    tenants: Mapping[str, Served] = field(default_factory=empty)

    def __post_init__(self) -> None:
        if self.challenger is not None:
            if not 0 <= self.challenger.weight <= WHOLE:
                raise ValueError(f"the challenger's weight {self.challenger.weight} is no percentage")
            if self.challenger.served.version == self.champion.version:
                raise ValueError("champion and challenger are one version")
        named = {self.champion, *self.tenants.values()}
        if self.challenger is not None:
            named.add(self.challenger.served)
        releases = [each.release for each in named if each.release is not None]
        if len({each.version for each in named}) < len(named) or len(set(releases)) < len(releases):
            raise ValueError("a version stands under two releases, or a release under two versions")

    @property
    def champion_weight(self) -> int:
        """The percentage of requests that the champion takes."""
        return WHOLE - (0 if self.challenger is None else self.challenger.weight)

    def shows(self, wanted: "Routing") -> bool:
        """Whether this, as it was read, is what was wanted."""
        return (
            self.champion.shows(wanted.champion)
            and _challenging(self.challenger, wanted.challenger)
            and (self.ml_enabled, self.feedback_enabled) == (wanted.ml_enabled, wanted.feedback_enabled)
            and self.tenants.keys() == wanted.tenants.keys()
            and all(served.shows(wanted.tenants[tenant]) for tenant, served in self.tenants.items())
        )


def _challenging(found: Challenger | None, wanted: Challenger | None) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return found.weight == wanted.weight and found.served.shows(wanted.served)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What is said of one model cannot be read: `reason`, in the other's words as they came. Others may be readable."""

    reason: str


@dataclass(frozen=True, slots=True)
class Requests:
    """How many requests each part has answered since its routing came into effect; `fallback` is without a model."""

    champion: int
    challenger: int
    tenants: int
    fallback: int


@dataclass(frozen=True, slots=True)
class Serving:
    """What really serves one model: the routing in effect, which may not be the one that was set, and its requests."""

    routing: Routing
    requests: Requests


class OpenRegistries(Protocol):
    """The registries of a run, each opened and listed once."""

    def open(self, name: RegistryName) -> Registry:
        """The registry called `name`."""
        ...

    def listed(self, name: RegistryName) -> Mapping[str, RegisteredModel]:
        """All models of a registry, as they were when it was first asked; raises `RegistryUnavailable`."""
        ...


class Traffic(Protocol):
    """What splits the requests of one environment. Models go by their registered names.

    Every call raises `TrafficUnavailable`, `TrafficUnreadable` or `TrafficRefused`, and the first of them only after as
    many attempts as its kind of traffic makes: nobody above tries again in the same run.
    """

    @property
    def address(self) -> str:
        """What a person calls it, without a credential."""
        ...

    def routings(self) -> Mapping[str, Routing | Unreadable]:
        """What is routed, of all models at once; a model that is absent has no routing. All or nothing, in pages.

        It may be as old as the run's listing of the registry.
        """
        ...

    def routing(self, model: str) -> Routing | Unreadable | None:
        """What is routed of one model now, or None when nothing is."""
        ...

    def set_routing(self, model: str, routing: Routing) -> None:
        """Route a model's requests, whatever was routed before: all of it at once, or not at all. May be repeated."""
        ...

    def reload(self, models: Collection[str]) -> None:
        """Let what serves these models take up what is routed."""
        ...

    def serving(self) -> Mapping[str, Serving | Unreadable] | None:
        """What really serves, of all models at once; an absent model is not served.

        None when nothing that serves answers for itself, so that nobody can tell.
        """
        ...
