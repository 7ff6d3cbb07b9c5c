"""`resume`: lift a suspension, so that a release may serve in an environment again."""

from collections.abc import Mapping
from pathlib import Path

import click

from modelward.cli.deploying import Deployed
from modelward.cli.editing import Workspace, edits
from modelward.cli.options import here
from modelward.cli.until import written
from modelward.errors import WrongUse
from modelward.report.terminal import safe
from modelward.specs.ledger import Suspended


@click.command("resume")
@click.argument("model")
@click.argument("environment")
@click.argument("suspension", metavar="[ID]", required=False)
@edits
@here
def command(
    model: str, environment: str, suspension: str | None, dry_run: bool, branch: str | None, folder: Path
) -> None:
    """Lift the suspension ID of a release of MODEL in ENVIRONMENT.

    Without ID it is the only one of the release that git deploys there which is not lifted yet, as the ledger says
    that this clone has fetched.
    """
    found = Deployed.found(Workspace(folder), model, environment)
    if suspension is None:
        suspension = _only(found, found.remembered().suspensions)
    else:
        _require_open(found, suspension)
    edited = found.with_value("resume", found.deployment.resume, suspension)
    message = f"Lift the suspension {suspension} of {model} in {environment}"
    found.write(edited, message, dry_run=dry_run, branch=branch)


def _require_open(found: Deployed, named: str) -> None:
    """Refuse an id that would lift nothing, as far as a ledger that is known here can tell."""
    state = found.remembered_or_noted(f"the suspension {named}")
    if state is None:
        return
    if named not in state.suspensions:
        fetch = "`git fetch` if it is newer; one that only a tag tells of is on record after the next `modelward apply`"
        listed = _listed({name: one for name, one in state.suspensions.items() if one.resumed is None})
        remedy = f"not lifted yet: {listed}" if listed else f"nothing is suspended there; {fetch}"
        raise WrongUse(f"the ledger, as it was fetched, has no suspension {named} in `{found.environment}`", remedy)
    if (lifted := state.suspensions[named].resumed) is not None:
        raise WrongUse(f"the suspension {named} was lifted at {written(lifted)}", "there is nothing to change")


def _listed(suspensions: Mapping[str, Suspended]) -> str:
    return "; ".join(
        f"{name} of {one.release} since {written(one.at)} ({safe(one.why)})" for name, one in suspensions.items()
    )


def _only(found: Deployed, known: Mapping[str, Suspended]) -> str:
    found.require_ledger("resume")
    again = f"modelward resume {found.model.manifest.spec.model} {found.environment} ID"
    open_now = {name: one for name, one in known.items() if one.resumed is None}
    fitting = [name for name, one in open_now.items() if one.release == found.deployment.release]
    if len(fitting) == 1:
        return fitting[0]
    release = found.deployment.release
    what = "several suspensions" if fitting else "no suspension"
    listed = _listed(open_now)
    remedy = f"name one: {again}; not lifted yet: {listed}" if listed else "nothing is suspended there"
    raise WrongUse(f"{what} of {release} in `{found.environment}`", remedy)
