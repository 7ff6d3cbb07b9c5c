"""Every kind of traffic that splits requests, real ones included, each opened as an environment names it."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from modelward.reconcile.registries import Registries
from modelward.registry.interface import Registry
from modelward.registry.mlflow import MlflowRegistry
from modelward.specs.environment import Environment
from modelward.traffic.connecting import connect
from modelward.traffic.interface import Traffic, Unreadable
from modelward.traffic.simulator import SimulatedTraffic
from routed import TOKEN, Router, routing

TAGS: Mapping[str, object] = {"kind": "registry-tags"}
ROUTER: Mapping[str, object] = {"kind": "http-router", "url": {"env": "ROUTER_URL"}, "token": {"env": "ROUTER_TOKEN"}}


def environment(traffic: Mapping[str, object], name: str = "production") -> Environment:
    """An environment with some traffic."""
    document = {
        "schema": "environment/v1",
        "environment": name,
        "registry": {"name": "main", "alias": "champion", "challenger_alias": "challenger"},
        "traffic": dict(traffic),
        "drift": "enforce",
    }
    return Environment.model_validate(document)


def registries(registry: Registry | None) -> Registries:
    """What a run opens: one registry, listed once; none where nobody may ask."""

    def opened(_name: str) -> Registry:
        assert registry is not None, "a registry was asked for"
        return registry

    return Registries(opened)


def at_router(address: str) -> Traffic:
    """The traffic at a router."""
    return connect(environment(ROUTER), registries(None), {"ROUTER_URL": address, "ROUTER_TOKEN": TOKEN})


class Kind(ABC):
    """A kind of traffic, and what happens around it."""

    tells = True
    """Whether what serves answers for itself."""

    @abstractmethod
    def opened(self) -> Traffic:
        """The traffic, as a new run opens it."""

    @abstractmethod
    def model(self) -> str:
        """The registered name of a new model."""

    @abstractmethod
    def break_(self, model: str) -> None:
        """Somebody writes what is no routing in a model's place."""

    @abstractmethod
    def stick(self, model: str) -> None:
        """The model goes on serving as it does, whatever is reloaded."""


def _name() -> str:
    return f"model-{uuid.uuid4().hex[:12]}"


@dataclass
class Simulated(Kind):
    traffic: SimulatedTraffic = field(default_factory=lambda: SimulatedTraffic(set()))

    def opened(self) -> Traffic:
        return self.traffic

    def model(self) -> str:
        name = _name()
        self.traffic.models.add(name)
        return name

    def break_(self, model: str) -> None:
        self.traffic.broken[model] = Unreadable("broken")

    def stick(self, model: str) -> None:
        self.traffic.stuck.add(model)


@dataclass
class Tagged(Kind):
    registry: MlflowRegistry
    uri: str
    tells = False

    def opened(self) -> Traffic:
        return connect(environment(TAGS), registries(self.registry), {})

    def model(self) -> str:
        from mlflow import MlflowClient

        name = _name()
        MlflowClient(self.uri, self.uri).create_registered_model(name)
        return name

    def break_(self, model: str) -> None:
        self.registry.set_tag(model, "modelward.traffic.production", "all of it to the champion")

    def stick(self, model: str) -> None:
        raise AssertionError(f"nobody says what serves {model}")


@dataclass
class Routed(Kind):
    router: Router

    def opened(self) -> Traffic:
        return at_router(self.router.address)

    def model(self) -> str:
        name = _name()
        self.router.models.add(name)
        return name

    def break_(self, model: str) -> None:
        self.router.routed[model] = {"champion": 100}

    def stick(self, model: str) -> None:
        self.router.stuck.add(model)


@pytest.fixture
def router() -> Iterator[Router]:
    """A router that listens."""
    with routing() as router:
        yield router


@pytest.fixture(params=["simulator", "registry-tags", "http-router"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each kind in turn."""
    if request.param == "simulator":
        return Simulated()
    if request.param == "http-router":
        return Routed(request.getfixturevalue("router"))
    uri = str(request.getfixturevalue("http_sqlite"))
    return Tagged(MlflowRegistry(uri), uri)


@pytest.fixture(params=["simulator", "http-router"])
def telling(request: pytest.FixtureRequest) -> Kind:
    """Each kind where what serves answers for itself."""
    return Simulated() if request.param == "simulator" else Routed(request.getfixturevalue("router"))
