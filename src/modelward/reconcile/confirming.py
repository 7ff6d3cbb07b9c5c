"""Imported models that nobody has adopted: compared with the registry, and never moved.

What such a model deploys was found in the registry, not promoted from git, so a difference means that one of the two
has moved since. Which of them is right only a person can say, by a change of git or by `apply --adopt`.
"""

from modelward.reconcile.desired import DesiredModel, Target
from modelward.reconcile.direction import SyncState
from modelward.reconcile.states import EnvironmentState, ModelPlan, label_of, shown_in, strange_aliases
from modelward.registry.interface import RegisteredModel
from modelward.specs.scalars import EnvironmentName

NEVER_PROMOTED = "the registry does not show what was imported, and nobody promoted it; let git say what serves"
PROMOTED = "promoted in git; `modelward apply --adopt` moves it"


def confirmed(wanted: DesiredModel, actual: RegisteredModel, promoted: frozenset[EnvironmentName]) -> ModelPlan:
    """The plan for an imported model that nobody adopted; it has no steps."""
    states = tuple(_state(target, wanted, actual, promoted) for target in wanted.targets)
    return ModelPlan(
        wanted.model,
        wanted.registry,
        wanted.registered_model,
        states,
        notes=(*strange_aliases(wanted, actual), *_strange_stages(wanted, actual)),
        observed=actual,
        targets=wanted.targets,
        stuck=any(state.state == "Blocked" for state in states),
    )


def unconfirmed(wanted: DesiredModel, actual: RegisteredModel) -> frozenset[EnvironmentName]:
    """The environments that deploy an imported release, and do not show it."""
    if wanted.retired:
        return frozenset()
    return frozenset(
        target.environment
        for target in wanted.targets
        if target.pin is not None
        and target.pin.imported
        and not target.stays
        and _serving(target, actual) != [target.pin.version]
    )


def _state(
    target: Target, wanted: DesiredModel, actual: RegisteredModel, promoted: frozenset[EnvironmentName]
) -> EnvironmentState:
    alias = actual.aliases.get(target.pointers.alias)
    shown = shown_in(target, wanted, actual)
    serving = _serving(target, actual)
    if alias is None and serving:
        shown = f"{', '.join(label_of(version, wanted) for version in serving)} by its stage"
    state: SyncState = "Synced"
    reason = ""
    if target.pin is not None and not wanted.retired:
        if serving != [target.pin.version]:
            state, reason = "Blocked", PROMOTED if target.environment in promoted else NEVER_PROMOTED
        elif alias is None:
            reason = f"imported; `modelward apply --adopt` sets alias {target.pointers.alias}"
    elif wanted.retired and serving:
        state, reason = "Blocked", "imported and retired; `modelward apply --adopt` takes it out"
    elif alias is not None or (serving and not target.entrance):
        state, reason = "OutOfSync", "git deploys nothing here"
    return EnvironmentState(target.environment, state, target.deployed, shown, reason)


def _serving(target: Target, actual: RegisteredModel) -> list[int]:
    """The versions that the registry shows for the environment: by its alias, and without one by its stage."""
    alias = actual.aliases.get(target.pointers.alias)
    return [alias] if alias is not None else _staged(target, actual)


def _staged(target: Target, actual: RegisteredModel) -> list[int]:
    """The versions in the environment's stage: what a registry without aliases says of it."""
    stage = target.pointers.stage
    return sorted(number for number, version in actual.versions.items() if stage is not None and version.stage == stage)


def _strange_stages(wanted: DesiredModel, actual: RegisteredModel) -> list[str]:
    deployed = {target.pin.version for target in wanted.targets if target.pin is not None}
    return [
        f"version {label_of(number, wanted)} is in {target.pointers.stage}, and no deployment names it; it stays there"
        for target in wanted.targets
        for number in _staged(target, actual)
        if number not in deployed
    ]
