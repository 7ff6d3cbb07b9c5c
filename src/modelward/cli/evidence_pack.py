"""`evidence pack`: one archive for who signs a release."""

import json
from pathlib import Path

import click

from modelward.cli.options import Output, emit, formats, here, now
from modelward.cli.releasing import Released
from modelward.errors import Denied, NothingToCheck
from modelward.evidence.packing import SUMMARY, archive
from modelward.evidence.summary import summary
from modelward.evidence.verifying import Against, check
from modelward.report.terminal import bold, safe
from modelward.specs.kinds import MODEL_SPECS
from modelward.tree.digest import digest_of
from modelward.tree.edit import write_atomically


@click.command("pack")
@click.argument("model")
@click.argument("release")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="The archive.  [default: MODEL-RELEASE.zip]"
)
@click.option("--dry-run", is_flag=True, help="Only list what would be packed.")
@formats
@here
def command(
    model: str, release: str, out: Path | None, dry_run: bool, outputs: tuple[Output, ...], folder: Path
) -> None:
    """Pack the specs of MODEL, the record of RELEASE, all its evidence and signatures into one archive.

    Beside them stand SUMMARY.md, the numbers against the thresholds, and SHA256SUMS. The same files give the same
    bytes. Evidence that is not what was pinned is not packed: the exit code is 1.
    """
    released = Released(folder, model, release)
    if not released.folder.evidence:
        raise NothingToCheck(f"release {release} pins no evidence", f"modelward evidence collect {model} {release}")
    people = released.workspace.snapshot.people.spec
    checked = check(released.model, released.folder, Against(released.schemas, people, now(), released.content))
    for each in checked:
        for fault in each.faults:
            raise Denied(f"{fault.place}: {fault.message}", "restore the document, or collect it again")
    signers = {each.evidence.path: each.signed_by for each in checked if each.signed_by is not None}
    files = {path: data for path in _paths(released) if (data := released.content(path)) is not None}
    said = summary(released.manifest, released.model.thresholds.spec, released.folder, signers)
    packed = archive(f"{model}-{release}", {**files, SUMMARY: said.encode()})
    path = folder / (out or f"{model}-{release}.zip")
    if not dry_run:
        write_atomically(path, packed)
    lines = [
        *(safe(name) for name in files),
        f"{'would pack' if dry_run else 'packed'} {bold(safe(path))}  {digest_of(packed)}",
    ]
    document = {
        "schema": "evidence-pack/v1",
        "model": model,
        "release": release,
        "archive": str(path),
        "digest": digest_of(packed),
        "files": {name: digest_of(data) for name, data in files.items()},
        "written": not dry_run,
    }
    emit(outputs, {"text": lambda: "\n".join(lines), "json": lambda: json.dumps(document, indent=2)})


def _paths(released: Released) -> list[str]:
    """The five specs, and everything in the folder of the release."""
    specs = [f"{released.model.folder}/{name}.yaml" for name, _ in MODEL_SPECS]
    return [*specs, *(f"{released.folder.folder}/{name}" for name in released.taken())]
