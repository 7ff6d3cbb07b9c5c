"""`model retire`: the end of a model, in its manifest."""

from pathlib import Path

import click

from modelward.cli.editing import Workspace, edits
from modelward.cli.options import here
from modelward.cli.words import words
from modelward.errors import WrongUse
from modelward.tree.edit import clear, insert_entry


@click.command("retire")
@click.argument("model")
@click.option("--reason", required=True, callback=words, help="Why it ends.")
@edits
@here
def command(model: str, reason: str, dry_run: bool, branch: str | None, folder: Path) -> None:
    """End MODEL: its manifest says when and why, and deploys it nowhere any more.

    Its folder stays, with every release and all evidence. Once merged, `modelward apply` takes its aliases away.
    """
    workspace = Workspace(folder)
    manifest = workspace.model(model).manifest
    if (retired := manifest.spec.retired) is not None:
        raise WrongUse(f"`{model}` was retired at {retired.at:%Y-%m-%dT%H:%M:%SZ}", "there is nothing to change")
    data = workspace.read(manifest.path)
    if manifest.spec.deployments:
        data = clear(data, ("deployments",))
    data = insert_entry(data, (), "retired", {"at": f"{workspace.at:%Y-%m-%dT%H:%M:%SZ}", "reason": reason})
    workspace.write(manifest.path, data, f"Retire the model {model}", dry_run=dry_run, branch=branch)
    if manifest.spec.deployments:
        where = ", ".join(sorted(manifest.spec.deployments))
        click.echo(f"once that is merged and applied, {where} will serve nothing of {model}")
