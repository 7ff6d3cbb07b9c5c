"""The plan: what separates a registry from what git wants, and the ordered steps that close it.

Pure: `plan_model` sees values only, so the same inputs always give the same plan. The order of a model's steps is the
suspensions and what relieves a release of its traffic, the repository tag, the stages of what moves in, the archiving
of what moves out, the aliases, and the traffic last.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeGuard

from modelward.reconcile.accompanying import Found, accompanying, carried, suspensions_on
from modelward.reconcile.actions import (
    REPOSITORY_TAG,
    SUSPENDED_TAG,
    Action,
    Adopt,
    MoveAlias,
    MoveStage,
    Route,
    Suspend,
)
from modelward.reconcile.confirming import NEVER_PROMOTED, confirmed, unconfirmed
from modelward.reconcile.desired import DesiredModel, Target, Unwanted
from modelward.reconcile.direction import SyncState, Told
from modelward.reconcile.pin import Pin
from modelward.reconcile.pointers import moved_aliases, moved_stages, wanted_versions
from modelward.reconcile.reasons import said_once
from modelward.reconcile.returning import lifted_by
from modelward.reconcile.states import (
    UNKNOWN_REGISTRY,
    EnvironmentState,
    ModelPlan,
    blocked,
    shown_in,
    strange_aliases,
)
from modelward.registry.interface import RegisteredModel, RegisteredVersion
from modelward.specs.scalars import Digest, EnvironmentName

_SAID: Final = "see what its state says"


@dataclass(frozen=True)
class Circumstances:
    """What holds for a whole run: the repository's name, the time, and what the caller permits."""

    repository: str
    now: datetime
    adopt: bool
    selected: frozenset[EnvironmentName] | None = None
    """Environments that may change; None is all."""


def plan_model(
    wanted: DesiredModel,
    actual: RegisteredModel | None,
    digests: Mapping[int, Digest | None],
    run: Circumstances,
    promoted: frozenset[EnvironmentName] = frozenset(),
    routed: Found | None = None,
) -> ModelPlan:
    """The plan for one model.

    `digests` holds the true digest of each version that is not told by the pinned run. `promoted` are the environments
    that deploy another release than when the model was added. `routed` is what its traffic shows, by environment.
    """
    wanted = selected(wanted, run)
    if actual is None:
        return _unregistered(wanted)
    owner = actual.tags.get(REPOSITORY_TAG)
    confirms = wanted.imported and owner is None and not run.adopt
    if not confirms and (why := _not_ours(actual, owner, run)) is not None:
        return blocked(wanted, actual, why)
    for target in wanted.targets:
        if target.stays:
            continue
        if not _only_kept(target, actual) and (why := _refused(target, actual, digests)) is not None:
            return blocked(wanted, actual, why)
        if (why := carried(target, wanted)) is not None:
            return blocked(wanted, actual, f"{target.environment}: {why}")
    if confirms:
        return confirmed(wanted, actual, promoted)
    strange = unconfirmed(wanted, actual) - promoted if owner != run.repository else frozenset()
    if strange:
        return blocked(wanted, actual, f"{', '.join(sorted(strange))}: {NEVER_PROMOTED}")
    want = wanted_versions(wanted, actual, run.now)
    adopts: list[Action] = []
    if owner != run.repository:
        reason = "a registered model is moved by one repository only"
        adopts = [Adopt(wanted.registered_model, owner, run.repository, reason)]
    stages, notes = moved_stages(wanted, actual, want, run.now)
    aliases = moved_aliases(wanted, actual, want)
    beside = accompanying(wanted, actual, want, routed or {})
    actions = (*_urgent(beside.before), *adopts, *_prepared(beside.before), *stages, *aliases, *beside.after)
    moving = {step.version for step in (*aliases, *beside.before) if isinstance(step, MoveAlias)}
    moving |= {pin.version for pin in beside.entering}
    relieves = any(_relieves(target) for target in wanted.targets)
    if not relieves:
        # What is on its way out is not hashed for the stage that it goes to: its bytes may be why it goes.
        moving |= {step.version for step in stages if step.after != "Archived"}
    if adopts:
        # What only stays while something goes out is hashed by the next run, which takes nothing out.
        kept = {one.environment for one in wanted.targets if relieves and (one.stays or _only_kept(one, actual))}
        moving |= {version for environment, version in want.items() if environment not in kept}
    states = tuple(_state(target, wanted, actual, actions, run, beside.waiting) for target in wanted.targets)
    return ModelPlan(
        wanted.model,
        wanted.registry,
        wanted.registered_model,
        states,
        actions,
        (*strange_aliases(wanted, actual), *notes, *_held(wanted, states, run.now), *_silent(wanted, states)),
        _claims(wanted, moving),
        actual,
        wanted.targets,
        wanted.pins,
    )


