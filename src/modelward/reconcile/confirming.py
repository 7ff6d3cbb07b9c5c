"""Imported models that nobody has adopted: compared with the registry, and never moved.

What such a model deploys was found in the registry, not promoted from git, so a difference means that one of the two
has moved since. Which of them is right only a person can say, by a change of git or by `apply --adopt`.
"""

from modelward.reconcile.desired import DesiredModel, Target
from modelward.reconcile.states import EnvironmentState, ModelPlan, SyncState, label_of, shown_in, strange_aliases
from modelward.registry.interface import RegisteredModel


def confirmed(wanted: DesiredModel, actual: RegisteredModel) -> ModelPlan:
    """The plan for an imported model that nobody adopted; it has no steps."""
    return ModelPlan(
        wanted.model,
        wanted.registry,
        wanted.registered_model,
        tuple(_state(target, wanted, actual) for target in wanted.targets),
        notes=(*strange_aliases(wanted, actual), *_strange_stages(wanted, actual)),
        observed=actual,
    )


def _state(target: Target, wanted: DesiredModel, actual: RegisteredModel) -> EnvironmentState:
    alias = actual.aliases.get(target.pointers.alias)
    shown = shown_in(target, wanted, actual)
    serving = [alias] if alias is not None else _staged(target, actual)
    if alias is None and serving:
        shown = f"{', '.join(label_of(version, wanted) for version in serving)} by its stage"
    state: SyncState = "Synced"
    reason = ""
    if target.pin is not None and not wanted.retired:
        if serving != [target.pin.version]:
            state, reason = (
                "Blocked",
                "imported, and the registry does not show it here; `modelward apply --adopt` moves it",
            )
        elif alias is None:
            reason = f"imported; `modelward apply --adopt` sets alias {target.pointers.alias}"
    elif wanted.retired and serving:
        state, reason = "Blocked", "imported and retired; `modelward apply --adopt` takes it out"
    elif alias is not None or (serving and not target.entrance):
        state, reason = "OutOfSync", "git deploys nothing here"
    return EnvironmentState(
        target.environment, state, None if target.pin is None else target.pin.release, shown, reason
    )


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
