"""The artifact of a release, from a registry: nothing is given on before its bytes were compared with the record."""

from pathlib import Path

from modelward.errors import Denied, WrongUse
from modelward.evidence.trial import Contender
from modelward.registry.interface import Registry
from modelward.specs.release import Release
from modelward.specs.scalars import RegistryName
from modelward.tree.digest import artifact_digest


def fetch(registry: Registry, name: RegistryName, registered_model: str, release: Release, into: Path) -> Contender:
    """Download the version that the release names in the registry `name` below the empty folder `into`.

    Raises `WrongUse` when the release is not in that registry, `Denied` when its files are not the pinned ones, and
    what the registry raises.
    """
    registered = release.registered.get(name)
    if registered is None:
        known = ", ".join(release.registered) or "none"
        raise WrongUse(f"release {release.release} names no version in the registry `{name}`", f"it names {known}")
    directory = registry.fetch_artifact(registered_model, registered.version, into)
    digest, _ = artifact_digest(directory)
    if digest != release.artifact.digest:
        raise Denied(
            f"version {registered.version} of `{registered_model}` in {registry.address} is {digest}, "
            f"and release {release.release} pins {release.artifact.digest}; it was not loaded",
            "find out who changed the artifact, or pin the right version",
        )
    return Contender(release.release, digest, directory)
