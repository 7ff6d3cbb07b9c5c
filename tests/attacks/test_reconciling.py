"""A registry that is bent while nobody looks, and plans that would bend it further. Rows T71, T72 and T74."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from modelward.reconcile.actions import MoveAlias, MoveStage, RemoveAlias
from modelward.reconcile.desired import DesiredModel, Target
from modelward.reconcile.executing import Applied, Failed, execute
from modelward.reconcile.planning import Circumstances, plan_model
from modelward.reconcile.registries import Registries
from modelward.reconcile.states import ModelPlan
from modelward.registry.interface import ArtifactUnreadable, RegisteredModel, RegistryUnavailable
from modelward.specs.environment import Pointers
from modelward.specs.scalars import EnvironmentName, ReleaseName
from reconcile.conftest import NOW, RELEASES, REPOSITORY, Interrupted, Stopped, World, content, digest

SHADOW = Pointers.model_validate({"name": "main", "alias": "shadow"})


@pytest.fixture
def world() -> World:
    """A registry in which 1.1.0 is in staging and 1.0.0 in production."""
    world = World()
    world.apply(world.wanted("1.1.0", "1.0.0"))
    return world


class Bent(Interrupted):
    """A registry in which somebody does something at each download."""

    def __init__(self, world: World, then: Callable[[str, int], None]) -> None:
        super().__init__(world.simulator)
        self._then = then

    def fetch_artifact(self, name: str, version: int, into: Path) -> Path:
        fetched = super().fetch_artifact(name, version, into)
        self._then(name, version)
        return fetched


def with_shadow(world: World, wanted: DesiredModel, release: str) -> DesiredModel:
    """The same with a third environment that has an alias and no stage, and comes after staging."""
    shadow = Target(EnvironmentName("shadow"), SHADOW, world.pin(release), None, entrance=False)
    return replace(wanted, targets=(wanted.targets[0], shadow, wanted.targets[1]))


def change(world: World, altered: Callable[[RegisteredModel], RegisteredModel]) -> None:
    model = world.simulator.model(world.name)
    assert model is not None
    world.simulator._models[world.name] = altered(model)


def states(plan: ModelPlan) -> list[str]:
    return [state.state for state in plan.states]


def only(world: World, wanted: DesiredModel, environment: str) -> ModelPlan:
    """The plan in which one environment alone may change."""
    run = Circumstances(REPOSITORY, NOW, adopt=False, selected=frozenset({EnvironmentName(environment)}))
    return plan_model(wanted, world.simulator.model(world.name), {}, run)


# T71: what is hashed is what moves in.


def test_t71_a_registry_that_is_changed_while_an_artifact_is_hashed_is_not_written(world: World) -> None:
    bent = Bent(world, lambda name, _version: world.simulator.set_alias(name, "champion", 3))
    (outcome,) = world.apply(world.wanted("1.1.0", "1.1.0"), registry=bent)
    assert isinstance(outcome, Failed)
    assert (outcome.reason, bent.writes) == ("the registry has moved since the plan was made", 0)
    assert world.shown()[0]["champion"] == 3


def test_t71_a_second_release_that_pins_the_same_version_does_not_vouch_for_other_bytes(world: World) -> None:
    tampered = content(world.name, "tampered")
    world.simulator.files[world.name, 2] = tampered
    wanted = world.wanted("1.1.0", "1.1.0")
    another = replace(world.pin("1.1.0"), release=ReleaseName("9.9.9"), digest=digest(tampered))
    (outcome,) = world.apply(replace(wanted, pins={**wanted.pins, 2: another}))
    assert isinstance(outcome, Failed)
    assert "the bytes of version 2 are not those of release 1.1.0" in outcome.reason
    assert world.shown()[0]["champion"] == 1


@pytest.mark.parametrize("other_run", ["staging", "production"])
def test_t71_of_two_releases_that_share_a_version_each_is_compared_with_its_own_digest(
    world: World, other_run: str
) -> None:
    wanted = world.wanted("1.1.0", "1.1.0")
    targets = [
        replace(target, pin=replace(world.pin("1.1.0"), run_id="f" * 32, digest=digest({"MLmodel": b"other"})))
        if target.environment == other_run
        else target
        for target in wanted.targets
    ]
    plan = world.plan(replace(wanted, targets=tuple(targets)))
    assert states(plan) == ["Blocked", "Blocked"]
    assert "its bytes are sha256:" in plan.states[0].reason


# T72: what others have moved is seen and named, and put right only where git says what is right.


def test_t72_a_second_version_in_production_shows_in_the_state_of_production(world: World) -> None:
    world.simulator.set_stage(world.name, 3, "Production")
    plan = world.plan(world.wanted("1.1.0", "1.0.0"))
    assert states(plan) == ["Synced", "OutOfSync"]
    assert plan.states[1].reason == "another version stands in its stage"


def test_t72_a_version_that_only_an_environment_without_stage_runs_may_not_stand_in_production(world: World) -> None:
    wanted = with_shadow(world, world.wanted("1.1.0", "1.0.0"), "1.2.0")
    world.apply(wanted)
    world.simulator.set_stage(world.name, 3, "Production")
    assert states(world.plan(wanted)) == ["Synced", "Synced", "OutOfSync"]
    world.apply(wanted)
    assert world.shown() == (
        {"staging": 2, "shadow": 3, "champion": 1},
        {1: "Production", 2: "Staging", 3: "Archived"},
    )


def test_t72_an_old_champion_that_goes_on_in_an_environment_without_stage_leaves_production(world: World) -> None:
    wanted = with_shadow(world, world.wanted("1.1.0", "1.1.0"), "1.0.0")
    world.apply(wanted)
    aliases, stages = world.shown()
    assert aliases == {"staging": 2, "shadow": 1, "champion": 2}
    assert [version for version, stage in stages.items() if stage == "Production"] == [2]


@pytest.mark.parametrize(("before", "after"), list(product(product(RELEASES, repeat=3), repeat=2))[::13])
def test_t72_with_an_environment_without_stage_every_change_converges_wherever_it_was_stopped(
    before: tuple[str, str, str], after: tuple[str, str, str]
) -> None:
    straight = World()
    start, end = (with_shadow(straight, straight.wanted(each[0], each[1]), each[2]) for each in (before, after))
    straight.apply(start)
    straight.apply(end)
    aliases, stages = straight.shown()
    assert aliases == {"staging": RELEASES[after[0]], "champion": RELEASES[after[1]], "shadow": RELEASES[after[2]]}
    assert [version for version, stage in stages.items() if stage == "Production"] == [RELEASES[after[1]]]
    for writes in range(len(stages) + len(aliases)):
        stopped = World()
        stopped.apply(start)
        try:
            stopped.apply(end, registry=Interrupted(stopped.simulator, writes))
        except Stopped:
            stopped.apply(end)
        assert stopped.shown() == straight.shown()


def test_t72_an_alias_in_another_case_is_named_and_moves_nothing(world: World) -> None:
    for alias in ("Champion", "CHAMPION"):
        world.simulator.set_alias(world.name, alias, 3)
    plan = world.plan(world.wanted("1.1.0", "1.0.0"))
    assert (plan.actions, len(plan.notes)) == ((), 2)


def test_t72_an_alias_of_a_version_that_was_deleted_is_set_again(world: World) -> None:
    change(world, lambda model: replace(model, aliases={**model.aliases, "champion": 9}))
    plan = world.plan(world.wanted("1.1.0", "1.0.0"))
    assert [step.what for step in plan.actions] == ["alias champion: 9 (no release of git) -> 1 (1.0.0)"]
    assert "alias `champion` names version 9, which does not exist" in plan.notes


# Nothing moves that was not asked for.


def test_a_retired_model_keeps_its_pointers_in_environments_that_were_not_asked_for(world: World) -> None:
    plan = only(world, world.wanted(None, None, retired=True), "staging")
    assert [step.what for step in plan.actions] == [
        "stage of version 2 (1.1.0): Staging -> Archived",
        "alias staging: 2 (1.1.0) -> none",
    ]
    assert states(plan) == ["OutOfSync", "OutOfSync"]


def test_a_retired_model_whose_environments_share_a_version_keeps_it_where_it_was_not_asked_for(world: World) -> None:
    world.apply(world.wanted("1.0.0", "1.0.0"))
    plan = only(world, world.wanted(None, None, retired=True), "staging")
    assert [type(step) for step in plan.actions] == [RemoveAlias]


def test_a_stage_of_an_environment_that_was_not_asked_for_is_left_as_it_is(world: World) -> None:
    world.simulator.set_stage(world.name, 3, "Production")
    assert only(world, world.wanted("1.1.0", "1.0.0"), "staging").actions == ()
    assert [step.what for step in only(world, world.wanted("1.1.0", "1.0.0"), "production").actions] == [
        "stage of version 3 (1.2.0): Production -> Archived"
    ]


def test_a_hold_does_not_keep_a_second_version_in_the_stage(world: World) -> None:
    world.simulator.set_stage(world.name, 3, "Production")
    held = world.wanted("1.1.0", "1.1.0", held_until=NOW.replace(year=2030))
    plan = world.plan(held)
    assert [step.what for step in plan.actions] == ["stage of version 3 (1.2.0): Production -> Archived"]
    assert states(plan) == ["Synced", "Held"]


# One model's trouble is no other's.


class Gone(Interrupted):
    """A registry in which the files of some models cannot be read."""

    def __init__(self, world: World, names: set[str]) -> None:
        super().__init__(world.simulator)
        self._names = names

    def fetch_artifact(self, name: str, version: int, into: Path) -> Path:
        if name in self._names:
            raise ArtifactUnreadable(f"the files of version {version} of `{name}` cannot be read", "wait")
        return super().fetch_artifact(name, version, into)


def test_t71_files_that_cannot_be_read_stop_their_model_and_no_other() -> None:
    first = World("a-model")
    worlds = [first, World("b-model", first.simulator), World("c-model", first.simulator)]
    registry = Gone(first, {"a-model"})
    plans = tuple(world.plan(world.wanted("1.1.0", "1.0.0")) for world in worlds)
    outcomes = list(execute(plans, Registries(lambda _name: registry), lambda _plan: None))
    assert [type(outcome) for outcome in outcomes] == [Failed, Applied, Applied]
    assert isinstance(outcomes[0], Failed)
    assert outcomes[0].unavailable


@pytest.mark.parametrize("at", ["staging", "champion"])
def test_a_version_that_is_deleted_between_write_and_read_back_stops_its_model_and_no_other(at: str) -> None:
    first = World("a-model")
    worlds = [first, World("b-model", first.simulator)]

    class Deleting(Interrupted):
        def set_alias(self, name: str, alias: str, version: int) -> None:
            super().set_alias(name, alias, version)
            if (name, alias) == ("a-model", at):
                change(first, lambda model: replace(model, versions={3: model.versions[3]}))

    plans = tuple(world.plan(world.wanted("1.1.0", "1.0.0")) for world in worlds)
    registry = Deleting(first.simulator)
    outcomes = list(execute(plans, Registries(lambda _name: registry), lambda _plan: None))
    assert [type(outcome) for outcome in outcomes] == [Failed, Applied]
    assert isinstance(outcomes[0], Failed)
    assert "this did not take" in outcomes[0].reason or "does not exist" in outcomes[0].reason


def test_a_registry_that_goes_away_while_it_is_written_is_told_from_one_that_refuses(world: World) -> None:
    class Dropping(Interrupted):
        def set_alias(self, name: str, alias: str, version: int) -> None:
            raise RegistryUnavailable(f"cannot set alias `{alias}` of `{name}` to {version}", "wait")

    (outcome,) = world.apply(world.wanted("1.1.0", "1.1.0"), registry=Dropping(world.simulator))
    assert isinstance(outcome, Failed)
    assert (outcome.unavailable, outcome.done) == (True, 2)
    world.apply(world.wanted("1.1.0", "1.1.0"))
    assert world.shown()[0] == {"staging": 2, "champion": 2}


def test_t74_two_runs_at_once_leave_one_of_the_two_states_and_the_other_says_that_it_moved(world: World) -> None:
    mine, theirs = world.wanted("1.1.0", "1.1.0"), world.wanted("1.1.0", "1.2.0")
    plan = world.plan(mine)
    world.apply(theirs)
    (outcome,) = execute((plan,), Registries(lambda _name: world.simulator), lambda _plan: None)
    assert isinstance(outcome, Failed)
    assert "moved since the plan was made" in outcome.reason
    assert world.shown()[0]["champion"] == 3


def test_no_plan_ever_moves_what_it_does_not_hash(world: World) -> None:
    for staging, production, shadow in product(RELEASES, repeat=3):
        plan = world.plan(with_shadow(world, world.wanted(staging, production), shadow))
        hashed = {pin.version for pin in plan.verify}
        moved = {step.version for step in plan.actions if isinstance(step, MoveAlias)}
        moved |= {step.version for step in plan.actions if isinstance(step, MoveStage) and step.after != "Archived"}
        assert moved <= hashed
