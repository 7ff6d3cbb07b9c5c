"""An embedded registry for the demonstration, rebuilt from the committed model directories and run records.

It stands for the registry of a team that promoted by clicking: three versions of each model, the first of them in
`Production`, no alias. Runs have the ids and the records that they had when the releases were trained. Run
`python demo/embedded_registry.py FOLDER` to build one and print its tracking URI.
"""

import argparse
import logging
import os
import re
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

from mlflow import MlflowClient

import runs

IN_PRODUCTION: Final = "1"
RUN_ID: Final = re.compile(r"[0-9a-f]{32}")
COMMITTED_ARTIFACTS: Final = Path(__file__).resolve().parent / "artifacts"


def build(folder: Path, artifacts: Path) -> str:
    """Build the registry below `folder` from the model directories in `artifacts`/<model>/<release>.

    Writes `folder`/mlflow.db and `folder`/artifacts. A registry that is there already is replaced: its
    database changes in a single transaction, so that an open connection sees the old registry or the new one.

    Returns:
        The tracking URI, `sqlite:///` and the absolute path of the database.

    Raises:
        OSError: `artifacts` lacks a file, or `folder` cannot be written.
    """
    folder = folder.resolve()
    stored = folder / "artifacts"
    stored.mkdir(parents=True, exist_ok=True)
    database = folder / "mlflow.db"
    with tempfile.TemporaryDirectory(prefix=".building-", dir=folder) as scratch:
        fresh = Path(scratch) / "mlflow.db"
        pinned: dict[str, str] = {}
        with _quiet_mlflow():
            uri = _sqlite_uri(fresh)
            client = MlflowClient(tracking_uri=uri, registry_uri=uri)
            for model in sorted(path for path in artifacts.iterdir() if path.is_dir()):
                pinned |= _register(client, model, stored)
        for given, run_id in pinned.items():
            shutil.rmtree(stored / run_id, ignore_errors=True)
            (stored / given).rename(stored / run_id)
        _replace_content(database, _renamed(fresh, pinned))
    for run in stored.iterdir():
        if RUN_ID.fullmatch(run.name) and run.name not in pinned.values():
            shutil.rmtree(run)
    return _sqlite_uri(database)


def _register(client: MlflowClient, model: Path, stored: Path) -> dict[str, str]:
    """Register each release of a model as its version; the ids that runs were given, with those that they had."""
    name = model.name
    experiment = client.create_experiment(name, artifact_location=stored.as_uri())
    client.create_registered_model(name)
    pinned = {}
    for release, run in runs.read(model).items():
        given = runs.restore(client, run, experiment, release)
        client.log_artifacts(given, str(model / release), "model")
        source = f"{client.get_run(given).info.artifact_uri}/model"
        client.create_model_version(name, source, given, description=f"release {release}")
        pinned[given] = run.run_id
    client.transition_model_version_stage(name, IN_PRODUCTION, "Production")
    return pinned


def _renamed(database: Path, names: Mapping[str, str]) -> str:
    """The database as SQL in which each run bears the id that it had: a tracking store lets nobody choose one."""
    with closing(sqlite3.connect(database)) as connection:
        text = "\n".join(connection.iterdump())
    return re.sub("|".join(names), lambda found: names[found[0]], text)


def _replace_content(database: Path, statements: str) -> None:
    with closing(sqlite3.connect(":memory:")) as source, closing(sqlite3.connect(database)) as target:
        source.executescript(statements)
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
