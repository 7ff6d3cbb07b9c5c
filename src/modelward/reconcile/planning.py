"""The plan: what separates a registry from what git wants, and the ordered steps that close it.

Pure: `plan_model` sees values only, so the same inputs always give the same plan. The order of a model's steps is the
repository tag, the stages of what moves in, the archiving of what moves out, and the aliases last. The old holder of
an environment is known by its alias; because the alias moves last, a run that was stopped after any step is finished
by the next one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from modelward.reconcile.actions import REPOSITORY_TAG, Action, Adopt, MoveAlias, MoveStage, RemoveAlias
from modelward.reconcile.desired import DesiredModel, Pin, Target, Unwanted
from modelward.registry.interface import RegisteredModel, Stage
from modelward.specs.scalars import Digest, EnvironmentName, ModelName, RegistryName, ReleaseName

SyncState = Literal[
    "Synced", "OutOfSync", "Progressing", "Suspended", "Frozen", "Held", "Blocked", "Degraded", "Unknown"
]
HEALTHY: frozenset[SyncState] = frozenset({"Synced"})
UNKNOWN_REGISTRY = RegistryName("-")


@dataclass(frozen=True)
class EnvironmentState:
    """How one environment of a model stands: what git wants, what the registry shows, and why they differ."""

    environment: EnvironmentName
    state: SyncState
    wanted: ReleaseName | None
    actual: str
    reason: str = ""


@dataclass(frozen=True)
class ModelPlan:
    """The steps for one model in one registry, and what was seen on the way."""

    model: ModelName
    registry: RegistryName
    registered_model: str
    states: tuple[EnvironmentState, ...]
    actions: tuple[Action, ...] = ()
    notes: tuple[str, ...] = ()
    verify: tuple[Pin, ...] = ()
    """Releases whose bytes are hashed before the first step."""
    observed: RegisteredModel | None = field(default=None, compare=False)

    @property
    def blocked(self) -> bool:
        """Whether something must be mended before this model can follow git."""
        return any(state.state in ("Blocked", "Unknown") for state in self.states)


@dataclass(frozen=True)
class Circumstances:
    """What holds for a whole run: the repository's name, the time, and what the caller permits."""

    repository: str
    now: datetime
    adopt: bool
    selected: frozenset[EnvironmentName] | None = None
    """Environments that may change; None is all."""


def plan_model(
    wanted: DesiredModel, actual: RegisteredModel | None, digests: Mapping[int, Digest | None], run: Circumstances
) -> ModelPlan:
    """The plan for one model. `digests` holds the true digest of each version whose run id is not the pinned one."""
    if actual is None:
        return _unregistered(wanted)
    owner = actual.tags.get(REPOSITORY_TAG)
    if (why := _not_ours(actual, owner, run)) is not None:
        return blocked(wanted, actual, why)
    for target in wanted.targets:
        if target.pin is not None and (why := _unusable(target.pin, actual, digests)) is not None:
            return blocked(wanted, actual, why)
    want = {} if wanted.retired else _wanted_versions(wanted, actual, run)
    adopts: list[Action] = []
    if owner != run.repository:
        reason = "a registered model is moved by one repository only"
        adopts = [Adopt(wanted.registered_model, owner, run.repository, reason)]
    stages, notes = _stages(wanted, actual, want, run)
    aliases = _aliases(wanted, actual, want)
    actions = (*adopts, *stages, *aliases)
    moving = {step.version for step in aliases if isinstance(step, MoveAlias)}
    moving |= {step.version for step in stages if step.after != "Archived"}
    if adopts:
        moving |= set(want.values())
    return ModelPlan(
        wanted.model,
        wanted.registry,
        wanted.registered_model,
        tuple(_state(target, wanted, actual, actions, run) for target in wanted.targets),
        actions,
        (*_strange_aliases(wanted, actual), *notes),
        tuple(pin for version, pin in sorted(wanted.pins.items()) if version in moving),
        actual,
    )


