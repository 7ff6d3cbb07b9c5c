"""What a registry and the bytes that it holds say of one version: the facts that a release pins."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import get_args

from modelward.authoring.mlmodel import PYTHON, Described, described
from modelward.errors import Denied
from modelward.registry.interface import RegisteredVersion, Registry, RegistryRefused, Run
from modelward.specs.release import DatasetRole
from modelward.specs.scalars import DIGEST, TIME, Digest
from modelward.tree.digest import artifact_digest
from modelward.tree.scratch import scratch

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_RUN_ID = re.compile(r"[0-9a-f]{32}")
_COMMIT_TAGS = ("mlflow.source.git.commit", "code")


@dataclass(frozen=True)
class Data:
    """A dataset that a run logged by its digest, with the name of the approved cut if it logged that too."""

    role: DatasetRole
    digest: Digest
    snapshot: str | None


@dataclass(frozen=True)
class Training:
    """When, from which commit and under which Python a version was trained; None for what nobody wrote down."""

    at: datetime | None
    code: str | None
    python: str | None

    @property
    def unknown(self) -> tuple[str, ...]:
        """The names of what nobody wrote down."""
        facts = {"time of training": self.at, "git commit": self.code, "Python version": self.python}
        return tuple(name for name, fact in facts.items() if fact is None)


@dataclass(frozen=True)
class VersionFacts:
    """One version: its number and run, its bytes, and what its run and its files say of its training."""

    version: int
    run_id: str | None
    digest: Digest
    size: int
    described: Described
    training: Training
    data: tuple[Data, ...]


def facts_of(registry: Registry, name: str, version: RegisteredVersion) -> VersionFacts:
    """Download a version and hash it. Nothing is loaded.

    Raises `Denied` for a version that is not ready or has no bytes, `RegistryUnavailable` when the registry is away,
    and what else `Registry.fetch_artifact` and `artifact_digest` raise for this version alone.
    """
    if not version.ready:
        raise Denied(f"version {version.version} of `{name}` is not ready", "wait until its registration is complete")
    with scratch() as folder:
        directory = registry.fetch_artifact(name, version.version, folder)
        digest, size = artifact_digest(directory)
        if not size:
            raise Denied(
                f"version {version.version} of `{name}` has no bytes in the registry",
                "its files are gone, so nothing can be pinned: register the model again",
            )
        says = described(directory)
    run = _run(registry, version.run_id)
    return VersionFacts(
        version.version,
        version.run_id if version.run_id is not None and _RUN_ID.fullmatch(version.run_id) else None,
        digest,
        size,
        says,
        _training(run, says),
        () if run is None else _data(run.tags),
    )


def _run(registry: Registry, run_id: str | None) -> Run | None:
    try:
        return None if run_id is None else registry.run(run_id)
    except RegistryRefused:
        return None


def _training(run: Run | None, says: Described) -> Training:
    tags = {} if run is None else run.tags
    at = _time(tags.get("trained_at", "")) or says.made_at or (None if run is None else run.started_at)
    code = next((tags[tag] for tag in _COMMIT_TAGS if _COMMIT.fullmatch(tags.get(tag, ""))), None)
    python = tags.get("python", "")
    return Training(at, code, says.python or (python if PYTHON.fullmatch(python) else None))


def _time(written: str) -> datetime | None:
    try:
        return datetime.fromisoformat(written).astimezone(UTC) if re.fullmatch(TIME, written) else None
    except ValueError:
        return None


def _data(tags: Mapping[str, str]) -> tuple[Data, ...]:
    """The datasets that the tags `dataset.<role>` and `dataset.<role>.snapshot` name."""
    found = []
    for role in get_args(DatasetRole):
        digest = tags.get(f"dataset.{role}", "")
        if re.fullmatch(DIGEST, digest):
            found.append(Data(role, Digest(digest), tags.get(f"dataset.{role}.snapshot") or None))
    return tuple(found)
