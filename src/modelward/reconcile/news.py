"""What the world is told of a run: an event for each thing that happened, with a key that tells it from all others."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from modelward.errors import CannotEvaluate, ModelwardError
from modelward.events.interface import Event, EventType, Severity
from modelward.ledger.folding import State
from modelward.reconcile.actions import Adopt
from modelward.reconcile.direction import Direction, Told
from modelward.reconcile.executing import Applied, Failed, Outcome
from modelward.reconcile.observing import Untrusted
from modelward.reconcile.recording import Deed, deeds
from modelward.reconcile.rehashing import Unsound
from modelward.reconcile.rollback_branch import Return
from modelward.reconcile.states import ModelPlan
from modelward.specs.ledger import DeedKind, EnvironmentState, LedgerRecord
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName
from modelward.specs.thresholds import Severity as TriggerSeverity

_SEVERITY: Final[dict[TriggerSeverity, Severity]] = {"warning": "warning", "high": "warning", "critical": "critical"}
_DEEDS: Final[dict[DeedKind, tuple[EventType, Severity, str]]] = {
    "promotion": ("ml.model.promoted", "info", "holds {environment} now"),
    "rollback": ("ml.model.rolled_back", "critical", "is back in {environment}"),
    "fallback": ("ml.model.rolled_back", "critical", "is switched off in {environment}, and its rules answer"),
    "return": ("ml.model.rollout.returned", "warning", "lost its share of {environment}"),
    "mend": ("ml.model.pointer.moved", "warning", "was put back in {environment}, where somebody had moved a pointer"),
}


def news(
    found: Iterable[ModelPlan],
    untrusted: Iterable[Untrusted],
    outcomes: Sequence[Outcome],
    recorded: Iterable[LedgerRecord],
    state: State,
    at: datetime,
) -> Iterator[Event]:
    """The events of one round of a run: what its plans `found`, and what came of their steps.

    `recorded` is what the round has put on record, and `state` the ledger's before it. A suspension that is on no
    record is told when it is.
    """
    for one in untrusted:
        yield _untrusted(one, at)
    known = _Known.of(recorded, outcomes)
    for model in found:
        for deed in _finished(model, known, state):
            yield from _done(model, deed, state, at)
        yield from _blocked(model, at)
        for environment, direction in model.directions:
            yield from _found(model, environment, direction, known, state, at)
            if direction.drifted:
                yield _left(model, environment, direction, at)
    for outcome in outcomes:
        for deed in deeds(outcome.plan, state):
            if isinstance(outcome, Applied):
                yield from _done(outcome.plan, deed, state, at)
            # That a registry is away, or a run was stopped, is not told once more of each model that waits for it.
            elif _urgent(deed) or not outcome.untried:
                yield _failed(outcome, deed, at)


def alarm(unsound: Unsound, at: datetime) -> Event:
    """The event of a release that serves with other bytes than it pins: the same until somebody has mended it."""
    live = unsound.live
    said = "cannot be read" if unsound.unreadable else "is not what was signed"
    title = f"{live.model} {live.pin.release} serves, and its artifact {said}"
    key = f"artifact {live.registered_model} {live.pin.version} {said} {'' if unsound.unreadable else unsound.why}"
    about = (live.model, None, live.pin.release)
    return Event("ml.model.artifact.changed", key, at, "critical", title, unsound.why, *about, lasts=True)


def doubted(why: CannotEvaluate, at: datetime) -> Event:
    """The event of a ledger, a main or a journal that is not what it was: the same until somebody has mended it."""
    body = f"{why.message}\nuntil this is mended, only what reduces risk is done of all that it is about: {why.remedy}"
    title = f"what is known is in doubt: {why.message}"
    return Event("ml.repository.untrusted", f"doubt {why.message}", at, "critical", title, body, lasts=True)


def unwritten(why: CannotEvaluate, at: datetime) -> Event:
    """The event of a ledger that takes nothing, whatever it says of that: the same until it takes something again."""
    title = "nothing can be put on record, and only what reduces risk is done"
    body = f"{why.message}\n{why.remedy}"
    return Event("ml.repository.unwritten", "unwritten", at, "critical", title, body, lasts=True)


def unproposed(back: Return, why: ModelwardError, at: datetime) -> Event:
    """The event of a rollback that main is not told of: the same until the branch that says so can be pushed."""
    title = f"{back.model} {back.taken_out} is out of service in {back.environment}, and no rollback can be proposed"
    key = f"unproposed {back.model} {back.environment} {back.suspension}"
    body = f"{why.message}\nmain deploys it still: {why.remedy}"
    about = (back.model, back.environment, back.taken_out)
    return Event("ml.model.failed", key, at, "warning", title, body, *about, lasts=True)


@dataclass(frozen=True)
class _Known:
    """What a round has put on record of suspensions, triggers and deeds, and the models whose steps failed."""

    told: frozenset[tuple[ModelName | None, EnvironmentName | None, str, str | None]]
    watched: frozenset[tuple[ModelName | None, EnvironmentName | None]]
    failed: Mapping[ModelName, str]
    ended: Mapping[ModelName | None, Sequence[LedgerRecord]]

    @classmethod
    def of(cls, recorded: Iterable[LedgerRecord], outcomes: Iterable[Outcome]) -> "_Known":
        records = tuple(recorded)
        ended: dict[ModelName | None, list[LedgerRecord]] = {}
        for record in records:
            if record.kind == "outcome":
                ended.setdefault(record.model, []).append(record)
        return cls(
            frozenset((one.model, one.environment, one.kind, one.suspension) for one in records),
            frozenset((one.model, one.environment) for one in records if one.watched),
            {one.plan.model: one.reason for one in outcomes if isinstance(one, Failed)},
            ended,
        )


def _found(
    model: ModelPlan, environment: EnvironmentName, direction: Direction, known: _Known, state: State, at: datetime
) -> Iterator[Event]:
    where = f"{model.model} {environment}"
    for told in direction.told:
        # Where it cannot be remembered that it fails, the next run finds it again: then it is the same happening.
        remembered = (model.model, environment) in known.watched
        yield _fired(model, environment, told, state.of(model.model, environment), at, lasts=not remembered)
    for told in direction.quiet:
        holder = state.of(model.model, environment).holder
        yield _silent(model, environment, told, None if holder is None else holder.release, at)
    for one in direction.suspend:
        if (model.model, environment, "suspension", one.id) not in known.told:
            continue
        failed = known.failed.get(model.model)
        why = one.why if failed is None else f"{one.why}\nit may serve still, as its steps failed: {failed}"
        if direction.page is not None and direction.rollout is None:
            why = f"{why}\nit serves on: {direction.page}"
        title = f"{model.model} {one.pin.release} is suspended in {environment}"
        data = {"suspension": one.id}
        about = (model.model, environment, one.pin.release)
        yield Event("ml.model.suspended", f"suspension {where} {one.id}", at, "critical", title, why, *about, data)
    for identity in direction.resumed:
        if (model.model, environment, "resume", identity) not in known.told:
            continue
        title = f"{identity} of {model.model} is lifted in {environment}"
        data = {"suspension": identity}
        yield Event(
            "ml.model.resumed",
            f"resume {where} {identity}",
            at,
            "info",
            title,
            "",
            model.model,
            environment,
            None,
            data,
        )
    if direction.page is not None and not direction.suspend:
        rollout = direction.rollout
        held = direction.page if rollout is None else f"{rollout.id} step {rollout.step} by {rollout.held_by}"
        release = None if rollout is None else rollout.challenger
        key, title = f"page {where} {held}", f"{model.model} in {environment} needs somebody"
        yield Event(
            "ml.model.rollout.held",
            key,
            at,
            "critical",
            title,
            direction.page,
            model.model,
            environment,
            release,
            lasts=True,
        )


def _fired(
    model: ModelPlan,
    environment: EnvironmentName,
    told: Told,
    known: EnvironmentState,
    at: datetime,
    *,
    lasts: bool,
) -> Event:
    title = f"{told.trigger} fails for {model.model} in {environment}"
    body = f"{told.reason}\naction: {told.action}, respond within {told.respond_within}"
    release = None if known.holder is None else known.holder.release
    key = f"trigger {model.model} {environment} {told.trigger} {release} after {known.watched}"
    data = {"trigger": told.trigger, "action": told.action, "respond_within": str(told.respond_within)}
    about = (model.model, environment, release)
    return Event("ml.trigger.fired", key, at, _SEVERITY[told.severity], title, body, *about, data, lasts)


def _silent(
    model: ModelPlan, environment: EnvironmentName, told: Told, release: ReleaseName | None, at: datetime
) -> Event:
    """The event of a trigger that could take a release out and cannot be measured: the same while that holds it."""
    title = f"{told.trigger} cannot tell whether {model.model} {release} fails in {environment}"
    body = f"{told.reason}\nuntil it is measured again it takes nothing out"
    key = f"silent {model.model} {environment} {told.trigger} {release}"
    data = {"trigger": told.trigger, "action": told.action}
    about = (model.model, environment, release)
    return Event("ml.trigger.silent", key, at, "critical", title, body, *about, data, lasts=True)


def _finished(model: ModelPlan, known: _Known, state: State) -> Iterator[Deed]:
    """What a run had done that ended before it could say so, and what this one has put on record without a step.

    Nothing tells whether it was that run which put back what somebody had moved.
    """
    records = known.ended.get(model.model, ())
    touched = {deed.environment for deed in deeds(model, state)} if records else set()
    for one in records:
        if one.environment is None or one.environment in touched:
            continue
        target, pin = model.target(one.environment), None if one.version is None else model.pins.get(one.version)
        if target is not None and one.action is not None and one.action != "mend":
            yield Deed(one.environment, one.action, pin, one.previous, target.direction)


def _done(model: ModelPlan, deed: Deed, state: State, at: datetime) -> Iterator[Event]:
    release = None if deed.pin is None else deed.pin.release
    # Without a ledger nothing tells a deed from the same one done before but its time.
    number = state.of(model.model, deed.environment).outcomes if state.environments else at.isoformat()
    key = f"{deed.kind} {model.model} {deed.environment} {release} after {number}"
    about = (model.model, deed.environment, release)
    data = {"previous": deed.before, "action": deed.kind}
    rollout = None if deed.direction is None else deed.direction.rollout
    name = f"{model.model} {release or ''}".strip()
    if deed.kind == "step" and rollout is not None:
        started: EventType = "ml.model.rollout.started" if rollout.step == 1 else "ml.model.rollout.advanced"
        title = f"{name} takes {rollout.weight} % of {deed.environment}"
        yield Event(started, key, at, "info", title, rollout.why, *about, data | {"rollout": rollout.id})
    elif deed.kind == "promotion" and rollout is not None:
        title = f"{name} has become the champion of {deed.environment}"
        kind: EventType = "ml.model.rollout.promoted"
        yield Event(kind, key, at, "info", title, rollout.why, *about, data | {"rollout": rollout.id})
    elif deed.kind == "mend" and any(isinstance(step, Adopt) for step in model.actions):
        title = f"{model.model} did not bear this repository's tag any more, and bears it again"
        yield Event("ml.model.pointer.moved", key, at, "critical", title, "\n".join(model.notes), *about, data)
    elif deed.kind in _DEEDS:
        kind, severity, said = _DEEDS[deed.kind]
        title = f"{name} {said.format(environment=deed.environment)}"
        why = "" if deed.direction is None or deed.direction.standing is None else deed.direction.standing.reason
        yield Event(kind, key, at, severity, title, why, *about, data)


def _failed(outcome: Failed, deed: Deed, at: datetime) -> Event:
    """The event of a deed that was begun and not done, or undone: the same as long as each run fails with it so.

    That bytes are wrong is another happening than that they could not be read.
    """
    model, release = outcome.plan.model, None if deed.pin is None else deed.pin.release
    title = f"the {deed.kind} of {model} {release or ''}".strip() + f" failed in {deed.environment}"
    severity: Severity = "critical" if outcome.refused is not None or _urgent(deed) else "warning"
    refused = "" if outcome.refused is None else outcome.refused.digest
    key = f"failed {deed.kind} {model} {deed.environment} {release} {severity} {refused}".rstrip()
    about = (model, deed.environment, release)
    return Event("ml.model.failed", key, at, severity, title, outcome.reason, *about, {"action": deed.kind}, lasts=True)


def _urgent(deed: Deed) -> bool:
    return deed.direction is not None and deed.direction.urgent


def _blocked(model: ModelPlan, at: datetime) -> Iterator[Event]:
    """The event of a model that cannot follow git, or an event an environment: the same while the reason is the same.

    That a registry is away is not told once more of each model.
    """
    states = [
        state for state in model.states if state.state == "Blocked" or (model.stuck and model.observed is not None)
    ]
    groups = [(None, states)] if model.stuck and states else [(state.environment, [state]) for state in states]
    for environment, group in groups:
        reasons = "\n".join(dict.fromkeys(state.reason for state in group if state.reason))
        where = "" if environment is None else f" in {environment}"
        key = f"blocked {model.model}{where} {reasons}"
        title = f"{model.model} does not follow git{where}"
        about = (model.model, environment)
        yield Event("ml.model.blocked", key, at, "warning", title, reasons, *about, lasts=True)


def _left(model: ModelPlan, environment: EnvironmentName, direction: Direction, at: datetime) -> Event:
    """The event of a pointer that somebody moved by hand and that stays so: the same for as long as it does."""
    why = "" if direction.standing is None else direction.standing.reason
    target, shown = model.target(environment), None
    if model.observed is not None and target is not None:
        shown = model.observed.aliases.get(target.pointers.alias)
    title = f"{model.model} shows another release in {environment} than git deploys, and is left so"
    key = f"drift {model.model} {environment} {shown}"
    return Event("ml.model.pointer.moved", key, at, "warning", title, why, model.model, environment, lasts=True)


def _untrusted(one: Untrusted, at: datetime) -> Event:
    """The event of what was merged past the gate: the same until somebody has mended it."""
    what = "main" if one.scope is None else str(one.scope)
    title = f"{what} is followed only as it stood at {one.trusted[:12]}"
    reasons = "\n".join(judged.finding.message for judged in one.verdict.denying[:3])
    changed = " ".join(f"{change.kind} {change.scope} {change.what}" for change in one.verdict.changes)
    key = f"untrusted {what} {one.trusted} {changed}"
    return Event("ml.repository.untrusted", key, at, "critical", title, reasons, lasts=True)
