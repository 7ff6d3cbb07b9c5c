"""Train the releases of the models against an MLflow server and export what the registry then holds.

Each release becomes a run, a model and a registered version in `Staging`. Its model directory goes, byte for byte,
to `<output>/<model>/<release>/`; what the run recorded goes to `<output>/<model>/runs.json`. MLflow stamps a model
with new identifiers and the time, so that a second training yields the same scores under other digests.
"""

import argparse
import os
import platform
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any, Final

os.environ |= {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}

import mlflow
import pandas as pd
from mlflow.models import infer_signature

from modelward.tree.digest import ADDED_ON_DOWNLOAD, artifact_digest, digest_of
from recipe import Answers, Recipe, Release
from recipes import add_models
from runs import Run, fetch, write
from scoring import compare_with_rule, report
from tracking_server import tracking_server

HERE: Final = Path(__file__).resolve().parent
OUTPUT: Final = HERE / "artifacts"
CODE: Final = ("demo/*.py", "demo/data", "models/*/rules")
"""What decides how a release comes out."""

REQUIREMENTS: Final = ("mlflow", "numpy", "pandas", "scikit-learn", "skops")
EXAMPLE_ROWS: Final = 3


class DigestMismatchError(RuntimeError):
    """An exported model directory differs from what the server holds."""


class NotCommittedError(RuntimeError):
    """The training code is not what a commit holds, so no release could name where it came from."""


@dataclass(frozen=True)
class Data:
    """The rows on each side of the split, and the digests of their canonical files."""

    training: pd.DataFrame
    holdout: pd.DataFrame
    digests: dict[str, str]

    @classmethod
    def of(cls, recipe: Recipe) -> "Data":
        """Read or generate the rows of a model."""
        sides = recipe.sides()
        return cls(**sides, digests={side: digest_of(recipe.file(rows)) for side, rows in sides.items()})


def train(recipe: Recipe, output: Path, code: str) -> Iterator[tuple[str, Run]]:
    """Train, register and export every release to the new folder `output`; yield the runs by release.

    `code` is the commit of the training code; `mlflow` must have its tracking URI.

    Raises:
        FileExistsError: `output` exists.
        DigestMismatchError: an exported directory differs from the registered one.
    """
    output.mkdir(parents=True)
    data = Data.of(recipe)
    mlflow.set_experiment(recipe.model)
    runs = {}
    for release in recipe.releases:
        runs[release.name] = _train(recipe, release, data, output / release.name, code)
        yield release.name, runs[release.name]
    write(output, runs)


def _train(recipe: Recipe, release: Release, data: Data, destination: Path, code: str) -> Run:
    trained_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    taught = data.training[recipe.label] if release.taught is None else release.taught(data.training)
    release.estimator.fit(data.training[list(recipe.features)], taught)
    with mlflow.start_run(run_name=release.name) as active:
        version = _register(recipe, release, data.training)
        digest = _export(recipe.model, version, destination)
        mlflow.set_tags({"trained_at": trained_at, "python": platform.python_version(), "code": code})
        mlflow.set_tags({"artifact": digest, "purpose": release.purpose})
        mlflow.log_params(dict(release.hyperparameters))
        _log_data(recipe, data)
        _log_scores(recipe, data.holdout, _answers(recipe, release, data.holdout))
    with tempfile.TemporaryDirectory() as scratch:
        return fetch(mlflow.MlflowClient(), active.info.run_id, version, Path(scratch))


def _predictor(recipe: Recipe, release: Release) -> Callable[[pd.DataFrame], Any]:
    return getattr(release.estimator, recipe.predicts)  # type: ignore[no-any-return]


def _answers(recipe: Recipe, release: Release, rows: pd.DataFrame) -> Answers:
    said = _predictor(recipe, release)(rows[list(recipe.features)])
    answers: Answers = said if recipe.threshold is None else said[:, 1]
    return answers