def _relieves(target: Target) -> bool:
    return target.direction is not None and target.direction.urgent and not target.stays


def _only_kept(target: Target, actual: RegisteredModel) -> bool:
    """Whether a way out leaves the release in place that holds: whatever became of its version, nothing comes in."""
    pin, direction = target.pin, target.direction
    if direction is None or not _relieves(target) or direction.kind in ("promotion", "rollback"):
        return False
    return pin is None or actual.aliases.get(target.pointers.alias) == pin.version


def _refused(target: Target, actual: RegisteredModel, digests: Mapping[int, Digest | None]) -> str | None:
    """Why the release of a target cannot be moved in, or None when it can."""
    if target.pin is None:
        return None
    if target.direction is None and target.pin.version in suspensions_on(actual):
        return (
            f"version {target.pin.version} bears the tag {SUSPENDED_TAG}, and no ledger is kept here that knows of it"
        )
    return unusable(target.pin, actual, digests)


def _held(wanted: DesiredModel, states: Sequence[EnvironmentState], now: datetime) -> Iterator[str]:
    """The environments that are as git says, and where nothing new may come in for a while."""
    for target, state in zip(wanted.targets, states, strict=True):
        until = target.held_until
        if until is not None and now < until and state.state == "Synced":
            yield f"{target.environment}: on hold until {until:%Y-%m-%dT%H:%M:%SZ}, so that no other release comes in"


def _silent(wanted: DesiredModel, states: Sequence[EnvironmentState]) -> Iterator[str]:
    """The environments whose triggers could not take anything out; what their state says already is not told twice."""
    for target, state in zip(wanted.targets, states, strict=True):
        silent = None if target.direction is None else target.direction.silent
        if silent is not None:
            reasons = ((name, _SAID if why in state.reason else why) for name, why in silent.reasons)
            number = f"{len(silent.reasons)} of {silent.of} triggers say nothing"
            yield f"{target.environment}: {number}: {said_once(reasons)}"


def _urgent(steps: tuple[Action, ...]) -> list[Action]:
    """What takes a release out of service, before anything else is done."""
    return [step for step in steps if isinstance(step, (Suspend, Route))]


def _prepared(steps: tuple[Action, ...]) -> list[Action]:
    return [step for step in steps if not isinstance(step, (Suspend, Route))]


def _claims(wanted: DesiredModel, moving: set[int]) -> tuple[Pin, ...]:
    """Every release of git that says it is one of the versions: where two do, the bytes cannot be both."""
    if not moving:
        return ()
    deployed = (target.pin for target in wanted.targets if target.pin is not None)
    claims = {pin for pin in (*deployed, *wanted.pins.values()) if pin.version in moving}
    return tuple(sorted(claims, key=lambda pin: (pin.version, pin.release, pin.digest)))


def _unregistered(wanted: DesiredModel) -> ModelPlan:
    """The plan for a registered model that is not there: nothing is amiss while git deploys nothing of it."""
    why = f"`{wanted.registered_model}` is not in registry `{wanted.registry}`"
    if any(target.pin is not None for target in wanted.targets) and not wanted.retired:
        return blocked(wanted, None, why)
    states = tuple(EnvironmentState(target.environment, "Synced", None, "none") for target in wanted.targets)
    return ModelPlan(wanted.model, wanted.registry, wanted.registered_model, states, notes=(why,))


def unknown(unwanted: Unwanted) -> ModelPlan:
    """The plan of a model whose specs cannot be followed: it keeps what it has."""
    state = EnvironmentState(EnvironmentName("-"), "Blocked", None, "-", unwanted.reason)
    return ModelPlan(unwanted.model, UNKNOWN_REGISTRY, "-", (state,), stuck=True)


def suspects(wanted: DesiredModel, actual: RegisteredModel | None) -> tuple[Pin, ...]:
    """Deployed releases whose version is not told by the run that made it, so that only bytes can tell.

    What stays while something goes out is none: its bytes may be why it goes, and nothing of them comes in.
    """
    if actual is None:
        return ()
    looked_at = (target for target in wanted.targets if not target.stays and not _only_kept(target, actual))
    deployed = [target.pin for target in looked_at if target.pin is not None]
    untold = {
        pin.version: pin
        for pin in deployed
        if pin.version in actual.versions and not _made_by_pinned_run(pin, actual.versions[pin.version])
    }
    return tuple(untold[version] for version in sorted(untold))


