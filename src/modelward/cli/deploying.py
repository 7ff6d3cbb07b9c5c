"""The edits beside `release:` of one deployment: a hold, and what merged git tells a reconciler of a rollout."""

from dataclasses import dataclass

import click

from modelward.cli.editing import Workspace
from modelward.errors import WrongUse
from modelward.ledger.branch import as_of, known_tip
from modelward.ledger.folding import State
from modelward.report.terminal import dim, safe
from modelward.specs.ledger import EnvironmentState
from modelward.specs.manifest import Deployment
from modelward.specs.rollout import Rollout
from modelward.specs.scalars import EnvironmentName
from modelward.tree.edit import Scalar, Value, insert_entry, replace_scalar
from modelward.tree.model import Model
from modelward.tree.place import Pointer


def remembered(workspace: Workspace) -> State:
    """What the ledger says, as it is known here at the newest main."""
    git = workspace.git
    return as_of(git, git.upstream_tip() or git.commit("HEAD"))


@dataclass(frozen=True)
class Deployed:
    """What one environment deploys of a model, and the manifest in which that stands."""

    workspace: Workspace
    model: Model
    environment: EnvironmentName
    deployment: Deployment

    @classmethod
    def found(cls, workspace: Workspace, model: str, environment: str) -> "Deployed":
        """The deployment of `model` to `environment`; `WrongUse` when there is none."""
        known = workspace.model(model)
        deployments = known.manifest.spec.deployments
        name = EnvironmentName(environment)
        if name not in deployments:
            where = ", ".join(sorted(deployments)) or "nowhere"
            raise WrongUse(f"`{model}` is not deployed to `{environment}`", f"it is deployed to {where}")
        return cls(workspace, known, name, deployments[name])

    @property
    def path(self) -> str:
        """The path of the manifest."""
        return self.model.manifest.path

    @property
    def pointer(self) -> Pointer:
        """Where the deployment stands in the manifest."""
        return ("deployments", str(self.environment))

    def remembered(self) -> EnvironmentState:
        """What the ledger says of the environment, as it is known here at the newest main."""
        return remembered(self.workspace).of(self.model.manifest.spec.model, self.environment)

    def remembered_or_noted(self, named: str) -> EnvironmentState | None:
        """The same; None where no ledger is known here, with a note that nobody can tell whether `named` is right."""
        if known_tip(self.workspace.git) is not None:
            return self.remembered()
        click.echo(f"{dim('note:')} no ledger is known here that could tell of {safe(named)}", err=True)
        return None

    def running(self) -> Rollout:
        """The rollout that is under way, as the ledger that is known here says; `WrongUse` when there is none."""
        rollout = self.remembered().rollout
        if rollout is None or rollout.finished:
            last = (
                "none ever began there" if rollout is None else f"the last one there, {rollout.id}, is {rollout.phase}"
            )
            raise WrongUse(
                f"the ledger, as it was fetched, has no rollout on its way into `{self.environment}`",
                f"{last}; `git fetch` brings a newer ledger",
            )
        return rollout

    def require_ledger(self, verb: str) -> None:
        """Refuse to look for what only a ledger tells where none is known; `verb` could be told it instead."""
        if known_tip(self.workspace.git) is None:
            again = f"modelward {verb} {self.model.manifest.spec.model} {self.environment} ID"
            raise WrongUse("no ledger is known here", f"fetch the branch modelward/ledger, or name it: {again}")

    def read(self) -> bytes:
        """The bytes of the manifest."""
        return self.workspace.read(self.path)

    def with_entry(self, key: str, value: Value) -> bytes:
        """The manifest with an entry that the deployment lacks."""
        return insert_entry(self.read(), self.pointer, key, value)

    def with_value(self, key: str, old: Scalar, new: Scalar) -> bytes:
        """The manifest with a single value of the deployment, `old` until now; `WrongUse` when that says so already."""
        if old == new:
            raise WrongUse(f"`{self.environment}` already says `{key}: {new}`", "there is nothing to change")
        if old is None:
            return self.with_entry(key, new)
        return replace_scalar(self.read(), (*self.pointer, key), new)

    def write(self, edited: bytes, message: str, *, dry_run: bool, branch: str | None) -> None:
        """Show what differs and, unless it is a dry run, write it."""
        self.workspace.write(self.path, edited, message, dry_run=dry_run, branch=branch)
