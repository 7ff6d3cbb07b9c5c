"""`evidence attach`: another tool's document or file becomes evidence of a release."""

import json
from pathlib import Path

import click

from modelward.cli.editing import edits
from modelward.cli.options import Output, emit, formats, here, now
from modelward.cli.releasing import Released, speaker
from modelward.errors import WrongUse
from modelward.evidence.attaching import REPORTED, attachment, check_reported
from modelward.evidence.pinning import Document
from modelward.specs.scalars import Digest


@click.command("attach")
@click.argument("model")
@click.argument("release")
@click.argument("kind")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--tool", help="What made it.  [default: modelward]")
@click.option("--by", metavar="PERSON", help="Who attaches it.  [default: who has git's user.email in people.yaml]")
@click.option(
    "--dataset",
    "datasets",
    multiple=True,
    metavar="DIGEST",
    help="The data that it is about; several times.  [default: all that the record names]",
)
@edits
@formats
@here
def command(
    model: str,
    release: str,
    kind: str,
    file: Path,
    tool: str | None,
    by: str | None,
    datasets: tuple[str, ...],
    dry_run: bool,
    branch: str | None,
    outputs: tuple[Output, ...],
    folder: Path,
) -> None:
    """Wrap FILE as evidence of KIND about RELEASE of MODEL, and pin it.

    JSON becomes what the document says. Any other file is kept beside the document, which names it by digest. A kind
    exists when policies/schemas/evidence/KIND.schema.json does, and the document must fit it.
    """
    released = Released(folder, model, release)
    released.require_kind(kind)
    try:
        data = (folder / file).read_bytes()
    except OSError as error:
        raise WrongUse(f"cannot read {folder / file}: {error.strerror}", "give a file") from error
    found = attachment(file.name, data, set(released.taken()))
    if kind == REPORTED:
        check_reported(found.content, released.model.thresholds.spec)
    document = released.document(kind, found.content, _data(released, datasets), speaker(released, by, now(), tool))
    edit = released.pin([Document(kind, document, beside=dict([found.file]) if found.file is not None else {})])
    written = released.write(edit, f"Attach {kind} to {model} {release}", dry_run=dry_run, branch=branch)
    said = {
        "schema": "evidence-attach/v1",
        "model": model,
        "release": release,
        "evidence": [{"kind": each, "path": path, "digest": digest} for each, path, digest in edit.pins],
        "written": not dry_run,
    }
    emit(outputs, {"text": lambda: written, "json": lambda: json.dumps(said, indent=2)})


def _data(released: Released, given: tuple[str, ...]) -> tuple[Digest, ...]:
    """The digests that the document names as its data; each must stand in the record."""
    known = [dataset.digest for dataset in released.spec.datasets]
    unknown = [digest for digest in given if digest not in known]
    if unknown:
        raise WrongUse(
            f"release {released.spec.release} does not name the data {unknown[0]}",
            f"it names {', '.join(known) or 'none'}",
        )
    return tuple(map(Digest, given)) or tuple(dict.fromkeys(known))
