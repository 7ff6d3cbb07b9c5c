"""Traffic in memory that behaves like the real one: decisions are tested here, adapters against a server."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from modelward.traffic.interface import Requests, Routing, Serving, TrafficRefused, Unreadable


@dataclass
class SimulatedTraffic:
    """A gateway in memory that knows some models. A model in `stuck` goes on serving as before when it is reloaded."""

    models: set[str]
    stuck: set[str] = field(default_factory=set)
    broken: dict[str, Unreadable] = field(default_factory=dict)
    requests: dict[str, Requests] = field(default_factory=dict)

    address = "simulator"

    def __post_init__(self) -> None:
        self._routed: dict[str, Routing] = {}
        self._serves: dict[str, Routing] = {}

    def routings(self) -> Mapping[str, Routing | Unreadable]:
        """What is routed."""
        return {**self._routed, **self.broken}

    def routing(self, model: str) -> Routing | Unreadable | None:
        """What is routed of one model."""
        return self.routings().get(model)

    def set_routing(self, model: str, routing: Routing) -> None:
        """Route a model's requests."""
        self._check([model])
        self._routed[model] = routing
        self.broken.pop(model, None)

    def reload(self, models: Collection[str]) -> None:
        """Serve what is routed, unless a model is stuck."""
        self._check(models)
        for model in set(models) & self._routed.keys() - self.stuck:
            self._serves[model] = self._routed[model]

    def serving(self) -> Mapping[str, Serving | Unreadable] | None:
        """What serves since it was last reloaded."""
        nothing = Requests(0, 0, 0, 0)
        return {name: Serving(routing, self.requests.get(name, nothing)) for name, routing in self._serves.items()}

    def _check(self, models: Iterable[str]) -> None:
        for model in models:
            if model not in self.models:
                raise TrafficRefused(f"`{model}` is not known here", "register it first")
