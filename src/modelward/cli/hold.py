"""`hold`: keep new releases out of an environment for a time."""

from pathlib import Path

import click

from modelward.cli.deploying import Deployed
from modelward.cli.editing import Workspace, edits
from modelward.cli.options import here
from modelward.cli.until import until, written
from modelward.cli.words import words
from modelward.errors import WrongUse
from modelward.tree.edit import replace_scalar


@click.command("hold")
@click.argument("model")
@click.argument("environment")
@click.option("--reason", required=True, callback=words, help="Why.")
@click.option("--until", "end", required=True, metavar="TIME|DURATION", help="When it ends by itself, such as 3d.")
@edits
@here
def command(
    model: str, environment: str, reason: str, end: str, dry_run: bool, branch: str | None, folder: Path
) -> None:
    """Keep new releases of MODEL out of ENVIRONMENT for a time; a hold that is there already is replaced.

    What runs there goes on. Rollbacks and switching off pass.
    """
    workspace = Workspace(folder)
    ends = until(end, workspace.at)
    found = Deployed.found(workspace, model, environment)
    hold = found.deployment.hold
    if hold is None:
        edited = found.with_entry("hold", {"reason": reason, "until": written(ends)})
    else:
        if (hold.reason, hold.until) == (reason, ends):
            raise WrongUse(f"`{environment}` is held so already", "there is nothing to change")
        edited = replace_scalar(found.read(), (*found.pointer, "hold", "reason"), reason)
        edited = replace_scalar(edited, (*found.pointer, "hold", "until"), written(ends))
    found.write(edited, f"Hold {model} in {environment} until {written(ends)}", dry_run=dry_run, branch=branch)