def _register(recipe: Recipe, release: Release, training: pd.DataFrame) -> int:
    """Log the fitted model to the active run, register it and put it into `Staging`; the number of its version."""
    example = training[list(recipe.features)].head(EXAMPLE_ROWS).reset_index(drop=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*integer column", category=UserWarning)
        warnings.filterwarnings("ignore", message=".*transition_model_version_stage", category=FutureWarning)
        logged = mlflow.sklearn.log_model(
            release.estimator,
            name="model",
            input_example=example,
            pip_requirements=[f"{name}=={installed_version(name)}" for name in REQUIREMENTS],
            pyfunc_predict_fn=recipe.predicts,
            registered_model_name=recipe.model,
            signature=infer_signature(example, _predictor(recipe, release)(example)),
            skops_trusted_types=list(release.trusted_types),
        )
        version = str(logged.registered_model_version)
        mlflow.MlflowClient().transition_model_version_stage(recipe.model, version, "Staging")
    return int(version)


def _export(model: str, version: int, destination: Path) -> str:
    """Copy the model directory of a version to `destination`; the digest that both have."""
    with tempfile.TemporaryDirectory() as scratch:
        registered = Path(mlflow.artifacts.download_artifacts(f"models:/{model}/{version}", dst_path=scratch))
        shutil.copytree(registered, destination, ignore=shutil.ignore_patterns(*ADDED_ON_DOWNLOAD))
        digest, _ = artifact_digest(destination)
        if artifact_digest(registered)[0] != digest:
            raise DigestMismatchError(f"{destination} differs from version {version} of {model}")
    return digest


def _log_data(recipe: Recipe, data: Data) -> None:
    """Write down which data the release comes from, what it reads of them, and how fresh they were."""
    for side, digest in data.digests.items():
        mlflow.set_tags({f"dataset.{side}": digest, f"dataset.{side}.snapshot": recipe.snapshot})
    mlflow.set_tag("data_cut_at", recipe.cut_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    mlflow.log_dict({"features": list(recipe.features)}, "features.json")
    for view, refreshed_at in recipe.refreshed_at.items():
        mlflow.log_metric(f"feature_freshness_minutes.{view}", (recipe.cut_at - refreshed_at).total_seconds() / 60)


def _log_scores(recipe: Recipe, holdout: pd.DataFrame, answers: Answers) -> None:
    """Write down how good the release is, and how much better than the rule."""
    reported = report(recipe, holdout, answers)
    compared = compare_with_rule(recipe, holdout, answers)
    mlflow.log_metrics(dict(reported.scores))
    mlflow.log_dict(asdict(reported), f"{'regression' if reported.classes is None else 'classification'}_report.json")
    mlflow.log_dict(asdict(compared), "comparison_with_rules.json")


def _commit() -> str:
    """The commit that is checked out here; raises `NotCommittedError` where the code is not what it holds."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(HERE.parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    if changed := git("status", "--porcelain", "--", *CODE):
        raise NotCommittedError(f"commit these first, so that a release can name its code:\n{changed}")
    return git("rev-parse", "--verify", "HEAD")


def main() -> None:
    """Train the chosen models and print their scores on the holdout rows."""
    parser = argparse.ArgumentParser(description="Train, register and export the releases of the models.")
    add_models(parser)
    parser.add_argument("--output", type=Path, default=OUTPUT, help="folder for the exported models")
    arguments = parser.parse_args()
    for recipe in arguments.models:
        if (arguments.output / recipe.model).exists():
            parser.error(f"{arguments.output / recipe.model} exists: remove it, or name another folder with --output")
    code = _commit()
    with tempfile.TemporaryDirectory() as scratch, tracking_server(Path(scratch)) as uri:
        mlflow.set_tracking_uri(uri)
        for recipe in arguments.models:
            for release, run in train(recipe, arguments.output / recipe.model, code):
                print(recipe.model, release, run.tags["artifact"], dict(run.metrics))


if __name__ == "__main__":
    main()
