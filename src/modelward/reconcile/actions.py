"""The steps that close a difference. Each is idempotent, and says from what to what, and why."""

from dataclasses import dataclass
from typing import Literal

from modelward.registry.interface import Registry, Stage
from modelward.specs.scalars import EnvironmentName

REPOSITORY_TAG = "modelward.repository"
LEDGER_TAG = "modelward.ledger"
"""The ledger commit that announced what was last written to a model: a ledger that lacks it was lost, or rewound."""
Sign = Literal["+", "~", "-"]


@dataclass(frozen=True)
class Adopt:
    """Mark the registered model as this repository's."""

    registered_model: str
    before: str | None
    repository: str
    reason: str

    @property
    def sign(self) -> Sign:
        """How the step shows in a plan."""
        return "+" if self.before is None else "~"

    @property
    def what(self) -> str:
        """What is changed, and from what to what."""
        return f"tag {REPOSITORY_TAG}: {self.before or 'none'} -> {self.repository}"

    def do(self, registry: Registry) -> None:
        """Set the tag."""
        registry.set_tag(self.registered_model, REPOSITORY_TAG, self.repository)


@dataclass(frozen=True)
class MoveStage:
    """Put a version into the stage of an environment; the version that leaves service goes to Archived."""

    environment: EnvironmentName
    """The environment whose stage is entered, or left."""
    registered_model: str
    version: int
    label: str
    before: Stage
    after: Stage
    reason: str

    @property
    def sign(self) -> Sign:
        """How the step shows in a plan."""
        return "-" if self.after == "Archived" else "+" if self.before == "None" else "~"

    @property
    def what(self) -> str:
        """What is changed, and from what to what."""
        return f"stage of version {self.label}: {self.before} -> {self.after}"

    def do(self, registry: Registry) -> None:
        """Move the version."""
        registry.set_stage(self.registered_model, self.version, self.after)


@dataclass(frozen=True)
class MoveAlias:
    """Let an environment's alias name a version."""

    environment: EnvironmentName
    registered_model: str
    alias: str
    version: int
    before: str
    after: str
    reason: str

    @property
    def sign(self) -> Sign:
        """How the step shows in a plan."""
        return "+" if self.before == "none" else "~"

    @property
    def what(self) -> str:
        """What is changed, and from what to what."""
        return f"alias {self.alias}: {self.before} -> {self.after}"

    def do(self, registry: Registry) -> None:
        """Move the alias."""
        registry.set_alias(self.registered_model, self.alias, self.version)


@dataclass(frozen=True)
class RemoveAlias:
    """Take the alias of a retired model away."""

    environment: EnvironmentName
    registered_model: str
    alias: str
    before: str
    reason: str

    @property
    def sign(self) -> Sign:
        """How the step shows in a plan."""
        return "-"

    @property
    def what(self) -> str:
        """What is changed, and from what to what."""
        return f"alias {self.alias}: {self.before} -> none"

    def do(self, registry: Registry) -> None:
        """Remove the alias."""
        registry.remove_alias(self.registered_model, self.alias)


Action = Adopt | MoveStage | MoveAlias | RemoveAlias
