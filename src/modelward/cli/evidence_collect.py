"""`evidence collect`: measure a release on real rows, and pin what is found."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from modelward.cli.editing import edits
from modelward.cli.measured import Asked, Collection
from modelward.cli.options import Output, emit, formats, here, now, quietly
from modelward.cli.releasing import Released, speaker
from modelward.errors import Denied
from modelward.evidence.collection import Collected
from modelward.evidence.contents import TrainingContent
from modelward.evidence.pinning import Document, Edit
from modelward.evidence.scoring import SECONDS
from modelward.report.terminal import bold, dim, green, red, remedied, safe
from modelward.specs.evidence import COMPUTED, Content, Produced
from modelward.specs.release import Dataset
from modelward.specs.scalars import Digest
from modelward.statistics.bootstrap import DRAWS


@click.command("collect")
@click.argument("model")
@click.argument("release")
@click.option(
    "--data", required=True, type=click.Path(path_type=Path), help="Real rows with their labels: CSV or Parquet."
)
@click.option("--champion", metavar="RELEASE|none", help="Compare with this release.  [default: what production runs]")
@click.option(
    "--slice", "slices", multiple=True, metavar="COLUMN", help="Compare the groups of this column; several times."
)
@click.option("--reference", type=click.Path(path_type=Path), help="The rows of the baseline.  [default: the data]")
@click.option("--id", "ids", metavar="COLUMN", help="The column that names each row.  [default: the number of the row]")
@click.option("--reported", type=click.Path(path_type=Path), help="Metrics of another tool, as JSON.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(COMPUTED), help="Only this kind; several times.")
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), help="What fixes every draw.  [default: from the artifact's digest]"
)
@click.option(
    "--draws", type=click.IntRange(100, 100_000), default=DRAWS, show_default=True, help="How many resamples."
)
@click.option(
    "--timeout", type=click.FloatRange(1), default=SECONDS, show_default=True, help="Seconds that scoring may take."
)
@click.option(
    "--registry", metavar="NAME", help="The registry that holds it.  [default: the one that the release names]"
)
@click.option("--by", metavar="PERSON", help="Who collects.  [default: who has git's user.email in people.yaml]")
@edits
@formats
@quietly
@here
def command(
    model: str,
    release: str,
    data: Path,
    champion: str | None,
    slices: tuple[str, ...],
    reference: Path | None,
    ids: str | None,
    reported: Path | None,
    kinds: tuple[str, ...],
    seed: int | None,
    draws: int,
    timeout: float,
    registry: str | None,
    by: str | None,
    dry_run: bool,
    branch: str | None,
    outputs: tuple[Output, ...],
    folder: Path,
    quiet: bool,
) -> None:
    """Measure RELEASE of MODEL on real rows, and pin what is found beside its record.

    The version is taken from the registry, its bytes are compared with the record, and it scores the rows in a process
    of its own, without secrets. Which metrics are measured stands in thresholds.yaml (`computed: builtin`).
    """
    asked = Asked(data, reference, reported, champion, slices, ids, kinds, seed, draws, timeout, registry)
    released = Released(folder, model, release)
    by_whom = speaker(released, by, now())
    collection = Collection(released, asked, folder)
    _unnamed(released, collection.data)
    collected, documents = _documents(released, collection, collection.collect(), by_whom)
    training = collected.contents.get("training")
    read = training.datasets if isinstance(training, TrainingContent) else ()
    edit = released.pin(documents, _unnamed(released, [*read, *collection.data]))
    _finish(released, collected, edit, outputs, dry_run=dry_run, branch=branch, quiet=quiet)


def _documents(
    released: Released, collection: Collection, collected: Collected, by: Produced
) -> tuple[Collected, list[Document]]:
    """The documents; a training record that nobody asked for is left out where it does not fit its schema."""
    documents = []
    for kind, content in collected.contents.items():
        try:
            data = released.document(kind, content, _digests(collection, kind, content), by)
        except Denied as denied:
            if kind == "training" and not collection.asked.kinds:
                collected = collected.without(kind, denied)
                continue
            raise
        documents.append(Document(kind, data, None if content.champion is None else content.champion.release))
    return collected, documents


def _digests(collection: Collection, kind: str, content: Content) -> tuple[Digest, ...]:
    """The data that a document speaks of: what it was measured on; of training all that the run read."""
    if isinstance(content, TrainingContent):
        return tuple(dataset.digest for dataset in content.datasets)
    return (collection.reference.digest if kind == "baseline" else collection.rows.digest,)


def _unnamed(released: Released, used: Iterable[Dataset]) -> list[Dataset]:
    """The datasets that the record does not name and now has to; `Denied` when it is merged, and so fixed."""
    known = {dataset.digest for dataset in released.spec.datasets}
    found = list({dataset.digest: dataset for dataset in used if dataset.digest not in known}.values())
    if found and released.merged():
        lines = ", ".join(f'{{role: {each.role}, digest: "{each.digest}"}}' for each in found)
        raise Denied(
            f"release {released.spec.release} is merged, and its record does not name the data: {lines}",
            "measure it on data that its record names, or add a new release",
        )
    return found


def _finish(
    released: Released,
    collected: Collected,
    edit: Edit,
    outputs: Sequence[Output],
    *,
    dry_run: bool,
    branch: str | None,
    quiet: bool,
) -> None:
    """Write, and say what was found; what the release could not show is exit 1."""
    message = f"Collect evidence of {released.model.name} {released.spec.release}"
    written = released.write(edit, message, dry_run=dry_run, branch=branch)
    document = {
        "schema": "evidence-collect/v1",
        "model": released.model.name,
        "release": released.spec.release,
        "evidence": [{"kind": kind, "path": path, "digest": digest} for kind, path, digest in edit.pins],
        "left_out": {kind: error.message for kind, error in collected.left_out.items()},
        "written": not dry_run,
    }
    lines = [written] if quiet else [*_lines(collected), written]
    emit(outputs, {"text": lambda: "\n".join(lines), "json": lambda: json.dumps(document, indent=2)})
    if collected.failure is not None:
        raise Denied(
            f"release {released.spec.release} does not work: {collected.failure.message}", collected.failure.remedy
        )


def _lines(collected: Collected) -> Iterator[str]:
    """What each document says, in one line a measure."""
    for kind, content in collected.contents.items():
        yield bold(kind)
        for measured in (*content.measurements, *content.reference):
            where = f" of {measured.slice}" if measured.slice else ""
            interval = measured.interval
            between = f"  [{interval.low:.4g}, {interval.high:.4g}]" if interval is not None else ""
            yield f"  {safe(measured.metric)}{safe(where)}  {measured.value:.4g} {safe(measured.unit)}{between}"
        for compared in content.comparisons:
            where = f" of {compared.slice}" if compared.slice else ""
            yield (
                f"  {safe(compared.metric)}{safe(where)}  {compared.challenger:.4g} against {compared.champion:.4g}"
                f"  difference {compared.difference:+.4g} [{compared.interval.low:+.4g}, {compared.interval.high:+.4g}]"
            )
        for check in content.checks:
            paint = green if check.verdict == "pass" else red
            yield f"  {safe(check.check)}  {paint(check.verdict)}  {safe(check.detail)}"
    for kind, error in collected.left_out.items():
        yield dim(f"no {kind}: {safe(error.message)}") + remedied(error.remedy)
