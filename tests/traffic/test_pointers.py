"""Traffic of kind `none`: every request follows the alias, and nothing else can be said."""

from dataclasses import replace

import pytest

from modelward.registry.simulator import SimulatedRegistry
from modelward.specs.scalars import ReleaseName
from modelward.traffic.confirming import Untold, reload_and_confirm
from modelward.traffic.connecting import connect
from modelward.traffic.interface import Challenger, Routing, Served, Traffic, TrafficRefused

from .conftest import environment, registries

WANTED = Routing(Served(2, ReleaseName("1.1.0")))


@pytest.fixture
def registry() -> SimulatedRegistry:
    registry = SimulatedRegistry()
    for _ in range(2):
        registry.register("credit-risk", {}, None)
    registry.register("delivery-eta", {}, None)
    registry.set_alias("credit-risk", "champion", 2)
    return registry


@pytest.fixture
def traffic(registry: SimulatedRegistry) -> Traffic:
    return connect(environment({"kind": "none"}), registries(registry), {})


def test_all_requests_go_to_the_version_that_the_alias_names(traffic: Traffic) -> None:
    assert traffic.routings() == {"credit-risk": Routing(Served(2, None))}
    found = traffic.routing("credit-risk")
    assert isinstance(found, Routing)
    assert found.shows(WANTED)
    assert traffic.routing("delivery-eta") is None
    assert traffic.routing("unknown") is None


def test_what_the_alias_routes_already_may_be_set(traffic: Traffic) -> None:
    traffic.set_routing("credit-risk", WANTED)
    assert reload_and_confirm(traffic, {"credit-risk": WANTED}) == {"credit-risk": Untold()}


@pytest.mark.parametrize(
    "wanted",
    [
        Routing(Served(1, ReleaseName("1.0.0"))),
        replace(WANTED, challenger=Challenger(Served(1, ReleaseName("1.0.0")), 5)),
        replace(WANTED, ml_enabled=False),
        replace(WANTED, feedback_enabled=False),
        replace(WANTED, tenants={"north": Served(1, ReleaseName("1.0.0"))}),
    ],
)
def test_what_an_alias_cannot_say_is_refused_rather_than_left_out(traffic: Traffic, wanted: Routing) -> None:
    with pytest.raises(TrafficRefused, match="cannot route `credit-risk` so"):
        traffic.set_routing("credit-risk", wanted)
