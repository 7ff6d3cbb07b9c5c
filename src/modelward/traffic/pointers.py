"""No traffic of its own: whoever serves takes the champion by its alias, and every request with it."""

from collections.abc import Collection, Mapping

from modelward.registry.interface import RegisteredModel, RegistryRefused, RegistryUnavailable
from modelward.specs.environment import Pointers
from modelward.traffic.interface import (
    OpenRegistries,
    Routing,
    Served,
    Serving,
    TrafficRefused,
    TrafficUnavailable,
    Unreadable,
)


class ByPointer:
    """The traffic of an environment whose alias routes all that there is."""

    def __init__(self, registries: OpenRegistries, pointers: Pointers) -> None:
        self._registries = registries
        self._pointers = pointers
        self.address = f"alias `{pointers.alias}` of registry `{pointers.name}`"

    def routings(self) -> Mapping[str, Routing | Unreadable]:
        """The champion of each model that has one, from the run's one listing of the registry."""
        try:
            listed = self._registries.listed(self._pointers.name)
        except RegistryUnavailable as error:
            raise TrafficUnavailable(error.message, error.remedy) from error
        found = {name: self._routing(model) for name, model in listed.items()}
        return {name: routing for name, routing in found.items() if routing is not None}

    def routing(self, model: str) -> Routing | Unreadable | None:
        """The champion of one model now."""
        try:
            found = self._registries.open(self._pointers.name).model(model)
        except RegistryUnavailable as error:
            raise TrafficUnavailable(error.message, error.remedy) from error
        except RegistryRefused as error:
            raise TrafficRefused(error.message, error.remedy) from error
        return None if found is None else self._routing(found)

    def set_routing(self, model: str, routing: Routing) -> None:
        """Nothing, when the alias routes so already; `TrafficRefused` for all that an alias cannot say."""
        found = self.routing(model)
        if not isinstance(found, Routing) or not found.shows(routing):
            raise TrafficRefused(
                f"{self.address} cannot route `{model}` so: it sends every request to the version that it names",
                "move the alias, or give the environment a `traffic:` that splits requests and carries switches",
            )

    def reload(self, models: Collection[str]) -> None:
        """Nothing: nobody is known who could."""

    def serving(self) -> Mapping[str, Serving | Unreadable] | None:
        """None: nobody says what serves."""
        return None

    def _routing(self, model: RegisteredModel) -> Routing | None:
        version = model.aliases.get(self._pointers.alias)
        return None if version is None else Routing(Served(version, None))
