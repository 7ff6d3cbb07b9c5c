"""Train the releases of `credit-risk` against an MLflow server and export what the registry then holds.

Each release becomes a run, a model and a registered version in `Staging`. Its model directory goes, byte for
byte, to `<output>/<release>/`; what the run recorded goes to `<output>/training.json`. MLflow stamps a model
with new identifiers and the time, so that a second training yields the same scores under other digests.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import tempfile
import warnings
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Final

os.environ |= {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}

import mlflow
import pandas as pd
from mlflow.models import infer_signature

from credit_risk import FEATURES, LABEL, holdout_bytes, read_clients, split, training_bytes
from modelward.tree.digest import ADDED_ON_DOWNLOAD, artifact_digest, digest_of
from releases import RELEASES, Hyperparameter, Release
from scoring import Report, RuleComparison, compare_with_rule, report
from tracking_server import tracking_server

MODEL: Final = "credit-risk"
HERE: Final = Path(__file__).resolve().parent
CLIENTS: Final = HERE / "data" / "taiwan_credit.csv.gz"
OUTPUT: Final = HERE / "artifacts" / MODEL

REQUIREMENTS: Final = ("mlflow", "numpy", "pandas", "scikit-learn", "skops")
EXAMPLE_ROWS: Final = 3


@dataclass(frozen=True)
class Datasets:
    """The digests, `sha256:<hex>`, of the client file and of the canonical rows on each side of the split."""

    clients: str
    training: str
    holdout: str


@dataclass(frozen=True)
class Training:
    """What the run of one release recorded; `code` is the git commit of the training code if there is one."""

    version: str
    purpose: str
    run_id: str
    trained_at: str
    python: str
    code: str | None
    artifact: str
    datasets: Datasets
    features: tuple[str, ...]
    hyperparameters: dict[str, Hyperparameter]
    report: Report
    comparison_with_rule: RuleComparison


class DigestMismatchError(RuntimeError):
    """An exported model directory differs from what the server holds."""


def train_releases(clients_file: Path, output: Path) -> dict[str, Training]:
    """Train, register and export every release to the new folder `output`; return the records by release.

    Raises:
        FileExistsError: `output` exists.
        DigestMismatchError: an exported directory differs from the registered one.
        ServerDidNotStartError: the MLflow server does not start.
    """
    clients = read_clients(clients_file)
    datasets = Datasets(
        clients=digest_of(clients_file.read_bytes()),
        training=digest_of(training_bytes(clients)),
        holdout=digest_of(holdout_bytes(clients)),
    )
    output.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch, tracking_server(Path(scratch)) as uri:
        mlflow.set_tracking_uri(uri)
        mlflow.set_experiment(MODEL)
        records = {release.name: _train(release, clients, datasets, output / release.name) for release in RELEASES}
    listing = {"model": MODEL, "releases": {name: asdict(record) for name, record in records.items()}}
    (output / "training.json").write_text(json.dumps(listing, indent=2) + "\n", encoding="utf-8")
    return records


def _train(release: Release, clients: pd.DataFrame, datasets: Datasets, destination: Path) -> Training:
    training, holdout = split(clients)
    trained_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    release.classifier.fit(training[list(FEATURES)], training[LABEL])
    probabilities = release.classifier.predict_proba(holdout[list(FEATURES)])[:, 1]
    with mlflow.start_run(run_name=release.name) as run:
        version = _register(release, training)
        record = Training(
            version=version,
            purpose=release.purpose,
            run_id=run.info.run_id,
            trained_at=trained_at,
            python=platform.python_version(),
            code=_commit(),
            artifact=_export_version(version, destination),
            datasets=datasets,
            features=FEATURES,
            hyperparameters=dict(release.hyperparameters),
            report=report(holdout, probabilities),
            comparison_with_rule=compare_with_rule(holdout, probabilities),
        )
        _log(record)
    return record


def _register(release: Release, training: pd.DataFrame) -> str:
    """Log the fitted model to the active run, register it and put it into `Staging`; return the version."""
    example = training[list(FEATURES)].head(EXAMPLE_ROWS).reset_index(drop=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*integer column", category=UserWarning)
        warnings.filterwarnings("ignore", message=".*transition_model_version_stage", category=FutureWarning)
        logged = mlflow.sklearn.log_model(
            release.classifier,
            name="model",
            input_example=example,
            pip_requirements=[f"{name}=={installed_version(name)}" for name in REQUIREMENTS],
            pyfunc_predict_fn="predict_proba",
            registered_model_name=MODEL,
            signature=infer_signature(example, release.classifier.predict_proba(example)),
            skops_trusted_types=list(release.trusted_types),
        )
        version = str(logged.registered_model_version)
        mlflow.MlflowClient().transition_model_version_stage(MODEL, version, "Staging")
    return version


def _export_version(version: str, destination: Path) -> str:
    """Copy the model directory of a version to `destination`; return the digest that both have."""
    with tempfile.TemporaryDirectory() as scratch:
        registered = Path(mlflow.artifacts.download_artifacts(f"models:/{MODEL}/{version}", dst_path=scratch))
        shutil.copytree(registered, destination, ignore=shutil.ignore_patterns(*ADDED_ON_DOWNLOAD))
        digest, _ = artifact_digest(destination)
        if artifact_digest(registered)[0] != digest:
            raise DigestMismatchError(f"{destination} differs from version {version} of {MODEL}")
    return digest


def _log(record: Training) -> None:
    """Write the record to the active run."""
    mlflow.log_params(record.hyperparameters)
    mlflow.set_tags({f"dataset.{name}": value for name, value in asdict(record.datasets).items()})
    mlflow.set_tags({"trained_at": record.trained_at, "python": record.python})
    mlflow.set_tags({"artifact": record.artifact, "purpose": record.purpose})
    if record.code is not None:
        mlflow.set_tag("code", record.code)
    mlflow.log_metrics({"auc_roc": record.report.auc_roc, "brier": record.report.brier})
    mlflow.log_metrics(asdict(record.report.decisions))
    mlflow.log_dict({"features": list(record.features)}, "features.json")
    mlflow.log_dict(record.report.classification_report, "classification_report.json")
    mlflow.log_dict(asdict(record.comparison_with_rule), "comparison_with_rule.json")


def _commit() -> str | None:
    """Find the commit that is checked out here; None outside git and before the first commit."""
    command = ["git", "-C", str(HERE), "rev-parse", "--verify", "--quiet", "HEAD"]
    if shutil.which("git") is None:
        return None
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    return finished.stdout.strip() if finished.returncode == 0 else None


def main() -> None:
    """Train all releases and print their scores on the holdout rows."""
    parser = argparse.ArgumentParser(description="Train, register and export the releases of credit-risk.")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="new folder for the exported models")
    output = parser.parse_args().output
    if output.exists():
        parser.error(f"{output} exists: remove it, or name another folder with --output")
    for name, record in train_releases(CLIENTS, output).items():
        print(name, f"auc_roc={record.report.auc_roc:.4f}", record.report.decisions, record.artifact)


if __name__ == "__main__":
    main()
