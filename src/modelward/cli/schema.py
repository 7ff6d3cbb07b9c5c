"""`schema`: the JSON Schemas of the specs, for editors."""

import json
from pathlib import Path

import click

from modelward.cli.options import here
from modelward.errors import WrongUse
from modelward.specs.kinds import KINDS
from modelward.specs.scalars import Spec
from modelward.tree.edit import write_atomically
from modelward.tree.git import find_git

_FOLDER = Path("policies/schemas")


@click.command("schema")
@click.argument("kind", required=False)
@click.option("--write", is_flag=True, help=f"Write every schema into {_FOLDER}/.")
@click.option("--dry-run", is_flag=True, help="With --write: only say which files would change.")
@here
def command(kind: str | None, write: bool, dry_run: bool, folder: Path) -> None:
    """Print the JSON Schema of a KIND of spec, or list the kinds, or write all schemas."""
    if write:
        _write(find_git(folder).root, dry_run=dry_run)
        return
    if kind is None:
        click.echo("\n".join(sorted(known.name for known in KINDS)))
        return
    specs = {known.name: known.spec for known in KINDS}
    if kind not in specs:
        raise WrongUse(f"there is no spec `{kind}`", f"the kinds are {', '.join(sorted(specs))}")
    click.echo(_schema(kind, specs[kind]), nl=False)


def _write(root: Path, *, dry_run: bool) -> None:
    for known in KINDS:
        path = root / _FOLDER / f"{known.name}.schema.json"
        text = _schema(known.name, known.spec).encode()
        if path.exists() and path.read_bytes() == text:
            continue
        click.echo(f"{'would write' if dry_run else 'wrote'} {path.relative_to(root)}")
        if not dry_run:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, text)


def _schema(kind: str, spec: type[Spec]) -> str:
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **spec.model_json_schema(),
        "title": f"{kind}/v1",
    }
    return json.dumps(document, indent=2) + "\n"
