"""`promote`: the one-line change that lets an environment run another release."""

from pathlib import Path

import click

from modelward.cli.editing import Workspace, edits
from modelward.cli.moving import move
from modelward.cli.options import here
from modelward.errors import WrongUse


@click.command("promote")
@click.argument("model")
@click.argument("environment")
@click.argument("release", required=False)
@edits
@here
def command(model: str, environment: str, release: str | None, dry_run: bool, branch: str | None, folder: Path) -> None:
    """Let ENVIRONMENT run RELEASE of MODEL; without RELEASE the one that runs in the environment before it."""
    workspace = Workspace(folder)
    if release is None:
        release = _from_before(workspace, model, environment)
    move(workspace, model, environment, release, "Promote", dry_run=dry_run, branch=branch)


def _from_before(workspace: Workspace, model: str, environment: str) -> str:
    earlier = workspace.snapshot.environments[workspace.environment(environment)].spec.promotes_from
    deployed = {str(name): each.release for name, each in workspace.model(model).manifest.spec.deployments.items()}
    if earlier is None:
        raise WrongUse(
            f"nothing runs before `{environment}`", f"name it: modelward promote {model} {environment} RELEASE"
        )
    if earlier not in deployed:
        raise WrongUse(
            f"`{environment}` takes what runs in `{earlier}`, and nothing of `{model}` runs there",
            f"promote it there first, and merge that: modelward promote {model} {earlier} RELEASE",
        )
    return deployed[earlier]
