"""What a plan does for a release that must go, and what it never does beside it. Rows D6, E14 and G3; T71, T72, T85."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard

import pytest

from modelward.ledger.folding import State
from modelward.reconcile.accompanying import suspensions_on
from modelward.reconcile.actions import REPOSITORY_TAG, SUSPENDED_TAG, Action, MoveAlias, MoveStage, Route, Suspend
from modelward.reconcile.desired import DesiredModel, Target
from modelward.reconcile.direction import Direction, Standing, Suspension
from modelward.reconcile.pin import Pin
from modelward.reconcile.planning import Circumstances, plan_model, suspects
from modelward.reconcile.recording import deeds
from modelward.reconcile.states import ModelPlan
from modelward.registry.interface import RegisteredModel, RegisteredVersion, Stage
from modelward.specs.environment import Pointers
from modelward.specs.manifest import Deployment
from modelward.specs.scalars import Digest, EnvironmentName, ModelName, RegistryName, ReleaseName
from modelward.traffic.interface import Routing, Served

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
STAGING, PRODUCTION = EnvironmentName("staging"), EnvironmentName("production")
PINS = {
    name: Pin(ReleaseName(name), version, f"{version:032x}", Digest(f"sha256:{version:064x}"))
    for version, name in enumerate(("1.0.0", "1.1.0", "1.2.0"), 1)
}
SUSPENDED = Standing("Suspended", "1.1.0 is suspended (su-1)")
TAKEN = Suspension("su-1", PINS["1.1.0"], "trigger bad")
OPEN = (("su-1", PINS["1.1.0"]),)
BACK = Direction(PINS["1.0.0"], SUSPENDED, "rollback", urgent=True, restores=True, suspend=(TAKEN,), open=OPEN)
STAYS = Direction(PINS["1.1.0"], open=OPEN)
RULES = Direction(PINS["1.1.0"], SUSPENDED, "fallback", urgent=True, off=True, suspend=(TAKEN,), open=OPEN)


def shown(
    aliases: Mapping[str, int], stages: Sequence[Stage], *, tags: Mapping[int, str] | None = None, ready: bool = True
) -> RegisteredModel:
    """The registry: versions in their stages, by their numbers; `ready` is said of version 2."""
    versions = {
        number: RegisteredVersion(
            number,
            stage,
            f"{number:032x}",
            ready or number != 2,
            {} if number not in (tags or {}) else {SUSPENDED_TAG: (tags or {})[number]},
        )
        for number, stage in enumerate(stages, 1)
    }
    return RegisteredModel("credit-risk", aliases, {REPOSITORY_TAG: "acme/example"}, versions)


SERVING = shown({"staging": 2, "champion": 2}, ("Archived", "Production", "None"))


def wanting(
    production: Direction, staging: Direction, stays: Sequence[EnvironmentName], beside: Mapping[str, Any] | None = None
) -> DesiredModel:
    """A model that git deploys as 1.1.0 in both environments."""
    deployment = Deployment.model_validate({"release": "1.1.0"} | dict(beside or {}))
    targets = []
    for name, direction in ((STAGING, staging), (PRODUCTION, production)):
        alias, stage = ("staging", "Staging") if name == STAGING else ("champion", "Production")
        pointers = Pointers.model_validate({"name": "main", "alias": alias, "stage": stage})
        target = Target(name, pointers, direction.pin, None, name == STAGING, deployment, "registry-tags", direction)
        targets.append(replace(target, stays=name in stays))
    pins = {pin.version: pin for pin in PINS.values()}
    return DesiredModel(
        ModelName("credit-risk"), RegistryName("main"), "credit-risk", tuple(targets), pins, retired=False
    )


def planned(
    production: Direction,
    actual: RegisteredModel = SERVING,
    *,
    staging: Direction = STAYS,
    stays: Sequence[EnvironmentName] = (STAGING,),
    beside: Mapping[str, Any] | None = None,
    routed: Routing | None = None,
) -> ModelPlan:
    """The plan of that model."""
    wanted = wanting(production, staging, stays, beside)
    found = {PRODUCTION: routed, STAGING: None}
    return plan_model(wanted, actual, {}, Circumstances("acme/example", NOW, adopt=False), routed=found)


def test_a_failing_release_is_suspended_first_and_the_one_before_is_the_only_one_hashed() -> None:
    plan = planned(BACK)
    assert isinstance(plan.actions[0], Suspend)
    assert [step.version for step in plan.actions if isinstance(step, MoveAlias)] == [1]
    assert {step.version: step.after for step in plan.actions if isinstance(step, MoveStage)}[1] == "Production"
    assert [pin.release for pin in plan.verify] == ["1.0.0"], "the bytes of what goes may be why it goes"


def test_a_release_that_only_stays_while_another_goes_out_needs_no_bytes() -> None:
    untold = {number: replace(one, run_id=None) for number, one in SERVING.versions.items()}
    returned = Direction(PINS["1.1.0"], SUSPENDED, "return", urgent=True)
    for direction, aliases, looked_at in (
        (returned, {"champion": 2}, ()),
        (RULES, {"champion": 2}, ()),
        (returned, {"champion": 3}, (PINS["1.1.0"],)),
        (replace(returned, urgent=False), {"champion": 2}, (PINS["1.1.0"],)),
    ):
        actual = replace(SERVING, versions=untold, aliases=aliases)
        assert suspects(wanting(direction, STAYS, (STAGING,)), actual) == looked_at


def test_a_version_that_is_broken_does_not_hold_up_its_own_way_out() -> None:
    broken = shown({"staging": 2, "champion": 2}, ("Archived", "Production", "None"), ready=False)
    assert not planned(BACK, broken).blocked
    off = planned(RULES, broken)
    (route,) = [step for step in off.actions if isinstance(step, Route)]
    assert (off.blocked, route.routing.ml_enabled) == (False, False)


def test_what_is_not_selected_is_neither_marked_nor_on_record() -> None:
    plan = planned(BACK, staging=Direction(PINS["1.1.0"]), stays=(PRODUCTION, STAGING))
    assert plan.actions == ()
    other = planned(BACK, shown({"champion": 2}, ("Archived", "Production", "None")), stays=(PRODUCTION,))
    assert not [step for step in other.actions if isinstance(step, MoveAlias) and step.environment == PRODUCTION]
    assert [deed.environment for deed in deeds(other, State())] == [STAGING]


def test_t85_the_tag_of_a_version_that_nobody_here_knows_stays() -> None:
    actual = shown({"staging": 2, "champion": 2}, ("Archived", "Production", "None", "None"), tags={4: "su-9"})
    assert not [step for step in planned(BACK, actual).actions if isinstance(step, Suspend) and step.version == 4]


def test_a_suspension_is_taken_off_only_when_nothing_holds_it_any_more() -> None:
    actual = shown({"staging": 2, "champion": 2}, ("Archived", "Production", "None"), tags={2: "su-1 su-2"})
    lifted = Direction(PINS["1.1.0"], resumed=("su-1",), lifted=frozenset({"su-1"}))
    other = replace(STAYS, open=(("su-2", PINS["1.1.0"]),))
    free = planned(lifted, actual, staging=other)
    (mark,) = [step for step in free.actions if isinstance(step, Suspend)]
    assert mark.after == "su-2"
    held = planned(lifted, actual, staging=STAYS)
    assert not [step for step in held.actions if isinstance(step, Suspend)]


def test_no_new_tenant_comes_in_beside_what_goes_out() -> None:
    known = Routing(Served(2, ReleaseName("1.1.0")), tenants={"old": Served(3, ReleaseName("1.2.0"))})
    tenants = {"tenants": {"old": "1.2.0", "new": "1.2.0"}}
    (route,) = [step for step in planned(BACK, beside=tenants, routed=known).actions if isinstance(step, Route)]
    assert route.routing.tenants.keys() == {"old"}


def test_g3_what_lifts_a_suspension_waits_where_another_of_that_version_begins() -> None:
    actual = shown({"staging": 2, "champion": 2}, ("Archived", "Production", "None"), tags={2: "su-0"})
    both = replace(BACK, resumed=("su-0",), lifted=frozenset({"su-0"}))
    assert isinstance(first := planned(both, actual).actions[0], Suspend)
    assert first.after == "su-0 su-1"
    marked = shown({"staging": 2, "champion": 1}, ("Production", "Staging", "None"), tags={2: "su-0 su-1"})
    later = replace(STAYS, pin=PINS["1.0.0"], lifted=frozenset({"su-0"}))
    (mark,) = [step for step in planned(later, marked).actions if isinstance(step, Suspend)]
    assert mark.after == "su-1"


def test_b8_while_all_is_stopped_a_tenant_keeps_what_it_has_and_nobody_gets_more() -> None:
    stopped = Standing("Frozen", "frozen (year-end): ledger close", lift="a change of policies/freezes.yaml")
    shut = Direction(PINS["1.1.0"], shut=stopped)
    known = Routing(Served(2, ReleaseName("1.1.0")), tenants={"old": Served(3, ReleaseName("1.2.0"))})
    plan = planned(shut, beside={"tenants": {"old": "1.2.0", "new": "1.2.0"}}, routed=known)
    assert plan.actions == ()
    (state,) = [one for one in plan.states if one.environment == PRODUCTION]
    assert (state.state, state.reason) == ("Frozen", stopped.reason)
    kept = planned(shut, beside={"tenants": {"old": "1.2.0"}}, routed=known)
    assert [one.state for one in kept.states if one.environment == PRODUCTION] == ["Synced"]
    (route,) = [step for step in planned(shut, routed=known).actions if isinstance(step, Route)]
    assert not route.routing.tenants, "who loses a release of its own gets what all get"


def test_where_git_deploys_nothing_what_is_switched_off_stays_off() -> None:
    off = Routing(Served(2, ReleaseName("1.1.0")), ml_enabled=False, feedback_enabled=False)
    plan = planned(Direction(None, open=OPEN), routed=off)
    assert not [step for step in plan.actions if isinstance(step, Route)]


def test_t72_traffic_never_follows_a_pointer_that_somebody_moved_by_hand() -> None:
    hand = shown({"staging": 2, "champion": 3}, ("Archived", "Production", "None"))
    served = Routing(Served(2, ReleaseName("1.1.0")), feedback_enabled=False)
    drifted = Direction(None, Standing("OutOfSync", "moved by hand"), drifted=True)
    assert not [step for step in planned(drifted, hand, routed=served).actions if isinstance(step, Route)]


def test_a_tag_is_read_so_far_and_written_with_what_holds_alone() -> None:
    many = " ".join(f"w{number}" for number in range(10**6))
    assert len(suspensions_on(shown({}, ("None",), tags={1: many}))[1]) < 1_100
    assert suspensions_on(shown({}, ("None",), tags={1: " "})) == {1: {""}}
    for tag, steps in ((many, 1), (f"su-1 {many}", 1), ("su-1", 0)):
        actual = shown({"staging": 2, "champion": 1}, ("Production", "Staging", "None"), tags={2: tag})
        marks = [one for one in planned(replace(STAYS, pin=PINS["1.0.0"]), actual).actions if isinstance(one, Suspend)]
        assert [(mark.after, mark.recorded) for mark in marks] == [("su-1", True)] * steps


def test_t72_where_a_moved_alias_is_left_so_the_release_of_git_keeps_its_stage() -> None:
    moved = shown({"staging": 2, "champion": 3}, ("Archived", "Production", "None"))
    left = Direction(None, Standing("OutOfSync", "the alias was moved by hand"), drifted=True)
    assert planned(left, moved).actions == ()
    strays = shown({"staging": 2, "champion": 2}, ("Production", "Production", "None"))
    archived = "stage of version 1 (1.0.0): Production -> Archived"
    assert [step.what for step in planned(Direction(PINS["1.1.0"]), strays).actions] == [archived]


@pytest.mark.parametrize(
    ("left", "beside"),
    [
        (replace(RULES, pin=None, drifted=True), {}),
        (Direction(None, Standing("OutOfSync", "moved by hand"), drifted=True), {"ml_enabled": False}),
    ],
)
def test_e14_what_is_off_stays_off_also_where_the_alias_is_left_elsewhere(
    left: Direction, beside: Mapping[str, Any]
) -> None:
    for aliases in ({"staging": 2, "champion": 3}, {"staging": 2}):
        actual = shown(aliases, ("Archived", "Production", "None"))
        routed = Routing(Served(1, ReleaseName("1.0.0")))
        (step,) = [step for step in planned(left, actual, beside=beside, routed=routed).actions if is_route(step)]
        assert (step.routing.champion, step.routing.ml_enabled) == (routed.champion, False)


@pytest.mark.parametrize(
    ("production", "beside", "champion"),
    [
        (replace(RULES, pin=PINS["1.0.0"]), {}, "1.0.0"),
        (replace(RULES, pin=None, drifted=True), {}, "1.1.0"),
        (Direction(None, Standing("OutOfSync", "moved by hand"), drifted=True), {"ml_enabled": False}, "1.1.0"),
        (Direction(None, Standing("OutOfSync", "moved by hand"), drifted=True), {"feedback_enabled": False}, None),
        (Direction(PINS["1.1.0"]), {"feedback_enabled": False}, "1.1.0"),
    ],
    ids=["the holder's", "by the rules", "by git", "nothing that serves", "as the alias comes back"],
)
def test_e14_t72_a_version_of_no_release_is_never_routed_and_keeps_nothing_on(
    production: Direction, beside: Mapping[str, Any], champion: str | None
) -> None:
    actual = shown({"staging": 2, "champion": 4}, ("Archived", "Production", "None", "None"))
    steps = [step for step in planned(production, actual, beside=beside).actions if is_route(step)]
    assert [step.routing.champion.release for step in steps] == ([] if champion is None else [champion])
    assert [step.routing.ml_enabled for step in steps] == ["feedback_enabled" in beside] * len(steps)
    assert [step.found for step in steps] == [None] * len(steps), "nothing could be routed so again"


def test_e14_t72_what_waits_with_a_version_of_no_release_keeps_its_traffic_but_for_what_is_off() -> None:
    actual = shown({"staging": 2, "champion": 4}, ("Archived", "Production", "None", "None"))
    routed = Routing(Served(2, ReleaseName("1.1.0")))
    for beside, off in (({}, False), ({"ml_enabled": False}, True)):
        wanted = wanting(STAYS, STAYS, (STAGING,), beside)
        (staging, production) = wanted.targets
        held = replace(production, direction=None, held_until=NOW + timedelta(hours=1))
        run = Circumstances("acme/example", NOW, adopt=False)
        plan = plan_model(replace(wanted, targets=(staging, held)), actual, {}, run, routed={PRODUCTION: routed})
        assert [step.routing for step in plan.actions if is_route(step)] == [replace(routed, ml_enabled=False)] * off


def test_a_suspended_release_serves_no_tenant_where_the_alias_is_left_elsewhere() -> None:
    left = Direction(None, Standing("OutOfSync", "moved by hand"), drifted=True, open=(("su-1", PINS["1.2.0"]),))
    actual = shown({"staging": 2, "champion": 1}, ("Production", "None", "None"), tags={3: "su-1"})
    tenants = {"north": Served(3, ReleaseName("1.2.0")), "south": Served(2, ReleaseName("1.1.0"))}
    routed = Routing(Served(1, ReleaseName("1.0.0")), tenants=tenants)
    beside = {"tenants": {"north": "1.2.0", "south": "1.1.0"}}
    (step,) = [step for step in planned(left, actual, beside=beside, routed=routed).actions if is_route(step)]
    assert set(step.routing.tenants) == {"south"}


def test_only_what_is_selected_has_its_stage_moved() -> None:
    actual = shown({"staging": 2, "champion": 2}, ("Archived", "Archived", "None"))
    assert planned(Direction(PINS["1.1.0"]), actual, stays=(STAGING,)).actions != ()
    assert planned(Direction(PINS["1.1.0"]), actual, stays=(STAGING, PRODUCTION)).actions == ()


def is_route(step: Action) -> TypeGuard[Route]:
    return isinstance(step, Route)
