"""How a model stands against git, and the steps that close the difference."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from modelward.reconcile.actions import Action
from modelward.reconcile.desired import DesiredModel, Target
from modelward.reconcile.direction import Direction, SyncState
from modelward.reconcile.pin import Pin
from modelward.registry.interface import RegisteredModel
from modelward.specs.scalars import EnvironmentName, ModelName, RegistryName, ReleaseName
from modelward.tree.place import Unreadable

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
    since: datetime | None = None
    until: datetime | None = None
    lift: str = ""
    """What would end it before, as a command or in words."""


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
    targets: tuple[Target, ...] = ()
    """What each environment should show."""
    pins: Mapping[int, Pin] = field(default_factory=dict, compare=False)
    """All releases of the model in that registry."""
    urgent: bool = False
    """Whether the steps reduce risk, so that they wait for nothing and nobody."""
    unrouted: frozenset[EnvironmentName] = frozenset()
    """Environments whose traffic is to be relieved, and cannot be asked now."""
    stuck: bool = False
    """Whether it is blocked as a whole, so that nothing of it is known to be as git says."""

    @property
    def directions(self) -> Iterator[tuple[EnvironmentName, Direction]]:
        """Where each environment goes, and with it what goes on record; not of those that stay."""
        for target in self.targets:
            if target.direction is not None and not target.stays:
                yield target.environment, target.direction

    def target(self, environment: EnvironmentName) -> Target | None:
        """What an environment should show; None when the plan does not know it."""
        return next((target for target in self.targets if target.environment == environment), None)

    @property
    def blocked(self) -> bool:
        """Whether something must be mended before this model can follow git."""
        return any(state.state in ("Blocked", "Unknown") for state in self.states)


def blocked(wanted: DesiredModel, actual: RegisteredModel | None, why: str, state: SyncState = "Blocked") -> ModelPlan:
    """A plan that does nothing, because something must be mended first, or because the registry is `Unknown`."""
    states = tuple(
        EnvironmentState(target.environment, state, target.deployed, shown_in(target, wanted, actual), why)
        for target in wanted.targets
    )
    names = (wanted.model, wanted.registry, wanted.registered_model)
    return ModelPlan(*names, states, observed=actual, targets=wanted.targets, stuck=True)


def unbelieved(plan: ModelPlan, why: str) -> ModelPlan:
    """The same as far as it reduces risk, and else a plan that does nothing: its registry is not to be believed."""
    if plan.urgent and plan.actions:
        return plan
    states = tuple(replace(one, state="Unknown", reason=why, since=None, until=None, lift="") for one in plan.states)
    names = (plan.model, plan.registry, plan.registered_model)
    targets = tuple(replace(target, direction=None) for target in plan.targets)
    return ModelPlan(*names, states, targets=targets, stuck=True)


def strange_aliases(wanted: DesiredModel, actual: RegisteredModel) -> list[str]:
    """Aliases that mislead: of no version, nearly named like an environment's, or of an environment that git left."""
    notes = []
    managed = {target.pointers.alias: target for target in wanted.targets}
    for alias, version in sorted(actual.aliases.items()):
        if version not in actual.versions:
            notes.append(f"alias `{alias}` names version {version}, which does not exist")
        if alias not in managed and alias.casefold() in managed:
            notes.append(f"alias `{alias}` differs from `{alias.casefold()}` only in case")
        if alias in managed and managed[alias].pin is None and not wanted.retired:
            environment, deployed = managed[alias].environment, managed[alias].deployed
            said = "nothing" if deployed is None else deployed
            notes.append(
                f"alias `{alias}` names {label_of(version, wanted)}, and git deploys {said} to {environment}; "
                "it is left as it is"
            )
    return notes


def shown_in(target: Target, wanted: DesiredModel, actual: RegisteredModel | None) -> str:
    """What the registry shows for an environment, for people."""
    version = None if actual is None else actual.aliases.get(target.pointers.alias)
    return "none" if version is None else label_of(version, wanted)


def label_of(version: int, wanted: DesiredModel) -> str:
    """A version with the release that git knows it as."""
    try:
        pin = wanted.pins.get(version)
    except Unreadable:
        return f"{version} (a release that cannot be read)"
    return f"{version} ({pin.release if pin is not None else 'no release of git'})"
