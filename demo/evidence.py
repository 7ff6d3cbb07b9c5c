"""Write the release records of `credit-risk` and the evidence that they pin, from the committed models and data.

For each release: `metrics.json` and `bias.json` from the holdout rows, `validation.json` from single rows of them,
`training.json` from what the training run recorded, and `release.yaml`, which pins all four. Two runs differ in the
time of production and the latency, and therefore in digests: it is for releases that are not yet merged, whose
evidence may still be replaced. Threshold and range of the scores come from the manifest.
"""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

os.environ |= {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_LOGGING_LEVEL": "WARNING"}

import pandas as pd

from credit_risk import FEATURES, LABEL, PROTECTED, read_clients, split
from modelward import __version__
from modelward.errors import CannotEvaluate
from modelward.evidence.artifact import load_scorer
from modelward.evidence.contents import BiasContent, MetricsContent, TrainingContent
from modelward.evidence.documents import document_bytes, produced
from modelward.evidence.intervals import Bootstrap
from modelward.evidence.measuring import parity, performance
from modelward.evidence.validation import validate
from modelward.specs.evidence import Content, Envelope, Produced, Subject
from modelward.specs.manifest import Output
from modelward.specs.scalars import Digest, ModelName, ReleaseName
from modelward.tree.digest import artifact_digest, digest_of
from modelward.tree.directory import DirectorySource
from modelward.tree.snapshot import Snapshot

MODEL: Final = ModelName("credit-risk")
HERE: Final = Path(__file__).resolve().parent
REPOSITORY: Final = HERE.parent
CLIENTS: Final = HERE / "data" / "taiwan_credit.csv.gz"
ARTIFACTS: Final = HERE / "artifacts" / MODEL
RELEASES: Final = REPOSITORY / "models" / MODEL / "releases"

SNAPSHOT: Final = "taiwan-credit-2005-09"
"""The cut of the data that both sides of the split come from: clients as of September 2005."""

PRODUCER: Final = "engineer-1"
TOOL: Final = f"modelward {__version__}"
FIRST_TICKET: Final = 101
SEED: Final = 20050930
POSITIVE_COLUMN: Final = 1
"""The column of the model's answer that is the probability of default."""

GROUPS: Final = {1: "male", 2: "female"}
"""What the codes of `PROTECTED` mean."""

Record = Mapping[str, Any]
"""What `train.py` wrote of one release."""


def contents(directory: Path, holdout: pd.DataFrame, output: Output, record: Record) -> dict[str, Content]:
    """Measure one release on the holdout rows; return what each document says, by kind.

    Raises:
        CannotEvaluate: the output declares no threshold or range, or the rows cannot be measured.
    """
    if output.threshold is None or output.range is None:
        raise CannotEvaluate(f"output {output.name} has no threshold or no range", "declare both in the manifest")
    rows = holdout[list(FEATURES)]
    scores = load_scorer(directory, POSITIVE_COLUMN)(rows)
    bootstrap = Bootstrap(seed=SEED)
    measured = performance(holdout[LABEL].to_numpy(), scores, output.threshold, bootstrap)
    groups = holdout[PROTECTED].map(GROUPS).to_numpy(dtype=str)
    between = parity(scores, output.threshold, groups, PROTECTED, bootstrap)
    name, threshold = output.name, output.threshold
    return {
        "metrics": MetricsContent(
            measurements=measured.measurements, checks=measured.undefined, output=name, threshold=threshold
        ),
        "bias": BiasContent(
            measurements=(between.measurement,), output=name, threshold=threshold, groups=between.groups
        ),
        "validation": validate(directory, POSITIVE_COLUMN, rows, output.range, SEED),
        "training": training_content(record),
    }


def training_content(record: Record) -> TrainingContent:
    """Put what the training run recorded into the form of training evidence."""
    report = record["report"]
    compared = record["comparison_with_rule"]
    return TrainingContent.model_validate(
        {
            **{key: record[key] for key in ("run_id", "purpose", "trained_at", "code", "python")},
            "datasets": datasets(record),
            "features": record["features"],
            "hyperparameters": record["hyperparameters"],
            "report": {
                "samples": report["rows"],
                "threshold": report["threshold"],
                "scores": {"auc_roc": report["auc_roc"], "brier": report["brier"], **report["decisions"]},
                "classes": report["classification_report"],
            },
            "comparison_with_rules": {
                "rules": compared["rule"],
                "scores": compared["decisions"],
                "agreement": compared["agreement"],
            },
        }
    )


def datasets(record: Record) -> list[dict[str, str]]:
    """List the data that made and measured the release, as a release record names it."""
    return [
        {"role": role, "digest": record["datasets"][role], "snapshot": SNAPSHOT} for role in ("training", "holdout")
    ]


def documents(release: ReleaseName, record: Record, said: Mapping[str, Content], by: Produced) -> dict[str, bytes]:
    """Wrap what is said of a release into documents about it, by kind."""
    measured_on = {"training": ("training", "holdout")}
    return {
        kind: document_bytes(
            Envelope(
                kind=kind,
                subject=Subject(
                    model=MODEL,
                    release=release,
                    artifact=Digest(record["artifact"]),
                    datasets=tuple(Digest(record["datasets"][role]) for role in measured_on.get(kind, ("holdout",))),
                ),
                produced=by,
                content=content,
            )
        )
        for kind, content in said.items()
    }


def release_record(release: str, record: Record, size: int, evidence: Mapping[str, bytes]) -> str:
    """Write the text of a release record; `evidence` holds the documents by kind, `size` counts bytes."""
    version = int(record["version"])
    lines = [
        "# yaml-language-server: $schema=../../../../policies/schemas/release.schema.json",
        "schema: release/v1",
        f'release: "{release}"',
        f'artifact: {{digest: "{record["artifact"]}", size: {size}}}',
        f'registered: {{main: {{version: {version}, run_id: "{record["run_id"]}"}}}}',
        f'trained: {{at: "{record["trained_at"]}", code: "{record["code"]}", python: "{record["python"]}"}}',
        "datasets:",
        *(
            f'  - {{role: {data["role"]}, digest: "{data["digest"]}", snapshot: {data["snapshot"]}}}'
            for data in datasets(record)
        ),
        f"ticket: MLGOV-{FIRST_TICKET + version - 1}",
        "imported: false",
        "evidence:",
        *(
            f'  - {{kind: {kind}, path: {kind}.json, digest: "{digest_of(document)}"}}'
            for kind, document in evidence.items()
        ),
    ]
    return "\n".join(lines) + "\n"


def _artifact_size(directory: Path, pinned: str) -> int:
    """Compare a model directory with the digest of its training; return the size of its files in bytes."""
    digest, size = artifact_digest(directory)
    if digest != pinned:
        raise CannotEvaluate(f"{directory.name} is {digest}, not {pinned} as trained", "restore the artifact")
    return size


def main() -> None:
    """Write all releases and print what was measured."""
    snapshot = Snapshot(DirectorySource(REPOSITORY))
    output = snapshot.model(MODEL).manifest.spec.outputs[0]
    records: Mapping[str, Record] = json.loads((ARTIFACTS / "training.json").read_bytes())["releases"]
    _, holdout = split(read_clients(CLIENTS))
    by = produced(datetime.now(UTC), PRODUCER, TOOL)
    for release, record in records.items():
        directory = ARTIFACTS / release
        size = _artifact_size(directory, record["artifact"])
        said = contents(directory, holdout, output, record)
        evidence = documents(ReleaseName(release), record, said, by)
        folder = RELEASES / release
        folder.mkdir(parents=True, exist_ok=True)
        for kind, document in evidence.items():
            (folder / f"{kind}.json").write_bytes(document)
        (folder / "release.yaml").write_text(release_record(release, record, size, evidence), encoding="utf-8")
        measured = [each for content in said.values() for each in content.measurements]
        print(release, " ".join(f"{each.metric}={each.value:.4g}" for each in measured))


if __name__ == "__main__":
    main()
