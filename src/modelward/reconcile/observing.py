"""From a snapshot and its registries to a plan: each registry read once, whole or not at all."""

import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from modelward.errors import CannotEvaluate
from modelward.gate.scopes import Scope
from modelward.gate.verdict import Verdict
from modelward.reconcile.actions import REPOSITORY_TAG
from modelward.reconcile.confirming import unconfirmed
from modelward.reconcile.desired import DesiredModel, Pin, Topology, Unwanted, desired, topology
from modelward.reconcile.planning import Circumstances, plan_model, suspects, unknown
from modelward.reconcile.states import UNKNOWN_REGISTRY, ModelPlan, blocked
from modelward.registry.interface import (
    ArtifactUnreadable,
    RegisteredModel,
    Registry,
    RegistryRefused,
    RegistryUnavailable,
)
from modelward.specs.scalars import Digest, EnvironmentName, RegistryName
from modelward.tree.digest import artifact_digest
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


class Registries:
    """The registries of a run, each opened and listed once."""

    def __init__(self, connect: Callable[[RegistryName], Registry]) -> None:
        self._connect = connect
        self._open: dict[RegistryName, Registry] = {}
        self._listed: dict[RegistryName, Mapping[str, RegisteredModel] | RegistryUnavailable] = {}

    def open(self, name: RegistryName) -> Registry:
        """The registry called `name`."""
        if name not in self._open:
            self._open[name] = self._connect(name)
        return self._open[name]

    def listed(self, name: RegistryName) -> Mapping[str, RegisteredModel]:
        """All models of a registry, as they were when it was first asked; raises `RegistryUnavailable`."""
        found = self.try_listed(name)
        if isinstance(found, RegistryUnavailable):
            raise found
        return found

    def try_listed(self, name: RegistryName) -> Mapping[str, RegisteredModel] | RegistryUnavailable:
        """All models of a registry, or why it could not be read."""
        found = self._listed.get(name)
        if found is None:
            try:
                found = self.open(name).models()
            except RegistryUnavailable as error:
                found = error
            self._listed[name] = found
        return found

    @property
    def unavailable(self) -> tuple[RegistryUnavailable, ...]:
        """Why registries could not be read; nothing is known of their models."""
        return tuple(found for found in self._listed.values() if isinstance(found, RegistryUnavailable))


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
) -> Plan:
    """The plan for the models called `names`, which are the `whole` repository or a part.

    `judge` says why a model's specs may not be applied, or None; it is asked for models with steps alone. `promoted` is
    asked where the registry does not show what was imported.
    """
    environments = topology({name: file.spec for name, file in snapshot.environments.items()})
    plans: list[ModelPlan] = []
    claimed: set[tuple[RegistryName, str]] = set()
    for name in names:
        for wanted in desired(snapshot.model(name), environments):
            if isinstance(wanted, Unwanted):
                plans.append(unknown(wanted))
                continue
            claimed.add((wanted.registry, wanted.registered_model))
            plans.append(_plan_one(wanted, registries, run, judge, promoted))
    # A model that cannot be read may claim any name, so only a repository that is read whole can miss one.
    complete = whole and all(plan.registry != UNKNOWN_REGISTRY for plan in plans)
    without_spec = _without_spec(environments, registries, claimed) if complete else ()
    left_behind = tuple(
        (registry, name)
        for registry, name in without_spec
        if registries.listed(registry)[name].tags.get(REPOSITORY_TAG) == run.repository
    )
    return Plan(tuple(plans), without_spec, left_behind)


def _plan_one(
    wanted: DesiredModel,
    registries: Registries,
    run: Circumstances,
    judge: Callable[[str], str | None],
    promoted: Promoted,
) -> ModelPlan:
    try:
        actual = registries.listed(wanted.registry).get(wanted.registered_model)
    except RegistryUnavailable as error:
        return blocked(wanted, None, error.message, "Unknown")
    try:
        digests = _suspect_digests(wanted, actual, registries)
    except (RegistryUnavailable, ArtifactUnreadable) as error:
        return blocked(wanted, actual, error.message, "Unknown")
    except RegistryRefused as error:
        return blocked(wanted, actual, error.message)
    moved = promoted(wanted.model) if actual is not None and unconfirmed(wanted, actual) else frozenset()
    plan = plan_model(wanted, actual, digests, run, moved)
    if plan.actions and (refusal := judge(wanted.model)) is not None:
        return blocked(wanted, actual, refusal)
    return plan


def _suspect_digests(
    wanted: DesiredModel, actual: RegisteredModel | None, registries: Registries
) -> dict[int, Digest | None]:
    return {
        pin.version: true_digest(registries.open(wanted.registry), wanted.registered_model, pin)
        for pin in suspects(wanted, actual)
    }


def true_digest(registry: Registry, registered_model: str, pin: Pin) -> Digest | None:
    """The digest of the bytes that the registry holds for a version now; None when it has no plain files.

    Raises what `Registry.fetch_artifact` raises, and `ArtifactUnreadable` when this machine cannot take the files.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="modelward-") as folder:
            files = registry.fetch_artifact(registered_model, pin.version, Path(folder))
            try:
                digest, size = artifact_digest(files)
            except CannotEvaluate:
                return None
    except OSError as error:
        message = f"the files of version {pin.version} of `{registered_model}` cannot be kept here: {error.strerror}"
        raise ArtifactUnreadable(message, "is there space for temporary files?") from error
    return digest if size else None


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