def _unregistered(wanted: DesiredModel) -> ModelPlan:
    """The plan for a registered model that is not there: nothing is amiss while git deploys nothing of it."""
    why = f"`{wanted.registered_model}` is not in registry `{wanted.registry}`"
    if any(target.pin is not None for target in wanted.targets) and not wanted.retired:
        return blocked(wanted, None, why)
    states = tuple(EnvironmentState(target.environment, "Synced", None, "none") for target in wanted.targets)
    return ModelPlan(wanted.model, wanted.registry, wanted.registered_model, states, notes=(why,))


def blocked(wanted: DesiredModel, actual: RegisteredModel | None, why: str, state: SyncState = "Blocked") -> ModelPlan:
    """A plan that does nothing, because something must be mended first, or because the registry is `Unknown`."""
    states = tuple(
        EnvironmentState(
            target.environment, state, target.pin.release if target.pin else None, _shown(target, wanted, actual), why
        )
        for target in wanted.targets
    )
    return ModelPlan(wanted.model, wanted.registry, wanted.registered_model, states, observed=actual)


def unknown(unwanted: Unwanted) -> ModelPlan:
    """The plan of a model whose specs cannot be followed: it keeps what it has."""
    state = EnvironmentState(EnvironmentName("-"), "Blocked", None, "-", unwanted.reason)
    return ModelPlan(unwanted.model, UNKNOWN_REGISTRY, "-", (state,))


def suspects(wanted: DesiredModel, actual: RegisteredModel | None) -> tuple[Pin, ...]:
    """Deployed releases whose version was made by another run than the pinned one, so that only bytes can tell."""
    if actual is None:
        return ()
    deployed = {target.pin.version: target.pin for target in wanted.targets if target.pin is not None}
    return tuple(
        pin
        for version, pin in sorted(deployed.items())
        if version in actual.versions and actual.versions[version].run_id != pin.run_id
    )


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


def _unusable(pin: Pin, actual: RegisteredModel, digests: Mapping[int, Digest | None]) -> str | None:
    """Why a pinned release cannot be moved in, or None when it can."""
    version = actual.versions.get(pin.version)
    if version is None:
        return f"release {pin.release} is version {pin.version}, which is not in the registry"
    if not version.ready:
        return f"version {pin.version} of release {pin.release} is not ready"
    if version.run_id != pin.run_id and digests.get(pin.version) != pin.digest:
        found = digests.get(pin.version)
        return (
            f"version {pin.version} is not release {pin.release}: its bytes are {found or 'missing'}, not {pin.digest}"
        )
    return None


def _wanted_versions(wanted: DesiredModel, actual: RegisteredModel, run: Circumstances) -> dict[EnvironmentName, int]:
    """The version that each environment should show; one that waits, or that git left, keeps what it shows."""
    want: dict[EnvironmentName, int] = {}
    for target in wanted.targets:
        if target.pin is not None and not _waits(target, run):
            want[target.environment] = target.pin.version
        elif (shown := actual.aliases.get(target.pointers.alias)) is not None:
            want[target.environment] = shown
    return want


def _waits(target: Target, run: Circumstances) -> bool:
    on_hold = target.held_until is not None and run.now < target.held_until
    return on_hold or (run.selected is not None and target.environment not in run.selected)


def _stages(
    wanted: DesiredModel, actual: RegisteredModel, want: Mapping[EnvironmentName, int], run: Circumstances
) -> tuple[list[MoveStage], list[str]]:
    """Moves of stages, those into service first; and what stands in a stage and is left there."""
    into, kept = _destinations(wanted, want, run)
    managed = {target.pointers.stage for target in wanted.targets if target.pointers.stage is not None}
    entrances = {target.pointers.stage for target in wanted.targets if target.entrance}
    old = {actual.aliases.get(target.pointers.alias) for target in wanted.targets}
    name = wanted.registered_model
    moves_in: list[MoveStage] = []
    moves_out: list[MoveStage] = []
    notes: list[str] = []
    for number, version in sorted(actual.versions.items()):
        label = _label(number, wanted)
        if number in kept:
            continue
        if number in into:
            stage, environment = into[number]
            if version.stage != stage:
                reason = f"git deploys it to {environment}"
                moves_in.append(MoveStage(environment, name, number, label, version.stage, stage, reason))
        elif number in want.values() or version.stage not in managed:
            continue
        elif wanted.retired or number in old or version.stage not in entrances:
            reason = "the model is retired" if wanted.retired else "git deploys it nowhere any more"
            moves_out.append(MoveStage(None, name, number, label, version.stage, "Archived", reason))
        else:
            notes.append(
                f"version {label} is in {version.stage}, and no deployment names it (a candidate of training?)"
            )
    return moves_in + moves_out, notes


