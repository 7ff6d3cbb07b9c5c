"""What an environment names is what is opened; an address or a credential that is missing ends the run before it."""

import pytest
from pydantic import ValidationError

from modelward.errors import WrongUse
from modelward.registry.simulator import SimulatedRegistry
from modelward.specs.environment import Traffic
from modelward.traffic.connecting import connect
from modelward.traffic.interface import Routing, TrafficRefused
from routed import TOKEN, Router

from .conftest import ROUTER, environment, registries


def test_each_kind_is_opened_and_says_where_it_stands() -> None:
    opened = registries(SimulatedRegistry())
    variables = {"ROUTER_URL": "https://router.example/base/", "ROUTER_TOKEN": TOKEN}
    addresses = [
        connect(environment(traffic), opened, variables).address
        for traffic in ({"kind": "registry-tags"}, ROUTER, {"kind": "none"})
    ]
    assert addresses == [
        "the tags `modelward.traffic.production` of registry `main`",
        "https://router.example/base",
        "alias `champion` of registry `main`",
    ]


@pytest.mark.parametrize("missing", ["ROUTER_URL", "ROUTER_TOKEN"])
def test_a_variable_that_is_not_set_is_named(missing: str) -> None:
    variables = {"ROUTER_URL": "https://router.example", "ROUTER_TOKEN": TOKEN, missing: ""}
    with pytest.raises(WrongUse, match=f"the variable {missing} is not set"):
        connect(environment(ROUTER), registries(None), variables)


@pytest.mark.parametrize(
    "address",
    [
        "http://router.example",
        "ftp://x",
        "router.example",
        f"https://me:{TOKEN}@x",
        f"https://x?{TOKEN}",
        "https://[::1",
        "https://x:99999",
        "https://exämple.org",
        "https://a b",
    ],
)
def test_a_credential_goes_to_no_address_in_the_clear_or_of_an_odd_form(address: str) -> None:
    with pytest.raises(WrongUse) as refused:
        connect(environment(ROUTER), registries(None), {"ROUTER_URL": address, "ROUTER_TOKEN": TOKEN})
    assert TOKEN not in refused.value.message + refused.value.remedy


def test_a_router_on_this_machine_may_go_without_a_credential(router: Router) -> None:
    open_to_all = {"kind": "http-router", "url": {"env": "ROUTER_URL"}}
    traffic = connect(environment(open_to_all), registries(None), {"ROUTER_URL": router.address})
    with pytest.raises(TrafficRefused, match="with status 401"):
        traffic.routings()


@pytest.mark.parametrize(
    "document",
    [
        {"kind": "argo-rollouts"},
        {"kind": "azureml"},
        {"kind": "http-router"},
        {"kind": "http-router", "token": {"env": "T"}},
        {"kind": "http-router", "url": "https://router.example"},
        {"kind": "registry-tags", "url": {"env": "U"}},
        {"kind": "none", "token": {"env": "T"}},
    ],
)
def test_traffic_that_nothing_could_open_is_refused_where_it_is_written(document: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Traffic.model_validate(document)


def test_an_environment_of_another_name_has_tags_of_its_own() -> None:
    registry = SimulatedRegistry()
    registry.register("credit-risk", {}, None)
    tags = {"kind": "registry-tags"}
    production, staging = (
        connect(environment(tags, name), registries(registry), {}) for name in ("production", "staging")
    )
    from .test_contract import CANARY

    production.set_routing("credit-risk", CANARY)
    assert production.routing("credit-risk") == CANARY
    assert staging.routing("credit-risk") is None
    assert not isinstance(staging.routings().get("credit-risk"), Routing)
