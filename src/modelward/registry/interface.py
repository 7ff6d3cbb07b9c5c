"""The Protocol of a registry, the values that it gives, and its errors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

from modelward.errors import CannotEvaluate, ExitCode, ModelwardError
from modelward.specs.scalars import empty

Stage = Literal["None", "Staging", "Production", "Archived"]
STAGES: tuple[Stage, ...] = ("None", "Staging", "Production", "Archived")


class RegistryUnavailable(CannotEvaluate):
    """The registry cannot be reached, or answers what no registry answers. Nothing is known, so nothing is done."""


class RegistryUnconfigured(RegistryUnavailable):
    """This machine does not know where the registry is: nothing is known of its models alone."""

    code = ExitCode.USAGE


class RegistryRefused(ModelwardError):
    """The registry is there and refuses one request: a version is gone, a name not allowed, a right missing."""


class ArtifactUnreadable(CannotEvaluate):
    """The registry is there, and the files of one version cannot be read: nothing is known of that version alone."""


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """One version of a registered model."""

    version: int
    stage: Stage
    run_id: str | None
    ready: bool
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """A registered model with its pointers: aliases to version numbers, tags, and every version."""

    name: str
    aliases: Mapping[str, int]
    tags: Mapping[str, str]
    versions: Mapping[int, RegisteredVersion]
    description: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Run:
    """What a registry keeps of the run that made a version; `metrics` are the last value of each, and finite."""

    run_id: str
    started_at: datetime | None
    tags: Mapping[str, str]
    params: Mapping[str, str] = field(default_factory=empty)
    metrics: Mapping[str, float] = field(default_factory=empty)


@dataclass(frozen=True, slots=True)
class About:
    """What a registry says of itself: its version, and what time it was there when it answered; None where it does not.

    A database that is opened without a server has the version of what opens it, and no clock.
    """

    version: str | None
    answered_at: datetime | None = field(compare=False)


class Registry(Protocol):
    """A model registry. Each write may be repeated; it is done when the call returns."""

    @property
    def address(self) -> str:
        """What a person calls the registry, without a password."""
        ...

    @property
    def ahead(self) -> timedelta | None:
        """How far its clock is ahead of this machine's, by its last answer; None where it does not tell."""
        ...

    def about(self) -> About:
        """What the registry is, once it has shown that it answers; raises `RegistryUnavailable` when it does not."""
        ...

    def models(self) -> Mapping[str, RegisteredModel]:
        """Every registered model by name, read in pages. All or nothing: a page that fails raises."""
        ...

    def model(self, name: str) -> RegisteredModel | None:
        """One registered model as it is now, or None when there is none."""
        ...

    def run(self, run_id: str) -> Run | None:
        """The run that made a version, or None when the registry does not keep it any more."""
        ...

    def run_file(self, run_id: str, name: str) -> bytes | None:
        """A file that a run logged beside its model, or None when it logged none of that name.

        Raises `ArtifactUnreadable` as `fetch_artifact` does, and for a file over the limit of evidence.
        """
        ...

    def fetch_artifact(self, name: str, version: int, into: Path) -> Path:
        """Copy the files of a version below the empty folder `into`; the folder that holds them. Nothing is loaded.

        Raises `ArtifactUnreadable` when the registry answers and the place where the files stand does not.
        """
        ...

    def set_stage(self, name: str, version: int, stage: Stage) -> None:
        """Put one version into a stage; other versions stay where they are."""
        ...

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Let the alias name the version, whatever it named before."""
        ...

    def remove_alias(self, name: str, alias: str) -> None:
        """Take the alias away; nothing happens when it is not there."""
        ...

    def set_tag(self, name: str, key: str, value: str) -> None:
        """Set a tag of the registered model."""
        ...

    def remove_tag(self, name: str, key: str) -> None:
        """Take a tag of the registered model away; nothing happens when it is not there."""
        ...

    def set_version_tag(self, name: str, version: int, key: str, value: str) -> None:
        """Set a tag of one version."""
        ...

    def remove_version_tag(self, name: str, version: int, key: str) -> None:
        """Take a tag of one version away; nothing happens when it is not there."""
        ...