def _destinations(
    wanted: DesiredModel, want: Mapping[EnvironmentName, int], run: Circumstances
) -> tuple[dict[int, tuple[Stage, EnvironmentName]], set[int]]:
    """The stage that each deployed version should be in, and for which environment; and the versions left alone."""
    into: dict[int, tuple[Stage, EnvironmentName]] = {}
    kept: set[int] = set()
    for target in wanted.targets:
        shown = want.get(target.environment)
        if shown is None:
            continue
        if target.pin is None or _waits(target, run):
            # Its bytes are not hashed in this run, so nothing of it moves, in or out.
            kept.add(shown)
        elif target.pointers.stage is not None:
            # Targets come in the order of promotion: the environment furthest along decides.
            into[shown] = (target.pointers.stage, target.environment)
    return into, kept


def _aliases(
    wanted: DesiredModel, actual: RegisteredModel, want: Mapping[EnvironmentName, int]
) -> list[MoveAlias | RemoveAlias]:
    steps: list[MoveAlias | RemoveAlias] = []
    for target in wanted.targets:
        alias = target.pointers.alias
        before = actual.aliases.get(alias)
        after = want.get(target.environment)
        shown = "none" if before is None else _label(before, wanted)
        if wanted.retired and before is not None:
            steps.append(RemoveAlias(target.environment, wanted.registered_model, alias, shown, "the model is retired"))
        elif after is not None and before != after:
            reason = f"git deploys it to {target.environment}"
            steps.append(
                MoveAlias(
                    target.environment, wanted.registered_model, alias, after, shown, _label(after, wanted), reason
                )
            )
    return steps


def _strange_aliases(wanted: DesiredModel, actual: RegisteredModel) -> list[str]:
    """Aliases that mislead: of no version, nearly named like an environment's, or of an environment that git left."""
    notes = []
    managed = {target.pointers.alias: target for target in wanted.targets}
    for alias, version in sorted(actual.aliases.items()):
        if version not in actual.versions:
            notes.append(f"alias `{alias}` names version {version}, which does not exist")
        if alias not in managed and alias.casefold() in managed:
            notes.append(f"alias `{alias}` differs from `{alias.casefold()}` only in case")
        if alias in managed and managed[alias].pin is None and not wanted.retired:
            environment = managed[alias].environment
            notes.append(f"alias `{alias}` is set, and git deploys nothing to {environment}; it is left as it is")
    return notes


def _state(
    target: Target, wanted: DesiredModel, actual: RegisteredModel, actions: tuple[Action, ...], run: Circumstances
) -> EnvironmentState:
    release = target.pin.release if target.pin is not None else None
    shown = _shown(target, wanted, actual)
    version = actual.aliases.get(target.pointers.alias)
    version_wanted = None if target.pin is None or wanted.retired else target.pin.version
    state: SyncState = "OutOfSync"
    if version != version_wanted and target.held_until is not None and run.now < target.held_until:
        state, reason = "Held", f"on hold until {target.held_until:%Y-%m-%dT%H:%M:%SZ}"
    elif version != version_wanted:
        reason = "git deploys nothing here" if version_wanted is None else "the alias names another version"
    elif any(isinstance(action, Adopt) for action in actions):
        reason = "the registered model does not bear this repository's tag"
    elif any(isinstance(action, MoveStage) and action.environment == target.environment for action in actions):
        reason = "the stage differs"
    else:
        state, reason = "Synced", ""
    return EnvironmentState(target.environment, state, release, shown, reason)


def _shown(target: Target, wanted: DesiredModel, actual: RegisteredModel | None) -> str:
    version = None if actual is None else actual.aliases.get(target.pointers.alias)
    return "none" if version is None else _label(version, wanted)


def _label(version: int, wanted: DesiredModel) -> str:
    pin = wanted.pins.get(version)
    return f"{version} ({pin.release if pin is not None else 'no release of git'})"
