"""`rollback`: the one-line change that lets an environment run what it ran before."""

from pathlib import Path

import click

from modelward.cli.editing import Workspace, edits
from modelward.cli.moving import move
from modelward.cli.options import here
from modelward.errors import WrongUse
from modelward.tree.history import History


@click.command("rollback")
@click.argument("model")
@click.argument("environment")
@click.argument("release", required=False)
@edits
@here
def command(model: str, environment: str, release: str | None, dry_run: bool, branch: str | None, folder: Path) -> None:
    """Let ENVIRONMENT run RELEASE of MODEL again; without RELEASE the one that it ran before the present one.

    A release that was rolled back is never what this goes back to, unless it is named.
    """
    workspace = Workspace(folder)
    if release is None:
        release = _before(workspace, model, environment)
    move(workspace, model, environment, release, "Roll back", dry_run=dry_run, branch=branch)


def _before(workspace: Workspace, model: str, environment: str) -> str:
    name = workspace.environment(environment)
    current = workspace.model(model).manifest.spec.deployments.get(name)
    manifests = History(workspace.git, workspace.git.commit("HEAD")).manifests(model)
    ran = [manifest.deployments[name].release for manifest in manifests if name in manifest.deployments]
    if current is not None:
        # What stands between its first and its last time has been left for it.
        first = max((index for index, release in enumerate(ran) if release == current.release), default=-1)
        if ran[first + 1 :]:
            return ran[first + 1]
    left = ", ".join(dict.fromkeys(release for release in ran if current is None or release != current.release))
    if current is None:
        message = f"git deploys no release of `{model}` to `{environment}`, so that there is none to go back from"
    elif left:
        message = f"git went back from {left} to {current.release}, and had `{environment}` run nothing before that"
    else:
        message = f"git has had `{environment}` run no release of `{model}` before the present one"
    raise WrongUse(message, f"name it: modelward rollback {model} {environment} RELEASE")
