"""From a snapshot and its registries to a plan: each registry read once, whole or not at all."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from modelward.errors import CannotEvaluate, ModelwardError, as_defect
from modelward.gate.scopes import Scope
from modelward.gate.verdict import Verdict
from modelward.reconcile.accompanying import Away, Found, Routed, suspensions_on
from modelward.reconcile.actions import REPOSITORY_TAG, MoveAlias
from modelward.reconcile.confirming import unconfirmed
from modelward.reconcile.desired import DesiredModel, Target, Topology, Unwanted, desired, topology
from modelward.reconcile.direction import SyncState
from modelward.reconcile.hashing import true_digest
from modelward.reconcile.knowledge import Knowledge
from modelward.reconcile.pin import Pin
from modelward.reconcile.planning import Circumstances, plan_model, selected, suspects, unknown, unusable
from modelward.reconcile.registries import Registries
from modelward.reconcile.states import HEALTHY, UNKNOWN_REGISTRY, ModelPlan, blocked
from modelward.reconcile.switching import found_in, switched_off
from modelward.registry.interface import (
    ArtifactUnreadable,
    RegisteredModel,
    RegistryRefused,
    RegistryUnavailable,
)
from modelward.specs.scalars import Digest, EnvironmentName, RegistryName, ReleaseName
from modelward.traffic.interface import TrafficRefused
from modelward.tree.model import Model
from modelward.tree.place import Unreadable
from modelward.tree.snapshot import Snapshot


@dataclass(frozen=True)
class Untrusted:
    """What was merged and is not followed: a model, or everything after `trusted` when that is None."""

    scope: Scope | None
    trusted: str
    verdict: Verdict


@dataclass(frozen=True)
class Plan:
    """The plans of all models, and the registered models that no spec speaks of."""

    models: tuple[ModelPlan, ...]
    without_spec: tuple[tuple[RegistryName, str], ...]
    left_behind: tuple[tuple[RegistryName, str], ...] = ()
    """Those of them that bear this repository's tag: git had a spec of them once."""
    untrusted: tuple[Untrusted, ...] = ()

    @property
    def changes(self) -> int:
        """The number of steps."""
        return sum(len(model.actions) for model in self.models)

    @property
    def blocked(self) -> int:
        """The number of models that cannot follow git."""
        return sum(model.blocked for model in self.models)


AHEAD: Final = 500
"""Models that are read while registries are still being listed."""

Promoted = Callable[[str], frozenset[EnvironmentName]]
"""The environments of a model that deploy another release than when the model was added."""


def make_plan(
    snapshot: Snapshot,
    names: Iterable[str],
    registries: Registries,
    run: Circumstances,
    *,
    whole: bool,
    judge: Callable[[str], str | None],
    promoted: Promoted,
    knowledge: Knowledge | None = None,
) -> Plan:
    """The plan for the models called `names`, which are the `whole` repository or a part.

    Without `knowledge` there is no ledger: then nothing is remembered, and each environment follows git at once.

    `judge` says why a model's specs may not be applied, or None; it is asked for models with steps alone. `promoted` is
    asked where the registry does not show what was imported.
    """
    environments = topology({name: file.spec for name, file in snapshot.environments.items()})
    warns = frozenset(name for name, file in snapshot.environments.items() if file.spec.drift == "warn")
    plans: list[ModelPlan] = []
    claimed: set[tuple[RegistryName, str]] = set()
    read = ((model, wanted) for model in snapshot.models(names) for wanted in desired(model, environments))
    for model, wanted in _read_ahead(read, registries):
        if isinstance(wanted, Unwanted):
            plans.append(unknown(wanted))
            continue
        claimed.add((wanted.registry, wanted.registered_model))
        planning = _Planning(model, wanted, registries, run, judge, promoted, knowledge, warns)
        plans.append(planning.plan())
    # A model that cannot be read may claim any name, so only a repository that is read whole can miss one.
    complete = whole and all(plan.registry != UNKNOWN_REGISTRY for plan in plans)
    without_spec = _without_spec(environments, registries, claimed) if complete else ()
    left_behind = tuple(
        (registry, name)
        for registry, name in without_spec
        if registries.listed(registry)[name].tags.get(REPOSITORY_TAG) == run.repository
    )
    return Plan(tuple(plans), without_spec, left_behind)


def _read_ahead(
    read: Iterable[tuple[Model, DesiredModel | Unwanted]], registries: Registries
) -> Iterator[tuple[Model, DesiredModel | Unwanted]]:
    """The same in its order; while a registry is being listed, models are read on, up to a bound."""
    ahead: deque[tuple[Model, DesiredModel | Unwanted]] = deque()
    for model, wanted in read:
        if isinstance(wanted, DesiredModel):
            registries.begin(wanted.registry)
        ahead.append((model, wanted))
        while ahead and (len(ahead) > AHEAD or _known(ahead[0][1], registries)):
            yield ahead.popleft()
    yield from ahead


