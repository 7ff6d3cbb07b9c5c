"""`abort`: take a rollout back."""

from pathlib import Path

import click

from modelward.cli.deploying import Deployed
from modelward.cli.editing import Workspace, edits
from modelward.cli.options import here


@click.command("abort")
@click.argument("model")
@click.argument("environment")
@click.argument("rollout", metavar="ID")
@edits
@here
def command(model: str, environment: str, rollout: str, dry_run: bool, branch: str | None, folder: Path) -> None:
    """Take back the rollout ID of MODEL in ENVIRONMENT: the champion gets all of the traffic again.

    `modelward status` names the rollouts. The release is not suspended, and does not begin again by itself.
    """
    found = Deployed.found(Workspace(folder), model, environment)
    edited = found.with_value("abort", found.deployment.abort, rollout)
    found.write(edited, f"Abort the rollout {rollout} of {model} in {environment}", dry_run=dry_run, branch=branch)
