"""An embedded registry for the demonstration, rebuilt from the committed model directories.

It stands for the registry of a team that promoted by clicking: three versions of `credit-risk`, the first of
them in `Production`, no alias. Run `python demo/embedded_registry.py FOLDER` to build one and print its tracking URI.
"""

import argparse
import json
import logging
import os
import re
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

from mlflow import MlflowClient

MODEL: Final = "credit-risk"
IN_PRODUCTION: Final = "1"
RUN_ID: Final = re.compile(r"[0-9a-f]{32}")
COMMITTED_ARTIFACTS: Final = Path(__file__).resolve().parent / "artifacts"


def build(folder: Path, artifacts: Path) -> str:
    """Build the registry below `folder` from the model directories in `artifacts`/credit-risk.

    Writes `folder`/mlflow.db and `folder`/artifacts. A registry that is there already is replaced: its
    database changes in a single transaction, so that an open connection sees the old registry or the new one.

    Returns:
        The tracking URI, `sqlite:///` and the absolute path of the database.

    Raises:
        OSError: `artifacts` lacks a file, or `folder` cannot be written.
    """
    releases = _releases_by_version(artifacts / MODEL)
    folder = folder.resolve()
    stored = folder / "artifacts"
    stored.mkdir(parents=True, exist_ok=True)
    database = folder / "mlflow.db"
    with tempfile.TemporaryDirectory(prefix=".building-", dir=folder) as scratch:
        fresh = Path(scratch) / "mlflow.db"
        with _quiet_mlflow():
            runs = _register(_sqlite_uri(fresh), releases, stored)
        _replace_content(database, fresh)
    for run in stored.iterdir():
        if RUN_ID.fullmatch(run.name) and run.name not in runs:
            shutil.rmtree(run)
    return _sqlite_uri(database)


def _releases_by_version(model: Path) -> list[Path]:
    """List the directories of the releases in the order of the versions they were registered as: 1, 2, 3."""
    releases = json.loads((model / "training.json").read_bytes())["releases"]
    ordered = sorted(releases, key=lambda release: int(releases[release]["version"]))
    return [model / release for release in ordered]


def _register(uri: str, releases: Sequence[Path], stored: Path) -> frozenset[str]:
    """Register each release as the next version, with its files below `stored`; return the run ids."""
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    experiment = client.create_experiment(MODEL, artifact_location=stored.as_uri())
    client.create_registered_model(MODEL)
    runs = []
    for release in releases:
        run = client.create_run(experiment, run_name=release.name)
        client.log_artifacts(run.info.run_id, str(release), "model")
        client.set_terminated(run.info.run_id)
        client.create_model_version(
            MODEL, f"{run.info.artifact_uri}/model", run.info.run_id, description=f"release {release.name}"
        )
        runs.append(run.info.run_id)
    client.transition_model_version_stage(MODEL, IN_PRODUCTION, "Production")
    return frozenset(runs)


def _replace_content(database: Path, fresh: Path) -> None:
    with closing(sqlite3.connect(fresh)) as source, closing(sqlite3.connect(database)) as target:
        source.backup(target)


def _sqlite_uri(database: Path) -> str:
    return f"sqlite:///{database}"


@contextmanager
def _quiet_mlflow() -> Iterator[None]:
    """Hold back the progress of database migrations and MLflow's notices of deprecation."""
    previous = logging.root.manager.disable
    logging.disable(logging.INFO)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(previous)


def main() -> None:
    """Build the registry in the folder given on the command line and print its tracking URI."""
    parser = argparse.ArgumentParser(description="Build the demonstration's registry and print its tracking URI.")
    parser.add_argument("folder", type=Path, help="where the registry is built")
    print(build(parser.parse_args().folder, COMMITTED_ARTIFACTS))


if __name__ == "__main__":
    main()