def _known(wanted: DesiredModel | Unwanted, registries: Registries) -> bool:
    return isinstance(wanted, Unwanted) or registries.known(wanted.registry)


@dataclass(frozen=True)
class _Planning:
    """The plan of one model, from what a run observes."""

    model: Model
    wanted: DesiredModel
    registries: Registries
    run: Circumstances
    judge: Callable[[str], str | None]
    promoted: Promoted
    knowledge: Knowledge | None
    warns: Collection[EnvironmentName]
    """The environments where what somebody moved is left and told."""

    def plan(self) -> ModelPlan:
        """What to do about the model; `Unknown`, and nothing to do, where something could not be read.

        A defect of ours that one model meets keeps no other from going back, nor this one from being switched off.
        """
        try:
            return self._plan()
        except ModelwardError:
            raise
        except Exception as error:  # noqa: BLE001 - see above
            why = as_defect(error)
            actual = self.registries.listed(self.wanted.registry).get(self.wanted.registered_model)
            return self._hampered(self.wanted, actual, why, "Unknown")

    def _plan(self) -> ModelPlan:
        wanted, actual = self.wanted, None
        try:
            actual = self.registries.listed(wanted.registry).get(wanted.registered_model)
            if actual is None:
                return plan_model(wanted, None, {}, self.run)
            wanted, digests = self._directed(actual)
            urgent = _urgent_alone(wanted)
            if urgent is not None:
                # All else of the model is looked at anew when that is done, and cannot hold it up.
                plan = self._planned(urgent, actual, digests | self._suspect(urgent, actual))
                if plan.actions:
                    return replace(_whole(plan), urgent=True)
            if (off := self._switched_off(actual)) is not None:
                return off
            plan = _whole(self._planned(wanted, actual, digests | self._suspect(wanted, actual)))
            if plan.actions and (refusal := self.judge(wanted.model)) is not None:
                return blocked(wanted, actual, refusal)
        except (RegistryRefused, TrafficRefused) as error:
            return self._hampered(wanted, actual, error.message, "Blocked")
        except (Unreadable, CannotEvaluate) as error:
            return self._hampered(wanted, actual, error.message, "Unknown")
        return plan

    def _hampered(self, wanted: DesiredModel, actual: RegisteredModel | None, why: str, state: SyncState) -> ModelPlan:
        """A plan that does nothing but what git has switched off, because something else cannot be told."""
        off = None if actual is None else self._switched_off(actual)
        return blocked(wanted, actual, why, state) if off is None else off

    def _switched_off(self, actual: RegisteredModel) -> ModelPlan | None:
        """What git has switched off and is still on, where the model is this repository's to move."""
        ours = self._ours or actual.tags.get(REPOSITORY_TAG) == self.run.repository
        return switched_off(selected(self.wanted, self.run), actual, self.registries) if ours else None

    def _planned(
        self, wanted: DesiredModel, actual: RegisteredModel, digests: Mapping[int, Digest | None]
    ) -> ModelPlan:
        strange = unconfirmed(wanted, actual)
        # What the ledger knows as ours is moved as git says, whoever has moved it since.
        moved = strange if self._ours else self.promoted(wanted.model) if strange else frozenset()
        found, run, notes = self._routed(wanted), self.run, []
        if (owner := actual.tags.get(REPOSITORY_TAG)) != run.repository and self._ours:
            # The ledger knows whose it is; somebody has taken the tag away, or put another one there (THREATS T86).
            run = replace(run, adopt=True)
            notes.append(f"ALARM: its tag says {owner or 'nothing'}, and the ledger that it is this repository's")
        plan = plan_model(wanted, actual, digests, run, moved, found)
        away = frozenset(name for name, routed in found.items() if isinstance(routed, Away))
        why = "what splits its traffic cannot be asked; the next run goes on with it"
        notes += [f"{name}: {why}" for name in sorted(away)]
        return replace(plan, notes=(*plan.notes, *notes, *self._unremembered(plan)), unrouted=away)

    def _unremembered(self, plan: ModelPlan) -> Iterator[str]:
        """Where no ledger is kept: what comes in at once though canary.yaml gives it steps, and what hands moved."""
        moved = {step.environment for step in plan.actions if isinstance(step, MoveAlias)}
        if self.knowledge is None and moved:
            steps = self.model.canary.spec.environments
            for name in sorted(name for name in moved & steps.keys() if steps[name].steps):
                yield f"{name}: no ledger is kept, so what comes in comes at once, and not by the steps of canary.yaml"
            for name in sorted(moved.intersection(self.warns)):
                yield f"{name}: no ledger tells who moved the alias: it is put back, though it says `drift: warn`"

    @property
    def _ours(self) -> bool:
        return self.knowledge is not None and self.knowledge.ours(self.wanted.model)

    def _directed(self, actual: RegisteredModel) -> tuple[DesiredModel, dict[int, Digest | None]]:
        """Where each environment goes now, and the digests that were taken to tell."""
        digests: dict[int, Digest | None] = {}
        knowledge = self.knowledge
        owner = actual.tags.get(REPOSITORY_TAG)
        # What was imported and never taken over is only compared, as git has it.
        only_compared = self.wanted.imported and owner is None and not self.run.adopt and not self._ours
        if knowledge is None or only_compared:
            return self.wanted, digests
        tagged = suspensions_on(actual)
        unfit: dict[EnvironmentName, frozenset[ReleaseName]] = {}
        while True:
            directed = knowledge.directed(self.model, self.wanted, actual, tagged, unfit)
            broken = [target for target in directed.targets if not self._restorable(target, actual, digests)]
            if not broken:
                return directed, digests
            for target in broken:
                assert target.pin is not None
                unfit[target.environment] = unfit.get(target.environment, frozenset()) | {target.pin.release}

    def _restorable(self, target: Target, actual: RegisteredModel, digests: dict[int, Digest | None]) -> bool:
        """Whether the release that an environment goes back to is there, with its own bytes; hashed now."""
        direction, pin = target.direction, target.pin
        if direction is None or pin is None or not direction.restores:
            return True
        if pin.version in actual.versions and pin.version not in digests:
            try:
                registry = self.registries.open(self.wanted.registry)
                digests[pin.version] = true_digest(registry, self.wanted.registered_model, pin)
            except ArtifactUnreadable:
                digests[pin.version] = None
        return unusable(pin, actual, digests) is None

    def _suspect(self, wanted: DesiredModel, actual: RegisteredModel) -> dict[int, Digest | None]:
        """The true digests of what nothing but its bytes can tell, or what somebody has moved in before git did."""
        pins = {pin.version: pin for pin in (*suspects(wanted, actual), *_moved_before(wanted, actual))}
        registry = self.registries.open(wanted.registry)
        return {number: true_digest(registry, wanted.registered_model, pin) for number, pin in pins.items()}

    def _routed(self, wanted: DesiredModel) -> Found:
        found: dict[EnvironmentName, Routed] = {}
        for target in wanted.targets:
            if target.traffic != "none" and not target.stays:
                try:
                    found[target.environment] = found_in(self.registries, target.environment, wanted.registered_model)
                except (CannotEvaluate, TrafficRefused):
                    if target.direction is None or not target.direction.urgent:
                        raise
                    found[target.environment] = Away()
        return found


