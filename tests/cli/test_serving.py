"""apply where a router splits the traffic: what really serves is asked, and what does not serve is undone.

Rows B8, D5, E6 and E8 of the mission.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient

from modelward.traffic import http_router
from operated import Clock, Operated, aliases, suspensions
from repository import Repository
from routed import TOKEN, Router, routing

MODELS = {"credit-risk", "delivery-eta", "fraud-detection"}


@pytest.fixture
def router(monkeypatch: pytest.MonkeyPatch) -> Iterator[Router]:
    """A router of production that knows the models."""
    with routing() as router:
        router.models |= MODELS
        monkeypatch.setenv("ROUTER_URL", router.address)
        monkeypatch.setenv("ROUTER_TOKEN", TOKEN)
        monkeypatch.setattr(http_router, "PAUSE", 0.01)
        yield router


@pytest.fixture
def world(repository: Repository, registry: Path, router: Router) -> Operated:
    """The project's models with a router in production, taken over under a ledger."""
    assert registry.is_dir()
    kind = "traffic: {kind: http-router, url: {env: ROUTER_URL}, token: {env: ROUTER_TOKEN}}"
    repository.replace("environments/production.yaml", "traffic: {kind: registry-tags}", kind)
    world = Operated.begun(repository, Clock())
    ended = world.apply("--adopt", "--trust-root", "main")
    assert ended.code == 0, ended
    assert {name: one["champion"]["version"] for name, one in router.routed.items()} == dict.fromkeys(MODELS, 1)
    assert router.serves.keys() == MODELS
    return world


def test_e6_what_was_routed_and_does_not_serve_is_undone_and_tried_again(world: Operated, router: Router) -> None:
    world.clock.forward(days=2)
    world.deploy("1.1.0")
    router.stuck.add("credit-risk")
    ended = world.apply()
    assert ended.code == 1, ended
    assert "after the reload serves 100 % version 1 (1.0.0)" in ended.out
    assert "it was undone" in ended.out
    assert router.routed["credit-risk"]["challenger"] is None
    assert aliases() == {"staging": "2", "champion": "1"}
    (failed,) = [one for one in world.records("outcome") if not one["success"]]
    assert (failed["action"], failed["release"]) == ("step", "1.1.0")
    router.stuck.clear()
    assert world.apply().code == 0
    assert router.serves["credit-risk"]["routing"]["challenger"]["weight"] == 5
    assert aliases()["challenger"] == "2"


def test_e6_a_router_that_is_busy_for_a_moment_is_asked_again_and_one_that_stays_so_ends_the_run_with_3(
    world: Operated, router: Router
) -> None:
    world.clock.forward(days=2)
    world.deploy("1.1.0")
    router.busy += Counter({"POST routing": 2, "POST reload": 2, "GET monitoring": 2})
    assert world.apply().code == 0
    assert router.serves["credit-risk"]["routing"]["challenger"]["weight"] == 5
    assert not +router.busy
    world.replace("models/credit-risk/manifest.yaml", "ml_enabled: true", "ml_enabled: false")
    world.commit("Switch off", "engineer-1")
    world.merged()
    for part in ("POST routing", "GET monitoring"):
        router.busy[part] = 100
        ended = world.apply()
        assert ended.code == 3, ended
        assert "with status 503" in ended.out
        router.busy.clear()
    assert world.apply().code == 0
    assert router.serves["credit-risk"]["routing"]["ml_enabled"] is False


def test_b8_e14_switches_and_tenants_are_carried_to_what_splits_the_traffic(world: Operated, router: Router) -> None:
    path = "models/credit-risk/manifest.yaml"
    world.replace(path, "ml_enabled: true, feedback_enabled: true}", 'ml_enabled: false, tenants: {acme: "1.1.0"}}')
    world.commit("Switch off", "engineer-1")
    world.merged()
    assert world.apply().code == 0
    assert router.serves["credit-risk"]["routing"]["ml_enabled"] is False, "what goes off goes first"
    assert world.apply().code == 0
    serves = router.serves["credit-risk"]["routing"]
    assert (serves["ml_enabled"], serves["tenants"]["acme"]["version"]) == (False, 2)


def test_g3_what_is_suspended_goes_also_while_the_router_is_away(
    world: Operated, router: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    MlflowClient().set_model_version_tag("credit-risk", "1", "modelward.suspended", "Tonight!")
    monkeypatch.setenv("ROUTER_URL", "http://127.0.0.1:9/base/")
    ended = world.apply()
    assert "what splits its traffic cannot be asked" in ended.out, ended
    assert ended.code != 0
    again = world.apply("--model", "credit-risk")
    assert again.code == 3, "nothing is left to do but what nobody can be asked to do"
    monkeypatch.setenv("ROUTER_URL", router.address)
    assert world.apply().code == 0
    assert router.serves["credit-risk"]["routing"]["ml_enabled"] is False, "its rules answer"
    (identity,) = {one["suspension"] for one in world.records("suspension")}
    assert identity.startswith("su-"), "somebody's own words get a name that git can resume"


def test_g3_t84_a_ledger_in_doubt_stops_what_raises_risk_and_no_way_out(world: Operated) -> None:
    client = MlflowClient()
    client.set_registered_model_tag("fraud-detection", "modelward.ledger", "0" * 40)
    client.set_registered_model_alias("delivery-eta", "champion", "3")
    client.set_model_version_tag("credit-risk", "1", "modelward.suspended", "su-9")
    ended = world.apply()
    assert ended.code == 3, ended
    assert "which the ledger lacks" in ended.err
    assert "switched off" in ended.out, "its rules answer"
    assert aliases("delivery-eta")["champion"] == "3", "nothing else is done"
    assert world.records("suspension") == []
    client.delete_registered_model_tag("fraud-detection", "modelward.ledger")
    assert world.apply().code == 1, "it is suspended in the other environment too"
    assert world.apply().code == 0
    (identity,) = {one["suspension"] for one in world.records("suspension")}
    assert suspensions(1) == [identity], "what somebody wrote has one name, and the tag bears that"
    assert aliases("delivery-eta")["champion"] == "1"
