"""Imported models are confirmed and never moved, until somebody adopts them. Row G8 of the mission."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from modelward.reconcile.desired import DesiredModel
from modelward.reconcile.pin import Pin
from modelward.reconcile.planning import Circumstances, plan_model
from modelward.reconcile.states import ModelPlan
from modelward.specs.scalars import EnvironmentName

from .conftest import NOW, REPOSITORY, Interrupted, World

PRODUCTION_NAME = EnvironmentName("production")


@pytest.fixture
def world() -> World:
    """A registry that another tool has set: 1.1.0 in staging and 1.0.0 in production, by alias and by stage."""
    world = World()
    for release, alias, stage in ((2, "staging", "Staging"), (1, "champion", "Production")):
        world.simulator.set_alias(world.name, alias, release)
        world.simulator.set_stage(world.name, release, stage)  # type: ignore[arg-type]
    return world


def imported(world: World, staging: str | None, production: str | None, *, retired: bool = False) -> DesiredModel:
    """What git wants of an imported model."""
    wanted = world.wanted(staging, production, retired=retired)
    pins = {number: replace(pin, imported=True) for number, pin in wanted.pins.items()}
    return repinned(replace(wanted, imported=True), pins)


def repinned(wanted: DesiredModel, pins: Mapping[int, Pin]) -> DesiredModel:
    """The same with other pins of the same versions."""
    targets = tuple(
        target if target.pin is None else replace(target, pin=pins[target.pin.version]) for target in wanted.targets
    )
    return replace(wanted, pins=pins, targets=targets)


def states(plan: ModelPlan) -> list[str]:
    """The state of each environment."""
    return [state.state for state in plan.states]


def test_g8_an_imported_model_that_matches_is_in_sync_and_nothing_is_written_not_even_the_tag(world: World) -> None:
    counting = Interrupted(world.simulator)
    plan = world.plan(imported(world, "1.1.0", "1.0.0"))
    assert (states(plan), plan.actions, plan.notes) == (["Synced", "Synced"], (), ())
    assert world.apply(imported(world, "1.1.0", "1.0.0"), registry=counting) == []
    assert counting.writes == 0


def test_g8_a_release_that_is_shown_by_its_stage_alone_is_in_sync(world: World) -> None:
    world.simulator.remove_alias(world.name, "champion")
    plan = world.plan(imported(world, "1.1.0", "1.0.0"))
    assert states(plan) == ["Synced", "Synced"]
    assert plan.states[1].actual == "1 (1.0.0) by its stage"
    assert "sets alias champion" in plan.states[1].reason


def test_two_versions_in_a_stage_without_an_alias_confirm_nothing(world: World) -> None:
    world.simulator.remove_alias(world.name, "champion")
    world.simulator.set_stage(world.name, 3, "Production")
    assert states(world.plan(imported(world, "1.1.0", "1.0.0"))) == ["Synced", "Blocked"]
    plan = world.plan(imported(world, "1.1.0", None))
    assert states(plan) == ["Synced", "OutOfSync"]
    assert plan.states[1].actual == "1 (1.0.0), 3 (1.2.0) by its stage"
    assert not plan.blocked


def test_an_alias_counts_before_a_stage(world: World) -> None:
    world.simulator.set_alias(world.name, "champion", 3)
    assert states(world.plan(imported(world, "1.1.0", "1.0.0"))) == ["Synced", "Blocked"]
    plan = world.plan(imported(world, "1.1.0", "1.2.0"))
    assert states(plan) == ["Synced", "Synced"]
    assert plan.notes == ("version 1 (1.0.0) is in Production, and no deployment names it; it stays there",)


@pytest.mark.parametrize(("staging", "production"), [("1.1.0", "1.1.0"), ("1.2.0", "1.0.0")])
def test_a_difference_is_blocked_and_never_moved(world: World, staging: str, production: str) -> None:
    before = world.shown()
    plan = world.plan(imported(world, staging, production))
    assert plan.blocked
    assert plan.actions == ()
    assert any("let git say what serves" in state.reason for state in plan.states)
    assert world.apply(imported(world, staging, production)) == []
    assert world.shown() == before


def test_nor_does_adoption_move_what_was_imported_and_is_not_shown(world: World) -> None:
    before = world.shown()
    wanted = imported(world, "1.1.0", "1.2.0")
    assert "production: the registry does not show what was imported" in world.plan(wanted, adopt=True).states[1].reason
    assert world.apply(wanted, adopt=True) == []
    assert world.shown() == before
    assert world.simulator.models()[world.name].tags == {}


def test_what_a_merged_change_promoted_is_moved_by_adoption(world: World) -> None:
    wanted = imported(world, "1.1.0", "1.1.0")
    run = Circumstances(REPOSITORY, NOW, adopt=False)
    actual = world.simulator.model(world.name)
    plan = plan_model(wanted, actual, {}, run, frozenset({PRODUCTION_NAME}))
    assert plan.states[1].reason == "promoted in git; `modelward apply --adopt` moves it"
    plan = plan_model(wanted, actual, {}, replace(run, adopt=True), frozenset({PRODUCTION_NAME}))
    assert "alias champion: 1 (1.0.0) -> 2 (1.1.0)" in [action.what for action in plan.actions]


def test_an_imported_release_beside_one_of_our_own_is_not_moved_by_adoption_either(world: World) -> None:
    wanted = replace(imported(world, "1.1.0", "1.2.0"), imported=False)
    assert world.plan(wanted, adopt=True).blocked


def test_a_candidate_in_the_first_stage_is_noted_and_a_version_in_a_later_one_is_out_of_sync(world: World) -> None:
    for alias in ("staging", "champion"):
        world.simulator.remove_alias(world.name, alias)
    plan = world.plan(imported(world, None, None))
    assert states(plan) == ["Synced", "OutOfSync"]
    assert len(plan.notes) == 2


def test_an_alias_where_git_deploys_nothing_is_out_of_sync_and_stays(world: World) -> None:
    plan = world.plan(imported(world, None, "1.0.0"))
    assert states(plan) == ["OutOfSync", "Synced"]
    assert "alias `staging` names 2 (1.1.0), and git deploys nothing to staging; it is left as it is" in plan.notes


def test_a_retired_imported_model_keeps_its_pointers_until_it_is_adopted(world: World) -> None:
    plan = world.plan(imported(world, None, None, retired=True))
    assert states(plan) == ["Blocked", "Blocked"]
    assert plan.actions == ()
    world.apply(imported(world, None, None, retired=True), adopt=True)
    assert world.shown()[0] == {}


def test_a_version_whose_bytes_are_others_is_blocked(world: World) -> None:
    world.simulator.files[world.name, 1] = {"MLmodel": b"changed"}
    wanted = imported(world, "1.1.0", "1.0.0")
    plan = world.plan(repinned(wanted, {number: replace(pin, run_id=None) for number, pin in wanted.pins.items()}))
    assert states(plan) == ["Blocked", "Blocked"]
    assert "version 1 is not release 1.0.0" in plan.states[0].reason


def test_a_version_that_no_run_made_is_told_by_its_bytes(world: World) -> None:
    wanted = imported(world, "1.1.0", "1.0.0")
    wanted = repinned(wanted, {number: replace(pin, run_id=None) for number, pin in wanted.pins.items()})
    assert states(world.plan(wanted)) == ["Synced", "Synced"]


def test_adoption_sets_the_tag_and_from_then_on_pointers_follow_git(world: World) -> None:
    world.apply(imported(world, "1.1.0", "1.0.0"), adopt=True)
    model = world.simulator.model(world.name)
    assert model is not None
    assert REPOSITORY in model.tags.values()
    world.apply(imported(world, "1.1.0", "1.1.0"))
    assert world.shown()[0] == {"staging": 2, "champion": 2}


def test_another_repositorys_model_is_not_confirmed(world: World) -> None:
    world.simulator.set_tag(world.name, "modelward.repository", "acme/other")
    plan = world.plan(imported(world, "1.1.0", "1.0.0"))
    assert plan.blocked
    assert "belongs to repository `acme/other`" in plan.states[0].reason


def test_what_is_not_imported_is_not_confirmed(world: World) -> None:
    assert world.plan(world.wanted("1.1.0", "1.0.0")).blocked
