"""A new release: what must hold before its record is written, and the record."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modelward.authoring.rendering import Comments, render
from modelward.authoring.version_facts import Data, VersionFacts
from modelward.errors import Denied, WrongUse
from modelward.specs.scalars import Digest, RegistryName, ReleaseName, SemanticVersion
from modelward.tree.edit import Value
from modelward.tree.model import Model
from modelward.tree.source import Source

_DIGEST = re.compile(rb"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class NewRelease:
    """A release that is not yet written: a version of a registry under a name of our own."""

    name: ReleaseName
    registry: RegistryName
    facts: VersionFacts
    data: Sequence[Data]
    imported: bool
    image: str | None = None
    ticket: str | None = None


def next_release(model: Model, name: str) -> ReleaseName:
    """The name of a release that may be added to a model.

    Raises `WrongUse` when it is no semantic version, and `Denied` when it exists or is not above those that do.
    """
    try:
        version = SemanticVersion.parse(name)
    except ValueError as error:
        raise WrongUse(f"`{name}` is no semantic version", "name it like 1.4.0 or 2.0.0-rc.1") from error
    if name in model.release_folders:
        raise Denied(f"`{model.name}` has a release {name} already, which never changes", "take the next version")
    highest = max(map(_parsed, model.release_folders), key=lambda each: each[0], default=None)
    if highest is not None and not version > highest[0]:
        raise Denied(
            f"release {name} is not above {highest[1]}, the highest of `{model.name}`", "take a higher version"
        )
    return ReleaseName(name)


def check_unclaimed(model: Model, registry: RegistryName, version: int) -> None:
    """Raise `Denied` when a release of the model pins this version of the registry."""
    for name, folder in model.releases.items():
        registered = folder.spec.registered.get(registry)
        if registered is not None and registered.version == version:
            raise Denied(
                f"version {version} is release {name} of `{model.name}` already", "name another --registered-version"
            )


def pinned(source: Source) -> Mapping[Digest, str]:
    """Every digest that a release record writes, with the record's path; also in records that cannot be read."""
    records = [entry for entry in source.entries("models") if entry.path.endswith("/release.yaml")]
    return {
        Digest(digest.decode()): entry.path for entry, data in source.read(records) for digest in _DIGEST.findall(data)
    }


def record(path: str, new: NewRelease, comments: Comments | None = None) -> bytes:
    """The record of a release, as it stands at `path`. Raises `Unreadable` when it would be no release."""
    facts = new.facts
    registered: dict[str, Value] = {"version": facts.version}
    if facts.run_id is not None:
        registered["run_id"] = facts.run_id
    document: dict[str, Value] = {
        "release": new.name,
        "artifact": {"digest": facts.digest, "size": facts.size},
        "registered": {new.registry: registered},
    }
    training = facts.training
    if training.at is not None and training.code is not None and training.python is not None:
        document["trained"] = {
            "at": f"{training.at:%Y-%m-%dT%H:%M:%SZ}",
            "code": training.code,
            "python": training.python,
        }
    if new.data:
        document["datasets"] = [_dataset(data) for data in new.data]
    document |= {name: value for name, value in (("image", new.image), ("ticket", new.ticket)) if value is not None}
    return render(path, document | {"imported": new.imported, "evidence": []}, comments)


def _dataset(data: Data) -> Mapping[str, Value]:
    dataset: dict[str, Value] = {"role": data.role, "digest": data.digest}
    return dataset if data.snapshot is None else dataset | {"snapshot": data.snapshot}


def _parsed(name: str) -> tuple[SemanticVersion, str]:
    try:
        return SemanticVersion.parse(name), name
    except ValueError as error:
        raise Denied(f"the release folder `{name}` is no semantic version", "rename or remove it first") from error
