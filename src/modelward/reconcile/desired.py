"""What merged specs want of a registry."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from modelward.errors import CannotEvaluate
from modelward.reconcile.direction import Direction
from modelward.reconcile.pin import Pin, Pins
from modelward.specs.environment import Environment, Pointers, TrafficKind
from modelward.specs.manifest import Deployment
from modelward.specs.release import Release
from modelward.specs.scalars import EnvironmentName, ModelName, RegistryName, ReleaseName
from modelward.tree.model import Model
from modelward.tree.place import Unreadable


@dataclass(frozen=True)
class Target:
    """What one environment should show: the release `pin`, or what it shows already when that is None.

    As git says it, `pin` is what is deployed there; once directed, it is where the environment is to go now. What
    `stays` keeps all that it has. `entrance`: no environment comes before it, so that its stage may hold candidates.
    """

    environment: EnvironmentName
    pointers: Pointers
    pin: Pin | None
    held_until: datetime | None
    entrance: bool
    deployment: Deployment | None = None
    traffic: TrafficKind = "none"
    direction: Direction | None = None
    stays: bool = False

    @property
    def deployed(self) -> ReleaseName | None:
        """The release that git deploys here."""
        if self.deployment is not None:
            return self.deployment.release
        return None if self.pin is None else self.pin.release


@dataclass(frozen=True)
class DesiredModel:
    """What one model's specs want in one registry; targets stand in the order of promotion."""

    model: ModelName
    registry: RegistryName
    registered_model: str
    targets: tuple[Target, ...]
    pins: Mapping[int, Pin]
    retired: bool
    imported: bool = False
    """Whether all that is deployed was found in the registry rather than promoted from git."""


@dataclass(frozen=True)
class Unwanted:
    """A model whose specs cannot say what they want; it keeps what it has."""

    model: ModelName
    reason: str


Topology = tuple[tuple[EnvironmentName, Environment], ...]
"""The environments in the order of promotion: each stands after the one that it promotes from."""


def topology(environments: Mapping[EnvironmentName, Environment]) -> Topology:
    """The environments in the order of promotion.

    Raises `CannotEvaluate` for an unknown or circular `promotes_from`, and for an alias that two environments claim:
    each would move it away from the other for ever.
    """
    claimed: dict[tuple[RegistryName, str], EnvironmentName] = {}
    for name, environment in environments.items():
        pointers = environment.registry
        for alias in filter(None, (pointers.alias, pointers.challenger_alias)):
            other = claimed.setdefault((pointers.name, alias), name)
            if other != name:
                message = f"alias `{alias}` of registry `{pointers.name}` is claimed by `{other}` and by `{name}`"
                raise CannotEvaluate(message, f"correct environments/{name}.yaml")
    depths: dict[EnvironmentName, int] = {}
    for name in environments:
        depth, seen, current = 0, {name}, environments[name].promotes_from
        while current is not None:
            if current in seen or current not in environments:
                raise CannotEvaluate(
                    f"environment `{name}` promotes from `{current}`, which is unknown or leads back to it",
                    f"correct environments/{name}.yaml",
                )
            seen.add(current)
            depth, current = depth + 1, environments[current].promotes_from
        depths[name] = depth
    return tuple((name, environments[name]) for name in sorted(environments, key=lambda name: (depths[name], name)))


def desired(model: Model, environments: Topology) -> tuple[DesiredModel | Unwanted, ...]:
    """What the model wants, one entry for each registry that its environments use."""
    try:
        manifest = model.manifest.spec
        deployed = {deployment.release for deployment in manifest.deployments.values()}
        absent = deployed - set(model.release_folders)
        releases = {name: model.release(name).spec for name in deployed - absent}
        imported = all(release.imported for release in releases.values()) if deployed else model.any_imported
    except Unreadable as unreadable:
        return (Unwanted(model.name, unreadable.message),)
    unknown = set(manifest.deployments) - {name for name, _ in environments}
    if unknown or absent:
        named = ", ".join(sorted({*unknown, *absent}))
        return (Unwanted(model.name, f"its deployments name what does not exist: {named}"),)
    wanted: list[DesiredModel | Unwanted] = []
    for registry in dict.fromkeys(environment.registry.name for _, environment in environments):
        targets = []
        for name, environment in environments:
            if environment.registry.name == registry:
                deployment = manifest.deployments.get(name)
                until = deployment.hold.until if deployment is not None and deployment.hold is not None else None
                pin = None if deployment is None else _pin(releases[deployment.release], registry)
                if deployment is not None and pin is None:
                    return (Unwanted(model.name, f"release {deployment.release} is not registered in `{registry}`"),)
                entrance, traffic = environment.promotes_from is None, environment.traffic.kind
                targets.append(Target(name, environment.registry, pin, until, entrance, deployment, traffic))
        known = (target.pin for target in targets if target.pin is not None)
        pins = Pins(known, partial(_pins, model, registry))
        retired = manifest.retired is not None
        wanted.append(
            DesiredModel(model.name, registry, manifest.registered_model, tuple(targets), pins, retired, imported)
        )
    return tuple(wanted)


def _pins(model: Model, registry: RegistryName) -> Iterator[Pin]:
    for release in model.releases.values():
        pin = _pin(release.spec, registry)
        if pin is not None:
            yield pin


def _pin(release: Release, registry: RegistryName) -> Pin | None:
    registered = release.registered.get(registry)
    if registered is None:
        return None
    return Pin(release.release, registered.version, registered.run_id, release.artifact.digest, release.imported)
