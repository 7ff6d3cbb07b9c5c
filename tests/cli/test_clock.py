"""apply where a clock is wrong, or was: what must go goes, nothing else moves, and it is said which clock it is.

Row F7 of the mission.
"""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from modelward.cli import reconciling
from modelward.registry.simulator import SimulatedRegistry
from operated import START, Clock, Operated, aliases, routed, suspensions
from repository import Repository
from simulated import Simulated

from .conftest import governed_copy, in_two_registries

SAYS = "which by this machine's clock has not come yet"


def test_what_a_fast_clock_has_done_stands_and_nothing_goes_on_until_somebody_vouches_for_it(world: Operated) -> None:
    world.clock.forward(hours=1)
    world.deploy("1.1.0")
    world.clock.forward(days=5)
    world.apply()
    routing = routed()
    assert routing["challenger"]["weight"] == 5, "no clock was there to compare with"
    world.clock.forward(days=-5)
    world.deploy("1.2.0", model="delivery-eta", environment="staging")
    before = aliases("delivery-eta")
    ended = world.apply()
    assert (ended.code, SAYS in ended.err) == (3, True), ended
    assert "= help: set this clock if it is slow" in ended.err
    assert (routed(), aliases("delivery-eta")) == (routing, before)
    with world.clock.running():
        looked = world.modelward("status", "--remote", "origin")
    assert (looked.code, SAYS in looked.err) == (3, True), looked
    commit = ended.err.rpartition("--ledger-root ")[2].split()[0]
    world.apply("--ledger-root", commit)
    assert aliases("delivery-eta") != before
    assert world.apply().code == 3, "whoever vouches does it for one run"
    world.clock.forward(days=5)
    world.well("1.0.0", "1.1.0")
    assert world.apply().code == 0


def test_a_holder_that_a_fast_clock_took_over_goes_when_it_fails(repository: Repository, registry: Path) -> None:
    assert registry.is_dir()
    world = Operated.begun(repository, Clock(START + timedelta(days=10)))
    assert world.apply("--adopt", "--trust-root", "main").code == 0
    world.clock.now = START
    world.well("1.0.0")
    assert (world.apply().code, suspensions(1)) == (3, [])
    world.fails("1.0.0")
    ended = world.apply()
    assert (ended.code, SAYS in ended.err) == (3, True), ended
    assert suspensions(1)
    assert routed()["ml_enabled"] is False


def test_clocks_that_are_minutes_apart_are_as_clocks_are(world: Operated) -> None:
    world.clock.forward(minutes=-4)
    assert world.apply().code == 0


def test_a_registry_that_tells_another_time_lets_only_ways_out_be_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Simulated.running(governed_copy(tmp_path / "repository", monkeypatch)) as world:
        assert world.apply("--adopt", "--trust-root", "main").code == 0
        world.deploy("1.2.0", model="delivery-eta", environment="staging")
        world.fails("1.0.0")
        before = world.pointers("delivery-eta")
        for minutes, said in ((6, "it is 6m ahead there"), (-6, "it is 6m behind there")):
            world.registry.ahead = timedelta(minutes=minutes)
            ended = world.apply()
            assert (ended.code, said in ended.err) == (3, True), ended
            assert "the clocks of this machine and of registry simulator are not the same" in ended.err
            assert world.pointers("delivery-eta") == before
        assert world.pointers()[1][1][1], "what fails is suspended"
        with world.clock.running():
            assert world.modelward("status", "--remote", "origin").code == 3
        world.registry.ahead = timedelta(minutes=4)
        world.apply()
        assert world.pointers("delivery-eta") != before


def test_of_two_registries_the_one_that_tells_another_time_holds_up_its_own_models_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = in_two_registries(governed_copy(tmp_path / "repository", monkeypatch))
    # What a world has put in the place of the registries is put back last.
    with Simulated.running(repository) as world, pytest.MonkeyPatch.context() as patch:
        lab = SimulatedRegistry()
        lab._models, lab.files = dict(world.registry._models), world.registry.files
        patch.setattr(reconciling, "connect", lambda _, name: lab if name == "lab" else world.registry)
        ended = world.apply("--adopt", "--trust-root", "main")
        assert ended.code == 0, ended
        world.registry.set_alias("credit-risk", "champion", 2)
        lab.set_alias("credit-risk", "staging", 1)
        lab.set_version_tag("fraud-detection", 2, "modelward.suspended", "Tonight!")
        lab.ahead = timedelta(minutes=6)
        world.registry.ahead = timedelta(0)
        ended = world.apply("--events-file", str(world.events))
        assert (ended.code, "it is 6m ahead there" in ended.err) == (3, True), ended
        assert world.pointers()[0]["champion"] == 1
        assert lab._models["credit-risk"].aliases["staging"] == 1
        assert lab._models["fraud-detection"].versions[2].tags["modelward.suspended"] != "Tonight!"
        assert "Unknown: the clocks of this machine" in ended.out
        told = [json.loads(line)["data"]["title"] for line in world.events.read_text().splitlines()]
        assert sum("in doubt" in title for title in told) == 1, told
