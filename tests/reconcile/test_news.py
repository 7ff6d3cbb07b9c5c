"""What the world is told of a round: what happened, once, and nothing that did not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from modelward.events.interface import Event
from modelward.ledger.folding import State, folded
from modelward.ledger.writing import record
from modelward.reconcile.actions import MoveAlias
from modelward.reconcile.direction import Direction, Suspension, Told
from modelward.reconcile.executing import Applied, Failed, Outcome
from modelward.reconcile.news import news
from modelward.reconcile.states import ModelPlan
from modelward.specs.ledger import LedgerRecord
from modelward.specs.scalars import Duration, EnvironmentName

from .conftest import NOW, World

PRODUCTION = EnvironmentName("production")
FIRES = Told("error-budget", "page", "critical", "it is used up", Duration.parse("4h"))


def found(*, stuck: bool = False, observations: Sequence[str] = ()) -> ModelPlan:
    """A model whose release is to go out of service in production, and of which a trigger begins to fail there."""
    world = World()
    wanted = world.wanted(None, "1.0.0")
    taken = Suspension("su-1", wanted.pins[1], "it fails")
    direction = Direction(
        None, suspend=(taken,), resumed=("su-0",), told=(FIRES,), observations=tuple(observations), urgent=True
    )
    targets = tuple(
        replace(one, direction=direction) if one.environment == PRODUCTION else one for one in wanted.targets
    )
    return ModelPlan(wanted.model, wanted.registry, wanted.registered_model, (), targets=targets, stuck=stuck)


def on_record(plan: ModelPlan) -> list[LedgerRecord]:
    """What a run records of it."""
    about = {"model": plan.model, "environment": PRODUCTION}
    return [
        record("suspension", NOW, release="1.0.0", suspension="su-1", **about),
        record("resume", NOW, suspension="su-0", **about),
        record("observation", NOW, watched=True, firing=("error-budget",), **about),
    ]


def told(
    plan: ModelPlan,
    *outcomes: Outcome,
    recorded: Sequence[LedgerRecord] = (),
    state: State | None = None,
    hours: int = 0,
) -> list[Event]:
    return list(news([plan], (), outcomes, recorded, state or State(), NOW + timedelta(hours=hours)))


def test_a_suspension_and_its_end_are_told_when_they_are_on_record_and_never_before() -> None:
    for plan in (found(stuck=True), found()):
        assert [one.type for one in told(plan)] == ["ml.trigger.fired"]
    plan = found()
    types = [one.type for one in told(plan, Applied(plan), recorded=on_record(plan))]
    assert types == ["ml.trigger.fired", "ml.model.suspended", "ml.model.resumed"]


def test_of_a_suspension_whose_steps_failed_it_is_said_that_the_release_may_serve_still() -> None:
    plan = found()
    failed = Failed(plan, 0, "the router does not answer", "", unavailable=True)
    (suspended,) = [one for one in told(plan, failed, recorded=on_record(plan)) if one.type == "ml.model.suspended"]
    assert suspended.body == "it fails\nit may serve still, as its steps failed: the router does not answer"


def test_a_trigger_is_the_same_happening_until_the_ledger_knows_of_it() -> None:
    plan, other = found(observations=["precision 1"]), found(observations=["precision 2"])
    first, later = told(plan)[0], told(other, hours=1)[0]
    assert (first.id, first.lasts) == (later.id, True)
    known = told(plan, recorded=on_record(plan))[0]
    assert (first.id, known.lasts) == (known.id, False)


def test_a_trigger_that_fires_again_after_it_was_well_is_another_happening() -> None:
    plan = found()
    well = record("observation", NOW, watched=True, model=plan.model, environment=PRODUCTION)
    since = folded(State(), [*on_record(plan), well])
    assert told(plan)[0].id != told(plan, state=since, hours=1)[0].id


def test_of_a_release_that_nothing_can_replace_it_is_said_that_it_serves_on() -> None:
    plan = found()
    stays = "1.0.0 fails and nothing can take its place: no release held production before"
    (target,) = [one for one in plan.targets if one.direction is not None]
    assert target.direction is not None
    called = replace(target, direction=replace(target.direction, page=stays))
    plan = replace(plan, targets=tuple(called if one is target else one for one in plan.targets))
    (suspended,) = [one for one in told(plan, recorded=on_record(plan)) if one.type == "ml.model.suspended"]
    assert suspended.body == f"it fails\nit serves on: {stays}"


def test_a_deed_that_was_left_out_with_many_others_is_told_only_where_a_release_was_to_go() -> None:
    world = World()
    wanted = world.wanted(None, "1.1.0")
    moves = MoveAlias(PRODUCTION, "credit-risk", "champion", 2, "none", "2 (1.1.0)", "git deploys it")
    plan = ModelPlan(
        wanted.model, wanted.registry, wanted.registered_model, (), (moves,), targets=wanted.targets, pins=wanted.pins
    )
    failed = Failed(plan, 0, "the registry does not answer", "", unavailable=True)
    (told_,) = told(plan, failed)
    assert (told_.type, told_.title) == ("ml.model.failed", "the promotion of credit-risk 1.1.0 failed in production")
    assert told(plan, replace(failed, untried=True)) == []
    out = replace(wanted.targets[-1], direction=Direction(wanted.pins[2], kind="rollback", urgent=True))
    urgent = replace(plan, targets=(*wanted.targets[:-1], out))
    (told_,) = told(urgent, replace(failed, plan=urgent, untried=True))
    assert (told_.type, told_.severity) == ("ml.model.failed", "critical")
