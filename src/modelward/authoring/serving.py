"""What a registry serves in each environment, read from aliases and stages that others have set."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from modelward.reconcile.desired import Topology
from modelward.registry.interface import RegisteredModel, Stage
from modelward.specs.environment import Environment
from modelward.specs.scalars import EnvironmentName


@dataclass(frozen=True)
class Pointer:
    """What a person says shows an environment's release: exactly one of an alias and a stage."""

    alias: str | None = None
    stage: Stage | None = None


@dataclass(frozen=True)
class Serving:
    """The version that each environment serves, why some environments are left for a person, and what to know.

    `pointed` are all versions that an alias or a stage of an environment names, also where they contradict each other.
    """

    versions: Mapping[EnvironmentName, int]
    unclear: Mapping[EnvironmentName, str]
    notes: tuple[str, ...]
    pointed: frozenset[int]


def serving(model: RegisteredModel, environments: Topology, said: Mapping[EnvironmentName, Pointer]) -> Serving:
    """What the aliases of the environments say, and their stages where no alias stands.

    Where the two contradict each other, an alias leads nowhere, or two versions stand in one stage, a person must say
    which of them counts: `said` names the pointer that alone shows an environment.
    """
    versions: dict[EnvironmentName, int] = {}
    unclear: dict[EnvironmentName, str] = {}
    notes: list[str] = []
    pointed: set[int] = set()
    for index, (name, environment) in enumerate(environments):
        later = {each.registry.stage for _, each in environments[index + 1 :]}
        pointer = said.get(name)
        pointed.update(_pointed(model, environment, pointer))
        found = _by_default(model, environment, later) if pointer is None else _by(model, pointer)
        if isinstance(found, str):
            unclear[name] = found
        elif found is not None:
            versions[name] = found
            notes.extend(_others(model, name, environment, found))
            own = environment.registry.alias
            if pointer is not None and model.aliases.get(own) != found:
                notes.append(f"{name} is blocked in a plan until alias `{own}` shows it too")
    return Serving(versions, unclear, tuple(notes), frozenset(pointed & model.versions.keys()))


def _by(model: RegisteredModel, pointer: Pointer) -> int | str | None:
    """The version that one pointer shows, why none can be told, or None where it is not set."""
    if pointer.alias is not None:
        version = model.aliases.get(pointer.alias)
        if version is not None and version not in model.versions:
            return f"alias `{pointer.alias}` names version {version}, which does not exist"
        return version
    staged = _staged(model, pointer.stage)
    if len(staged) > 1:
        return f"versions {_listed(staged)} are all in {pointer.stage}"
    return staged[0] if staged else None


def _by_default(model: RegisteredModel, environment: Environment, later: AbstractSet[Stage | None]) -> int | str | None:
    pointers = environment.registry
    aliased = _by(model, Pointer(alias=pointers.alias))
    staged = _staged(model, pointers.stage)
    if isinstance(aliased, str):
        return aliased
    if aliased is not None:
        # A version has one stage: that of the furthest environment. Candidates may stand in the first one's.
        elsewhere = environment.promotes_from is None or model.versions[aliased].stage in later
        if staged and aliased not in staged and not elsewhere:
            return f"alias `{pointers.alias}` names version {aliased}, and {pointers.stage} holds {_listed(staged)}"
        return aliased
    by_stage = _by(model, Pointer(stage=pointers.stage)) if pointers.stage is not None else None
    for alias, version in sorted(model.aliases.items()):
        if alias.casefold() == pointers.alias and version != by_stage:
            holds = f", and {pointers.stage} holds {_listed(staged)}" if staged else ""
            return f"alias `{alias}` names version {version}; the environment's is `{pointers.alias}`{holds}"
    return by_stage


def _pointed(model: RegisteredModel, environment: Environment, pointer: Pointer | None) -> list[int]:
    alias, stage = environment.registry.alias, environment.registry.stage
    named = [version for each, version in model.aliases.items() if each.casefold() == alias]
    if pointer is not None and pointer.alias is not None:
        named += [version for each, version in model.aliases.items() if each == pointer.alias]
    return named + _staged(model, stage) + _staged(model, None if pointer is None else pointer.stage)


def _others(model: RegisteredModel, name: EnvironmentName, environment: Environment, version: int) -> list[str]:
    stage, own = environment.registry.stage, environment.registry.alias
    others = [number for number in _staged(model, stage) if number != version]
    notes = [f"{name} serves version {version}; {stage} also holds {_listed(others)}"] if others else []
    return notes + [
        f"{name} serves version {version}; alias `{alias}`, which is not `{own}`, names {number}"
        for alias, number in sorted(model.aliases.items())
        if alias.casefold() == own and alias != own and number != version
    ]


def _staged(model: RegisteredModel, stage: Stage | None) -> list[int]:
    return sorted(number for number, each in model.versions.items() if stage is not None and each.stage == stage)


def _listed(versions: list[int]) -> str:
    return " and ".join(map(str, versions))
