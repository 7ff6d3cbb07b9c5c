"""Specs for what a live registry already serves. It is read, and nothing in it is changed."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

from modelward.authoring.imported_specs import imported_specs
from modelward.authoring.release import NewRelease, record
from modelward.authoring.serving import Serving
from modelward.authoring.version_facts import VersionFacts, facts_of
from modelward.errors import ModelwardError
from modelward.registry.interface import RegisteredModel, RegisteredVersion, Registry, RegistryUnavailable
from modelward.specs.scalars import Digest, EnvironmentName, ModelName, RegistryName, ReleaseName, SemanticVersion
from modelward.tree.place import Unreadable

RELEASE_TAGS = ("modelward.release", "release", "semver", "version")
"""Tags of a version that may name its release, in the order in which they are believed."""

_AT_ONCE = 8


@dataclass(frozen=True)
class Found:
    """A registered model that is to be imported, the name that it gets, and what it serves."""

    registered: RegisteredModel
    name: ModelName
    serving: Serving

    def versions(self, *, all_versions: bool) -> tuple[RegisteredVersion, ...]:
        """The versions that become releases: those that something points to, without such one the newest, or all."""
        known = self.registered.versions
        chosen = known if all_versions else self.serving.pointed or ([max(known)] if known else [])
        return tuple(known[number] for number in sorted(chosen))


@dataclass(frozen=True)
class Imported:
    """The files of one model, by path, and what was found in the registry."""

    registered_model: str
    model: ModelName
    files: Mapping[str, bytes]
    releases: Mapping[int, ReleaseName]
    deployments: Mapping[EnvironmentName, ReleaseName]
    unclear: tuple[str, ...]
    """What a person must decide, because the registry contradicts itself or has lost something."""
    notes: tuple[str, ...]


@dataclass(frozen=True)
class NotImported:
    """A registered model of which nothing is written, and why."""

    registered_model: str
    reason: str
    remedy: str


Read = Mapping[int, VersionFacts | ModelwardError]
"""What was read of each version of a model, or why it could not be."""


def read_versions(
    registry: Registry, jobs: Sequence[tuple[str, RegisteredVersion]], progress: Callable[[], None]
) -> dict[str, dict[int, VersionFacts | ModelwardError]]:
    """Download and hash versions of registered models, several at once; by name and number.

    What is wrong with one version is its own trouble. Raises `RegistryUnavailable` when the registry is away, because
    nothing may be written after half a reading.
    """

    def read(name: str, version: RegisteredVersion) -> VersionFacts | ModelwardError:
        try:
            return facts_of(registry, name, version)
        except RegistryUnavailable:
            raise
        except ModelwardError as error:
            return error

    found: dict[str, dict[int, VersionFacts | ModelwardError]] = {name: {} for name, _ in jobs}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        reading = [(name, version.version, pool.submit(read, name, version)) for name, version in jobs]
        try:
            for name, number, facts in reading:
                found[name][number] = facts.result()
                progress()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return found


def specs_for(found: Found, read: Read, registry: RegistryName, claimed: dict[Digest, str]) -> Imported | NotImported:
    """The specs of one model. `claimed` holds what pins each artifact that is known, and learns those of this model."""
    kept, lost = _unclaimed(found, read, claimed)
    if not kept:
        return _nothing(found, read, lost)
    releases, said = release_names({number: found.registered.versions[number] for number in kept})
    serves = found.serving
    deployments = {name: releases[number] for name, number in serves.versions.items() if number in kept}
    unclear = {**serves.unclear, **{name: lost[number] for name, number in serves.versions.items() if number in lost}}
    folder = f"models/{found.name}"
    try:
        files = imported_specs(
            found.name,
            found.registered.name,
            registry,
            found.registered.description,
            kept[max(kept)].described,
            deployments,
        )
        for number, name in releases.items():
            path = f"{folder}/releases/{name}/release.yaml"
            files[path] = record(path, NewRelease(name, registry, kept[number], kept[number].data, imported=True))
    except Unreadable as unreadable:
        return NotImported(
            found.registered.name, unreadable.message, "rename it in the registry, which keeps its versions"
        )
    claimed |= {facts.digest: f"version {number} of `{found.registered.name}`" for number, facts in kept.items()}
    notes = [*serves.notes, *(why for number, why in lost.items() if number not in serves.versions.values()), *said]
    return Imported(
        found.registered.name,
        found.name,
        files,
        releases,
        deployments,
        tuple(f"{name}: {why}" for name, why in unclear.items()),
        tuple(notes),
    )


def release_names(versions: Mapping[int, RegisteredVersion]) -> tuple[dict[int, ReleaseName], tuple[str, ...]]:
    """A name for the release of each version, and what to know of them.

    They are those of the tags when every version has one and they rise with its number; else `0.0.<number>`.
    """
    tagged = {number: _tagged(version) for number, version in sorted(versions.items())}
    names = [name for name in tagged.values() if name is not None]
    order = [SemanticVersion.parse(name) for name in names]
    if len(names) == len(tagged) and all(low < high for low, high in pairwise(order)):
        return dict(zip(tagged, names, strict=True)), ()
    notes = ("its versions are not all tagged with semantic versions that rise; they are named 0.0.<number>",)
    return {number: ReleaseName(f"0.0.{number}") for number in tagged}, notes if names else ()


def _tagged(version: RegisteredVersion) -> ReleaseName | None:
    for tag in RELEASE_TAGS:
        written = version.tags.get(tag, "").removeprefix("v")
        try:
            SemanticVersion.parse(written)
        except ValueError:
            continue
        return ReleaseName(written)
    return None


def _unclaimed(
    found: Found, read: Read, claimed: Mapping[Digest, str]
) -> tuple[dict[int, VersionFacts], dict[int, str]]:
    """The versions that can be releases, and why the others cannot: one artifact is one release.

    Of versions with the same bytes the one that serves furthest along is kept, then the newest.
    """
    furthest = [number for number in reversed(list(found.serving.versions.values())) if number in read]
    kept: dict[int, VersionFacts] = {}
    lost: dict[int, str] = {}
    holders = dict(claimed)
    for number in dict.fromkeys([*furthest, *sorted(read, reverse=True)]):
        facts = read[number]
        if isinstance(facts, ModelwardError):
            lost[number] = facts.message
        elif facts.digest in holders:
            lost[number] = (
                f"version {number} has the same bytes as {holders[facts.digest]}; one artifact is one release"
            )
        else:
            kept[number] = facts
            holders[facts.digest] = f"version {number}"
    return dict(sorted(kept.items())), lost


def _nothing(found: Found, read: Read, lost: Mapping[int, str]) -> NotImported:
    name = found.registered.name
    if not read:
        return NotImported(name, "it has no version", "register one, and import again")
    error = next((each for each in read.values() if isinstance(each, ModelwardError)), None)
    remedy = "leave one of the two to the other name" if error is None else error.remedy
    return NotImported(name, next(iter(lost.values())), remedy)
