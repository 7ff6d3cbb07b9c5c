"""`abort`: take a rollout back."""

from pathlib import Path

import click

from modelward.cli.deploying import Deployed
from modelward.cli.editing import Workspace, edits
from modelward.cli.options import here
from modelward.errors import WrongUse


@click.command("abort")
@click.argument("model")
@click.argument("environment")
@click.argument("rollout", metavar="[ID]", required=False)
@edits
@here
def command(model: str, environment: str, rollout: str | None, dry_run: bool, branch: str | None, folder: Path) -> None:
    """Take back the rollout ID of MODEL in ENVIRONMENT: the champion gets all of the traffic again.

    Without ID it is the one that runs there, as the ledger says that this clone has fetched. The release is not
    suspended, and does not begin again by itself.
    """
    found = Deployed.found(Workspace(folder), model, environment)
    if rollout is None:
        rollout = _running(found)
    edited = found.with_value("abort", found.deployment.abort, rollout)
    found.write(edited, f"Abort the rollout {rollout} of {model} in {environment}", dry_run=dry_run, branch=branch)


def _running(found: Deployed) -> str:
    found.require_ledger("abort")
    rollout = found.remembered().rollout
    if rollout is None:
        raise WrongUse(f"nothing is on its way into `{found.environment}`", "there is nothing to abort")
    if rollout.finished:
        said = f"the last rollout there, {rollout.id}, is {rollout.phase}"
        raise WrongUse(f"nothing is on its way into `{found.environment}`", said)
    return rollout.id
