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
    else:
        _require_known(found, rollout)
    edited = found.with_value("abort", found.deployment.abort, rollout)
    found.write(edited, f"Abort the rollout {rollout} of {model} in {environment}", dry_run=dry_run, branch=branch)


def _require_known(found: Deployed, named: str) -> None:
    """Refuse an id that would end nothing, as far as a ledger that is known here can tell."""
    state = found.remembered_or_noted(f"the rollout {named}")
    if state is None:
        return
    rollout = state.rollout
    if rollout is None or rollout.id != named:
        last = "nothing was ever on its way there"
        if rollout is not None:
            last = f"the last one there, {rollout.id}, is {rollout.phase}"
            if not rollout.finished:
                again = f"modelward abort {found.model.manifest.spec.model} {found.environment}"
                last = f"the one that runs is {rollout.id}: {again} {rollout.id}"
        raise WrongUse(f"the ledger, as it was fetched, has no rollout {named} in `{found.environment}`", last)
    if rollout.phase in ("promoted", "superseded"):
        back = f"modelward rollback {found.model.manifest.spec.model} {found.environment}"
        raise WrongUse(f"the rollout {named} is {rollout.phase}", f"to take out what serves: {back}")


def _running(found: Deployed) -> str:
    found.require_ledger("abort")
    return found.running().id
