"""`rollback`: the one-line change that lets an environment run what it ran before."""

from pathlib import Path

import click

from modelward.cli.editing import Workspace, edits
from modelward.cli.moving import move
from modelward.cli.options import here
from modelward.errors import WrongUse
from modelward.specs.scalars import EnvironmentName
from modelward.tree.history import History


@click.command("rollback")
@click.argument("model")
@click.argument("environment")
@click.argument("release", required=False)
@edits
@here
def command(model: str, environment: str, release: str | None, dry_run: bool, branch: str | None, folder: Path) -> None:
    """Let ENVIRONMENT run RELEASE of MODEL again; without RELEASE the last other one that git had it run."""
    workspace = Workspace(folder)
    if release is None:
        release = _before(workspace, model, environment)
    move(workspace, model, environment, release, "Roll back", dry_run=dry_run, branch=branch)


def _before(workspace: Workspace, model: str, environment: str) -> str:
    name = EnvironmentName(environment)
    current = workspace.model(model).manifest.spec.deployments.get(name)
    for manifest in History(workspace.git, workspace.git.commit("HEAD")).manifests(model):
        earlier = manifest.deployments.get(name)
        if earlier is not None and current is not None and earlier.release != current.release:
            return earlier.release
    raise WrongUse(
        f"git has had `{environment}` run no other release of `{model}`",
        f"name it: modelward rollback {model} {environment} RELEASE",
    )
