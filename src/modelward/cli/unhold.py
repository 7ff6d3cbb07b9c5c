"""`unhold`: let new releases into an environment again."""

from pathlib import Path

import click

from modelward.cli.deploying import Deployed
from modelward.cli.editing import Workspace, edits
from modelward.cli.options import here
from modelward.errors import NothingToCheck
from modelward.tree.edit import remove_entry


@click.command("unhold")
@click.argument("model")
@click.argument("environment")
@edits
@here
def command(model: str, environment: str, dry_run: bool, branch: str | None, folder: Path) -> None:
    """Let new releases of MODEL into ENVIRONMENT again, before its hold ends by itself."""
    found = Deployed.found(Workspace(folder), model, environment)
    if found.deployment.hold is None:
        raise NothingToCheck(f"nothing holds `{model}` in `{environment}`", "there is nothing to change")
    edited = remove_entry(found.read(), (*found.pointer, "hold"))
    found.write(edited, f"End the hold of {model} in {environment}", dry_run=dry_run, branch=branch)