def _whole(plan: ModelPlan) -> ModelPlan:
    """The same plan with all releases where not all is as it should be, and else with those that are deployed.

    All of them must be readable then. What was read of the model is not kept for as long as the plan is.
    """
    if plan.actions or any(state.state not in HEALTHY for state in plan.states):
        return replace(plan, pins=dict(plan.pins))
    return replace(plan, pins={target.pin.version: target.pin for target in plan.targets if target.pin is not None})


def _moved_before(wanted: DesiredModel, actual: RegisteredModel) -> Iterator[Pin]:
    """Releases that enter an environment whose alias names them already, so that no step would have them hashed."""
    for target in wanted.targets:
        enters = target.direction is not None and target.direction.kind in ("promotion", "rollback")
        if enters and not target.stays and target.pin is not None:
            pin = target.pin
            if actual.aliases.get(target.pointers.alias) == pin.version and pin.version in actual.versions:
                yield pin


def _urgent_alone(wanted: DesiredModel) -> DesiredModel | None:
    """The same with everything staying that is not urgent; None where nothing is."""
    if not any(target.direction is not None and target.direction.urgent for target in wanted.targets):
        return None
    targets = (
        target if target.direction is not None and target.direction.urgent else replace(target, stays=True)
        for target in wanted.targets
    )
    return replace(wanted, targets=tuple(targets))


def _without_spec(
    environments: Topology, registries: Registries, claimed: set[tuple[RegistryName, str]]
) -> tuple[tuple[RegistryName, str], ...]:
    names = dict.fromkeys(environment.registry.name for _, environment in environments)
    away = {name for name in names if isinstance(registries.try_listed(name), RegistryUnavailable)}
    return tuple(
        (registry, name)
        for registry in names
        if registry not in away
        for name in sorted(registries.listed(registry))
        if (registry, name) not in claimed
    )
