"""Plans and their execution in the simulator. Rows C11, D3, E1, F6 of the mission; T71, T72, T86 of the threats."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from modelward.reconcile.actions import REPOSITORY_TAG, Adopt, MoveAlias, MoveStage
from modelward.reconcile.executing import Applied, Failed, execute
from modelward.reconcile.planning import Circumstances, plan_model
from modelward.reconcile.registries import Registries

from .conftest import NOW, RELEASES, REPOSITORY, Away, Interrupted, Stopped, World, content


@pytest.fixture
def world() -> World:
    """A registry in which 1.1.0 is in staging and 1.0.0 in production."""
    world = World()
    world.apply(world.wanted("1.1.0", "1.0.0"))
    return world


def test_a_registered_model_without_tag_stage_or_alias_is_adopted_and_its_pointers_are_set() -> None:
    world = World()
    outcomes = world.apply(world.wanted("1.1.0", "1.0.0"))
    assert all(isinstance(outcome, Applied) for outcome in outcomes)
    assert world.shown() == ({"staging": 2, "champion": 1}, {1: "Production", 2: "Staging", 3: "None"})


def test_the_order_is_tag_then_stages_in_then_archive_then_aliases(world: World) -> None:
    model = world.simulator.model(world.name)
    assert model is not None
    foreign = replace(model, tags={})
    plan = plan_model(world.wanted("1.2.0", "1.1.0"), foreign, {}, Circumstances(REPOSITORY, NOW, adopt=True))
    kinds = [
        (type(step).__name__, getattr(step, "version", None), getattr(step, "after", None)) for step in plan.actions
    ]
    assert kinds == [
        ("Adopt", None, None),
        ("MoveStage", 2, "Production"),
        ("MoveStage", 3, "Staging"),
        ("MoveStage", 1, "Archived"),
        ("MoveAlias", 3, "3 (1.2.0)"),
        ("MoveAlias", 2, "2 (1.1.0)"),
    ]


def test_f6_a_promotion_moves_alias_and_stage_and_archives_the_old(world: World) -> None:
    world.apply(world.wanted("1.1.0", "1.1.0"))
    assert world.shown() == ({"staging": 2, "champion": 2}, {1: "Archived", 2: "Production", 3: "None"})


def test_c11_f6_a_rollback_brings_the_archived_version_back(world: World) -> None:
    world.apply(world.wanted("1.1.0", "1.1.0"))
    world.apply(world.wanted("1.1.0", "1.0.0"))
    assert world.shown() == ({"staging": 2, "champion": 1}, {1: "Production", 2: "Staging", 3: "None"})


def test_f6_a_second_run_writes_nothing(world: World) -> None:
    counting = Interrupted(world.simulator)
    assert world.apply(world.wanted("1.1.0", "1.0.0"), registry=counting) == []
    assert counting.writes == 0


@pytest.mark.parametrize("writes", range(8))
@pytest.mark.parametrize(("staging", "production"), list(product(RELEASES, RELEASES)))
def test_e1_stopped_after_any_write_the_next_run_converges_to_the_same_end(
    staging: str, production: str, writes: int
) -> None:
    straight, stopped = World(), World()
    for world in (straight, stopped):
        world.apply(world.wanted("1.1.0", "1.0.0"))
    wanted = straight.wanted(staging, production)
    straight.apply(wanted)
    try:
        stopped.apply(wanted, registry=Interrupted(stopped.simulator, writes))
    except Stopped:
        stopped.apply(wanted)
    assert stopped.shown() == straight.shown()
    assert stopped.plan(wanted).actions == ()


@pytest.mark.parametrize(("staging", "production"), list(product(RELEASES, RELEASES)))
def test_e1_in_every_combination_aliases_are_the_truth_and_the_stage_shows_the_furthest_environment(
    world: World, staging: str, production: str
) -> None:
    world.apply(world.wanted(staging, production))
    aliases, stages = world.shown()
    assert aliases == {"staging": RELEASES[staging], "champion": RELEASES[production]}
    assert stages[RELEASES[production]] == "Production"
    assert stages[RELEASES[staging]] == ("Production" if staging == production else "Staging")
    assert [stage for version, stage in stages.items() if version not in aliases.values()].count("Production") == 0


def test_a_second_version_put_into_production_by_hand_is_archived(world: World) -> None:
    world.simulator.set_stage(world.name, 3, "Production")
    plan = world.plan(world.wanted("1.1.0", "1.0.0"))
    assert [step.what for step in plan.actions] == ["stage of version 3 (1.2.0): Production -> Archived"]


def test_a_candidate_that_training_put_into_staging_is_reported_and_left(world: World) -> None:
    world.simulator.set_stage(world.name, 3, "Staging")
    plan = world.plan(world.wanted("1.1.0", "1.0.0"))
    assert plan.actions == ()
    assert plan.notes == ("version 3 (1.2.0) is in Staging, and no deployment names it (a candidate of training?)",)


def test_t72_an_alias_moved_by_hand_is_out_of_sync_and_moved_back(world: World) -> None:
    world.simulator.set_alias(world.name, "champion", 3)
    plan = world.plan(world.wanted("1.1.0", "1.0.0"))
    assert [state.state for state in plan.states] == ["Synced", "OutOfSync"]
    assert [step.what for step in plan.actions] == ["alias champion: 3 (1.2.0) -> 1 (1.0.0)"]


def test_a_registered_model_that_others_have_set_is_blocked_until_it_is_adopted() -> None:
    world = World()
    world.simulator.set_alias(world.name, "champion", 1)
    wanted = world.wanted("1.1.0", "1.0.0")
    blocked = world.plan(wanted)
    assert blocked.actions == ()
    assert {state.state for state in blocked.states} == {"Blocked"}
    assert "--adopt" in blocked.states[0].reason
    assert isinstance(world.plan(wanted, adopt=True).actions[0], Adopt)


def test_t86_a_foreign_repository_tag_blocks_and_names_the_other(world: World) -> None:
    world.simulator.set_tag(world.name, REPOSITORY_TAG, "somebody/else")
    plan = world.plan(world.wanted("1.1.0", "1.1.0"))
    assert plan.actions == ()
    assert "somebody/else" in plan.states[0].reason


def test_t71_changed_bytes_stop_the_model_before_anything_moves(world: World) -> None:
    before = world.shown()
    world.simulator.files[world.name, 2] = content(world.name, "tampered")
    (outcome,) = world.apply(world.wanted("1.1.0", "1.1.0"))
    assert isinstance(outcome, Failed)
    assert (outcome.done, world.shown()) == (0, before)
    assert "the bytes of version 2 are not those of release 1.1.0" in outcome.reason


def test_t71_an_artifact_that_vanished_behind_a_ready_version_stops_the_model(world: World) -> None:
    world.simulator.files[world.name, 2] = {}
    (outcome,) = world.apply(world.wanted("1.1.0", "1.1.0"))
    assert isinstance(outcome, Failed)
    assert "no file is there" in outcome.reason


def test_adoption_hashes_what_already_serves() -> None:
    world = World()
    for alias, version in (("staging", 2), ("champion", 1)):
        world.simulator.set_alias(world.name, alias, version)
    world.simulator.files[world.name, 1] = content(world.name, "tampered")
    (outcome,) = world.apply(world.wanted("1.1.0", "1.0.0"), adopt=True)
    assert isinstance(outcome, Failed)
    model = world.simulator.model(world.name)
    assert model is not None
    assert not model.tags


def test_a_version_made_again_under_an_old_number_is_told_by_its_bytes(world: World) -> None:
    model = world.simulator.model(world.name)
    assert model is not None
    wanted = world.wanted("1.1.0", "1.0.0")
    remade = replace(model.versions[1], run_id="f" * 32)
    world.simulator._models[world.name] = replace(model, versions={**model.versions, 1: remade})
    assert {state.state for state in world.plan(wanted).states} == {"Synced"}
    world.simulator.files[world.name, 1] = content(world.name, "another model")
    plan = world.plan(wanted)
    assert {state.state for state in plan.states} == {"Blocked"}
    assert "version 1 is not release 1.0.0: its bytes are sha256:" in plan.states[0].reason


def test_a_release_whose_version_is_gone_blocks_its_model(world: World) -> None:
    model = world.simulator.model(world.name)
    assert model is not None
    world.simulator._models[world.name] = replace(model, versions={1: model.versions[1], 3: model.versions[3]})
    plan = world.plan(world.wanted("1.0.0", "1.1.0"))
    assert {state.state for state in plan.states} == {"Blocked"}
    assert "version 2, which is not in the registry" in plan.states[0].reason


def test_a_version_that_is_not_ready_blocks_its_model(world: World) -> None:
    model = world.simulator.model(world.name)
    assert model is not None
    pending = replace(model.versions[3], ready=False)
    world.simulator._models[world.name] = replace(model, versions={**model.versions, 3: pending})
    assert "is not ready" in world.plan(world.wanted("1.2.0", "1.0.0")).states[0].reason


def test_a_hold_keeps_what_the_environment_shows_until_it_ends(world: World) -> None:
    held = world.wanted("1.1.0", "1.1.0", held_until=NOW + timedelta(seconds=1))
    plan = world.plan(held)
    assert [state.state for state in plan.states] == ["Synced", "Held"]
    assert plan.actions == ()
    same = world.plan(world.wanted("1.1.0", "1.0.0", held_until=NOW + timedelta(seconds=1)))
    assert [state.state for state in same.states] == ["Synced", "Synced"]
    assert [note for note in same.notes if note.startswith("production: on hold until ")]
    assert not [note for note in world.plan(world.wanted("1.1.0", "1.0.0", held_until=NOW)).notes if "hold" in note]
    over = world.plan(world.wanted("1.1.0", "1.1.0", held_until=NOW))
    assert any(isinstance(step, MoveAlias) for step in over.actions)


def test_a_retired_model_loses_its_aliases_and_its_stages(world: World) -> None:
    world.apply(world.wanted(None, None, retired=True))
    assert world.shown() == ({}, {1: "Archived", 2: "Archived", 3: "None"})
    assert {state.state for state in world.plan(world.wanted(None, None, retired=True)).states} == {"Synced"}


def test_an_environment_that_git_left_keeps_its_alias_and_says_so(world: World) -> None:
    plan = world.plan(world.wanted("1.1.0", None))
    assert not any(isinstance(step, MoveAlias) for step in plan.actions)
    assert [state.state for state in plan.states] == ["Synced", "OutOfSync"]
    assert any("it is left as it is" in note for note in plan.notes)
    assert not any(isinstance(step, MoveStage) and step.version == 1 for step in plan.actions)


def test_strange_aliases_are_named(world: World) -> None:
    world.simulator.set_alias(world.name, "Champion", 3)
    model = world.simulator.model(world.name)
    assert model is not None
    world.simulator._models[world.name] = replace(model, aliases={**model.aliases, "old": 9})
    notes = world.plan(world.wanted("1.1.0", "1.0.0")).notes
    assert "alias `Champion` differs from `champion` only in case" in notes
    assert "alias `old` names version 9, which does not exist" in notes


def test_only_the_selected_environment_changes(world: World) -> None:
    actual = world.simulator.model(world.name)
    selected = Circumstances(
        REPOSITORY, NOW, adopt=False, selected=frozenset({world.wanted("1.1.0", None).targets[0].environment})
    )
    plan = plan_model(world.wanted("1.2.0", "1.1.0"), actual, {}, selected)
    assert [step.what for step in plan.actions] == [
        "stage of version 3 (1.2.0): None -> Staging",
        "stage of version 2 (1.1.0): Staging -> Archived",
        "alias staging: 2 (1.1.0) -> 3 (1.2.0)",
    ]


def test_a_registry_that_moved_after_the_plan_is_not_written(world: World) -> None:
    plan = world.plan(world.wanted("1.1.0", "1.1.0"))
    world.simulator.set_alias(world.name, "other", 3)
    counting = Interrupted(world.simulator)
    (outcome,) = execute((plan,), Registries(lambda _name: counting), lambda _plan: None)
    assert isinstance(outcome, Failed)
    assert (outcome.reason, counting.writes) == ("the registry has moved since the plan was made", 0)


def test_one_broken_model_leaves_the_others_to_converge() -> None:
    simulator = World().simulator
    worlds = [World(name, simulator) for name in ("a-model", "b-model", "c-model")]
    simulator.files["b-model", 2] = {}
    plans = tuple(world.plan(world.wanted("1.1.0", "1.0.0")) for world in worlds)
    outcomes = list(execute(plans, Registries(lambda _name: simulator), lambda _plan: None))
    assert [type(outcome) for outcome in outcomes] == [Applied, Failed, Applied]


def test_a_registry_that_is_away_is_asked_once_and_all_its_models_fail() -> None:
    simulator = World().simulator
    worlds = [World(name, simulator) for name in ("a-model", "b-model")]
    plans = tuple(world.plan(world.wanted("1.1.0", "1.0.0")) for world in worlds)
    outcomes = list(execute(plans, Registries(lambda _name: Away(simulator)), lambda _plan: None))
    assert [isinstance(outcome, Failed) and outcome.unavailable for outcome in outcomes] == [True, True]
    assert "`a-model`" in outcomes[1].reason  # type: ignore[union-attr]


def test_t71_a_version_that_git_does_not_pin_is_never_moved_in_by_a_hold(world: World) -> None:
    unpinned = world.simulator.register(world.name, content(world.name, "by hand"), "e" * 32)
    world.simulator.set_alias(world.name, "champion", unpinned)
    plan = world.plan(world.wanted("1.1.0", "1.0.0", held_until=NOW + timedelta(hours=1)))
    assert not any(isinstance(step, MoveStage) and step.version == unpinned for step in plan.actions)


def test_a_model_that_is_registered_nowhere_is_blocked_once_git_deploys_it() -> None:
    world = World()
    run = Circumstances(REPOSITORY, NOW, adopt=False)
    assert {state.state for state in plan_model(world.wanted("1.1.0", None), None, {}, run).states} == {"Blocked"}


def test_a_model_that_is_registered_nowhere_is_in_order_while_git_deploys_nothing_of_it() -> None:
    world = World()
    run = Circumstances(REPOSITORY, NOW, adopt=False)
    for wanted in (world.wanted(None, None), world.wanted("1.1.0", "1.0.0", retired=True)):
        plan = plan_model(wanted, None, {}, run)
        assert {state.state for state in plan.states} == {"Synced"}
        assert plan.notes == ("`credit-risk` is not in registry `main`",)