def _made_by_pinned_run(pin: Pin, version: RegisteredVersion) -> bool:
    """Whether the version is known to be the pinned one; where no run made it nothing but its bytes tells."""
    return pin.run_id is not None and version.run_id == pin.run_id


def _not_ours(actual: RegisteredModel, owner: str | None, run: Circumstances) -> str | None:
    """Why the registered model may not be touched, or None when it may."""
    if owner == run.repository or run.adopt:
        return None
    if owner is not None:
        return f"it belongs to repository `{owner}`; `modelward apply --adopt` would take it over"
    staged = any(version.stage in ("Staging", "Production") for version in actual.versions.values())
    if actual.aliases or staged:
        return "it bears aliases or stages that others set; `modelward apply --adopt` takes it over"
    return None


def unusable(pin: Pin, actual: RegisteredModel, digests: Mapping[int, Digest | None]) -> str | None:
    """Why a pinned release cannot be moved in, or None when it can."""
    version = actual.versions.get(pin.version)
    if version is None:
        return f"release {pin.release} is version {pin.version}, which is not in the registry"
    if not version.ready:
        return f"version {pin.version} of release {pin.release} is not ready"
    hashed = pin.version in digests or not _made_by_pinned_run(pin, version)
    if hashed and digests.get(pin.version) != pin.digest:
        found = digests.get(pin.version)
        return (
            f"version {pin.version} is not release {pin.release}: its bytes are {found or 'missing'}, not {pin.digest}"
        )
    return None


def selected(wanted: DesiredModel, run: Circumstances) -> DesiredModel:
    """The same, and what was not selected stays."""
    if run.selected is None:
        return wanted
    targets = (
        target if target.environment in run.selected else replace(target, stays=True) for target in wanted.targets
    )
    return replace(wanted, targets=tuple(targets))


def _state(
    target: Target,
    wanted: DesiredModel,
    actual: RegisteredModel,
    actions: tuple[Action, ...],
    run: Circumstances,
    waiting: frozenset[EnvironmentName],
) -> EnvironmentState:
    shown = shown_in(target, wanted, actual)
    version = actual.aliases.get(target.pointers.alias)
    version_wanted = None if target.pin is None or wanted.retired else target.pin.version
    state: SyncState = "OutOfSync"
    if version != version_wanted and target.held_until is not None and run.now < target.held_until:
        state, reason = "Held", f"on hold until {target.held_until:%Y-%m-%dT%H:%M:%SZ}"
    elif version != version_wanted:
        reason = "git deploys nothing here" if version_wanted is None else "the alias names another version"
    elif any(isinstance(action, Route) and action.environment == target.environment for action in actions):
        reason = "its traffic is routed otherwise"
    elif any(isinstance(action, Adopt) for action in actions):
        reason = "the registered model does not bear this repository's tag"
    elif out := [step.after == "Archived" for step in actions if _is_stage_of(step, target)]:
        reason = "another version stands in its stage" if all(out) else "the stage differs"
    else:
        state, reason = "Synced", ""
    standing = None if target.direction is None else target.direction.standing
    if standing is None and target.environment in waiting and target.direction is not None:
        standing = target.direction.shut
    if standing is not None:
        since, until = standing.since, standing.until
        lift = lifted_by(wanted.model, target, standing.lift)
        reason = standing.reason
        new = () if target.direction is None else target.direction.suspend
        if standing.state == "Suspended" and any(one.pin.version == version for one in new):
            reason = f"{reason}; it serves until a run has taken it out"
        said = (standing.state, target.deployed, shown, reason, since, until, lift)
        return EnvironmentState(target.environment, *said)
    if state == "Synced" and target.direction is not None and target.direction.quiet:
        why, lift = _unseen(target.direction.quiet, shown), "values that come again"
        return EnvironmentState(target.environment, "Degraded", target.deployed, shown, why, lift=lift)
    return EnvironmentState(target.environment, state, target.deployed, shown, reason)


def _unseen(quiet: tuple[Told, ...], shown: str) -> str:
    """Why nobody would see the release fail that holds an environment."""
    first, *others = quiet
    more = f", and {len(others)} more" if others else ""
    return f"trigger {first.trigger}{more} cannot tell whether {shown} fails: {first.reason}"


def _is_stage_of(step: Action, target: Target) -> TypeGuard[MoveStage]:
    return isinstance(step, MoveStage) and step.environment == target.environment
