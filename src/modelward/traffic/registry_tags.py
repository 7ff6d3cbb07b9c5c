"""Traffic by tags of a registry: each model's routing in one tag of its registered model, which a gateway reads.

One tag holds all of a routing, so that whoever reads it, at whatever moment, never sees half of one.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from modelward.registry.interface import RegisteredModel, RegistryRefused, RegistryUnavailable
from modelward.specs.scalars import EnvironmentName, RegistryName
from modelward.traffic.interface import (
    OpenRegistries,
    Routing,
    Serving,
    TrafficRefused,
    TrafficUnavailable,
    Unreadable,
)
from modelward.traffic.wire import read_routing_text, routing_document, written

TAG = "modelward.traffic."
"""What the tag of a routing starts with; the name of its environment follows."""


class RegistryTags:
    """The traffic of one environment in the tags of its registry."""

    def __init__(self, registries: OpenRegistries, registry: RegistryName, environment: EnvironmentName) -> None:
        self._registries = registries
        self._registry = registry
        self._tag = f"{TAG}{environment}"
        self.address = f"the tags `{self._tag}` of registry `{registry}`"

    def routings(self) -> Mapping[str, Routing | Unreadable]:
        """What is routed, from the run's one listing of the registry."""
        with self._errors():
            listed = self._registries.listed(self._registry)
        found = {name: self._routing(model) for name, model in listed.items()}
        return {name: routing for name, routing in found.items() if routing is not None}

    def routing(self, model: str) -> Routing | Unreadable | None:
        """What is routed of one model now."""
        with self._errors():
            found = self._registries.open(self._registry).model(model)
        return None if found is None else self._routing(found)

    def set_routing(self, model: str, routing: Routing) -> None:
        """Write a model's tag."""
        with self._errors():
            self._registries.open(self._registry).set_tag(model, self._tag, written(routing_document(routing)))

    def reload(self, models: Collection[str]) -> None:
        """Nothing: a gateway reads the tags by itself."""

    def serving(self) -> Mapping[str, Serving | Unreadable] | None:
        """None: a tag says what a gateway should do, and nobody says what it does."""
        return None

    def _routing(self, model: RegisteredModel) -> Routing | Unreadable | None:
        text = model.tags.get(self._tag)
        return None if text is None else read_routing_text(text)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except RegistryUnavailable as error:
            raise TrafficUnavailable(error.message, error.remedy) from error
        except RegistryRefused as error:
            raise TrafficRefused(error.message, error.remedy) from error
