"""`codeowners`: whom GitHub asks for a review, as policy says who may sign."""

from pathlib import Path

import click

from modelward.authoring.codeowners import PATH, codeowners
from modelward.cli.editing import Workspace
from modelward.cli.options import here
from modelward.errors import Denied, WrongUse
from modelward.report.terminal import bold


@click.command("codeowners")
@click.option("--write", is_flag=True, help=f"Write {PATH}.")
@click.option("--check", is_flag=True, help=f"Only say whether {PATH} is what it should be: exit 1 when it is not.")
@click.option("--dry-run", is_flag=True, help="With --write: only show what would change.")
@here
def command(write: bool, check: bool, dry_run: bool, folder: Path) -> None:
    """Print the CODEOWNERS that policy asks for: by folder, the logins of whoever may sign what changes there."""
    if write and check:
        raise WrongUse("--write and --check contradict each other", "give one of them")
    workspace = Workspace(folder)
    wanted = codeowners(workspace.snapshot)
    if not write and not check:
        click.echo(wanted, nl=False)
        return
    if workspace.present(PATH) == wanted.encode():
        click.echo(f"{PATH} is what it should be")
    elif check:
        raise Denied(f"{PATH} is not what policy asks for", "run `modelward codeowners --write`, and commit it")
    else:
        workspace.publish({PATH: wanted.encode()}, "Name the owners that policy names", dry_run=dry_run, branch=None)
        if not dry_run:
            click.echo(f"each of them needs the right to write, or GitHub asks nobody: {bold('Settings, Access')}")
