"""`schema`: the JSON Schemas of the specs, for editors."""

from pathlib import Path

import click

from modelward.authoring.schemas import FOLDER, json_schema, json_schemas
from modelward.cli.editing import Workspace
from modelward.cli.options import here
from modelward.errors import WrongUse
from modelward.specs.kinds import KINDS


@click.command("schema")
@click.argument("kind", required=False)
@click.option("--write", is_flag=True, help=f"Write every schema into {FOLDER}/.")
@click.option("--dry-run", is_flag=True, help="With --write: only say which files would change.")
@here
def command(kind: str | None, write: bool, dry_run: bool, folder: Path) -> None:
    """Print the JSON Schema of a KIND of spec, or list the kinds, or write all schemas."""
    if write:
        _write(Workspace(folder), dry_run=dry_run)
        return
    if kind is None:
        click.echo("\n".join(sorted(known.name for known in KINDS)))
        return
    specs = {known.name: known.spec for known in KINDS}
    if kind not in specs:
        raise WrongUse(f"there is no spec `{kind}`", f"the kinds are {', '.join(sorted(specs))}")
    click.echo(json_schema(kind, specs[kind]), nl=False)


def _write(workspace: Workspace, *, dry_run: bool) -> None:
    changed = {path: schema for path, schema in json_schemas().items() if workspace.present(path) != schema}
    if not dry_run:
        workspace.put(changed, "Write the schemas of the specs", branch=None)
    for path in changed:
        click.echo(f"{'would write' if dry_run else 'wrote'} {path}")
