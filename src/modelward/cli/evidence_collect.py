"""`evidence collect`: measure a release on real rows, and pin what is found."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import click

from modelward.cli.editing import edits
from modelward.cli.options import Output, emit, formats, here, now
from modelward.cli.releasing import Released, progress, speaker
from modelward.errors import Denied, WrongUse
from modelward.evidence.collection import KINDS, Collected, Given, champion_of, collect
from modelward.evidence.contents import Resampling, TrainingContent
from modelward.evidence.pinning import Document, Edit
from modelward.evidence.rows import columns_as_text, read_rows
from modelward.evidence.scoring import SECONDS
from modelward.evidence.tasks.catalogue import check_known
from modelward.evidence.terms import Terms, wanted_measures
from modelward.evidence.trial import Answers, Rules
from modelward.evidence.validation import vectors
from modelward.report.terminal import bold, dim, green, red, safe
from modelward.specs.evidence import Produced
from modelward.specs.release import Dataset
from modelward.specs.scalars import Digest, ReleaseName
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
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only this kind; several times.")
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
@here
def command(
    model: str,
    release: str,
    data: Path,
    champion: str | None,
    slices: tuple[str, ...],
    reference: Path | None,
    ids: str | None,
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
) -> None:
    """Measure RELEASE of MODEL on real rows, and pin what is found beside its record.

    The version is taken from the registry, its bytes are compared with the record, and it scores the rows in a process
    of its own, without secrets. Which metrics are measured stands in thresholds.yaml (`computed: builtin`).
    """
    released = Released(folder, model, release)
    thresholds = released.model.thresholds.spec
    if released.manifest.task is None:
        raise WrongUse(f"the manifest of `{model}` says no task", "add `task:` to it")
    check_known(released.manifest.task, thresholds.metrics)
    produced = speaker(released, by, now())
    wanted = wanted_measures(released.manifest, thresholds, slices)
    names = [one.slice for one in wanted if one.slice is not None]
    texts = columns_as_text(released.manifest, names if ids is None else [*names, ids])
    rows = read_rows(folder / data, texts)
    baseline = rows if reference is None else read_rows(folder / reference, texts)
    rows.ids(ids)
    chosen = tuple(kind for kind in KINDS if kind in kinds) if kinds else KINDS
    versus = _champion(released, champion) if "backtest" in chosen else None
    fixed = int(released.spec.artifact.digest[len("sha256:") :][:8], 16) if seed is None else seed
    terms = Terms(wanted, Resampling(draws=draws, seed=fixed), ids)
    with released.artifacts(registry) as fetched:
        contender = fetched(released.spec.release)
        picked = vectors(len(rows), fixed) if "validation" in chosen else []
        answers = Answers(released.manifest, contender, rows, Rules(picked, timeout, progress))
        plain = Rules((), timeout, progress)
        against = None if versus is None else Answers(released.manifest, fetched(versus), rows, plain)
        referred = answers if baseline is rows else Answers(released.manifest, contender, baseline, plain)
        collected = collect(
            Given(answers, against, referred, terms, lambda: released.training(registry)), chosen, asked=bool(kinds)
        )
    edit = _edit(released, collected, _measured_on(collected, rows.digest, baseline.digest), produced)
    _finish(released, collected, edit, outputs, dry_run=dry_run, branch=branch)


def _champion(released: Released, named: str | None) -> ReleaseName | None:
    """The release to compare with: the one named, or what the release would replace."""
    if named == "none":
        return None
    if named is not None:
        if named == released.spec.release:
            raise WrongUse("a release is no champion of itself", "name another with --champion, or `none`")
        return released.of(named).spec.release
    found = champion_of(released.manifest, released.model.thresholds.spec, released.spec.release)
    if len(found) > 1:
        raise WrongUse(f"several releases would be replaced: {', '.join(found)}", "name one with --champion")
    return found[0] if found else None


def _measured_on(collected: Collected, rows: Digest, reference: Digest) -> Mapping[str, tuple[Dataset, ...]]:
    """The data that each document speaks of; of training all that the run read."""
    alone = list(collected.contents) == ["backtest"]
    found: dict[str, tuple[Dataset, ...]] = {}
    for kind, content in collected.contents.items():
        if isinstance(content, TrainingContent):
            found[kind] = content.datasets
        elif kind == "baseline" and reference != rows:
            found[kind] = (Dataset(role="validation", digest=reference),)
        else:
            found[kind] = (Dataset(role="backtest" if alone else "holdout", digest=rows),)
    return found


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


def _edit(
    released: Released, collected: Collected, measured_on: Mapping[str, tuple[Dataset, ...]], produced: Produced
) -> Edit:
    documents = []
    for kind, content in collected.contents.items():
        data = released.document(kind, content, tuple(each.digest for each in measured_on[kind]), produced)
        documents.append(Document(kind, data, None if content.champion is None else content.champion.release))
    used = (dataset for datasets in measured_on.values() for dataset in datasets)
    return released.pin(documents, _unnamed(released, used))


def _finish(
    released: Released,
    collected: Collected,
    edit: Edit,
    outputs: Sequence[Output],
    *,
    dry_run: bool,
    branch: str | None,
) -> None:
    """Write, and say what was found; what the release could not show is exit 1."""
    aside = any(output.format == "json" and output.path is None for output in outputs)
    click.echo("\n".join(_lines(collected)), err=aside)
    released.write(
        edit,
        f"Collect evidence of {released.model.name} {released.spec.release}",
        dry_run=dry_run,
        branch=branch,
        aside=aside,
    )
    document = {
        "schema": "evidence-collect/v1",
        "model": released.model.name,
        "release": released.spec.release,
        "evidence": [{"kind": kind, "path": path, "digest": digest} for kind, path, digest in edit.pins],
        "left_out": dict(collected.left_out),
        "written": not dry_run,
    }
    emit([output for output in outputs if output.format == "json"], {"json": lambda: json.dumps(document, indent=2)})
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
    for kind, reason in collected.left_out.items():
        yield dim(f"no {kind}: {safe(reason)}")
