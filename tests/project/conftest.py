"""What the pages stand on: this project's own models under keys of its people, a server with the hook, a registry.

The registry also holds two versions of `churn`, a model that the repository does not know yet: its rows are made up,
and its training runs recorded what evidence asks for.
"""

import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from data_files import write
from embedded_registry import COMMITTED_ARTIFACTS, build
from governed import PEOPLE, key, public
from laboratory import model_directory
from modelward.tree.digest import digest_of
from pages import run
from recipes import RECIPES
from repository import COMMAND, PROJECT, Repository

GOVERNED = ("models", "policies", "environments", "validators", ".github", "tests/validators", "tests/example")
SIGNERS = (
    "engineer-1",
    "engineer-2",
    "lead-1",
    "lead-2",
    "officer-1",
    "board-1",
    "board-2",
    "board-3",
    "owner-1",
    "owner-2",
)
FEATURES = ["TENURE", "COMPLAINTS"]
CHURN = """
import numpy as np

class Model:
    def predict(self, rows):
        return 1 / (1 + np.exp(-(rows["COMPLAINTS"].to_numpy() - {weight} * rows["TENURE"].to_numpy())))

def _load_pyfunc(path):
    return Model()
"""


class PageRun(Protocol):
    """Runs a page of `docs/`, with more variables than all pages have; what it printed."""

    def __call__(self, path: str, **more: str) -> str: ...


@pytest.fixture(scope="session")
def _started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the repository `ml-governance`, its server, its registry and the rows; copied for each page."""
    folder = tmp_path_factory.mktemp("pages")
    _registry(folder)
    world = Repository(folder / "ml-governance")
    for name in GOVERNED:
        shutil.copytree(PROJECT / name, world.root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / ".gitattributes", world.root)
    _name_people(world)
    # The pages are read on every day of the year.
    world.write("policies/freezes.yaml", "schema: freezes/v1\nfreezes: []\n")
    world.commit("Start")
    server = folder / "server.git"
    world.git("clone", "--quiet", "--bare", str(world.root), str(server))
    hook = server / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {COMMAND} gate --pre-receive\n")
    hook.chmod(0o755)
    return folder


@pytest.fixture
def page(_started: Path, tmp_path: Path) -> PageRun:
    """Run a page of `docs/` in a clone that its reader has, each person's key at `~/.ssh/<person>`; what it printed."""
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    for person in (*PEOPLE, "reconciler"):
        shutil.copy(key(person), home / ".ssh" / person)
        shutil.copy(key(person).with_suffix(".pub"), home / ".ssh")
    work = tmp_path / "work"
    shutil.copytree(_started / "server.git", work / "server.git")
    shutil.copytree(_started / "data", work / "data")
    shutil.copy(_started / "registry/mlflow.db", work)
    root = work / "ml-governance"
    subprocess.run(["git", "clone", "--quiet", str(work / "server.git"), str(root)], check=True)
    for name, value in (("name", "engineer-1"), ("email", "engineer-1@example.org")):
        subprocess.run(["git", "-C", str(root), "config", f"user.{name}", value], check=True)
    variables = {"HOME": str(home), "MLFLOW_TRACKING_URI": f"sqlite:///{work / 'mlflow.db'}"}
    return lambda path, **more: run(PROJECT / path, root, variables | more)


def _name_people(world: Repository) -> None:
    """Give each person of the shipped file the key that a reader would have added."""
    now = datetime.now(UTC)
    since, until = (f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (now - timedelta(days=1), now + timedelta(days=365)))
    lines = []
    for line in world.read("policies/people.yaml").splitlines():
        holder = line.strip().partition(":")[0]
        entry = (
            f'{{key: "{public(holder)}", valid_from: "{since}", valid_until: "{until}"}}' if "keys: []" in line else ""
        )
        lines.append(line.replace("keys: []", f"keys: [{entry}]"))
    world.write("policies/people.yaml", "\n".join(lines) + "\n")


def _registry(folder: Path) -> None:
    uri = build(folder / "registry", COMMITTED_ARTIFACTS)
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    (folder / "data").mkdir()
    write(RECIPES["delivery-eta"], folder / "data")
    rows = {"training": _clients(1), "holdout": _clients(2)}
    for side, clients in rows.items():
        clients.to_csv(folder / f"data/{side}.csv", index=False)
    digests = {side: digest_of((folder / f"data/{side}.csv").read_bytes()) for side in rows}
    client.create_registered_model("churn")
    experiment = client.create_experiment("churn", artifact_location=(folder / "registry/artifacts").as_uri())
    for number, weight in enumerate(("0.3", "0.5"), start=1):
        directory = model_directory(folder / f"churn-{number}", CHURN.format(weight=weight))
        _train(client, experiment, directory, digests, {"weight": weight})


def _train(
    client: MlflowClient, experiment: str, directory: Path, digests: Mapping[str, str], parameters: Mapping[str, str]
) -> None:
    """Log a run as a training script should, and register what it made."""
    tags = {f"dataset.{side}": digest for side, digest in digests.items()}
    tags |= {f"dataset.{side}.snapshot": "clients-2026-10" for side in digests}
    tags |= {"trained_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "code": "c0" * 20, "python": "3.11.7"}
    run_id = client.create_run(experiment, tags=tags).info.run_id
    for name, value in parameters.items():
        client.log_param(run_id, name, value)
    client.log_dict(run_id, {"features": FEATURES}, "features.json")
    client.log_dict(run_id, {"samples": 2000, "threshold": 0.5, "scores": {"f1": 0.7}}, "classification_report.json")
    rules = {"rules": "COMPLAINTS >= 2", "scores": {"f1": 0.6}, "agreement": 0.9}
    client.log_dict(run_id, rules, "comparison_with_rules.json")
    client.log_artifacts(run_id, str(directory), "model")
    client.set_terminated(run_id)
    client.create_model_version("churn", f"{client.get_run(run_id).info.artifact_uri}/model", run_id)


def _clients(seed: int, count: int = 2000) -> pd.DataFrame:
    """Clients who leave when they complain and have not been here for long."""
    generator = np.random.default_rng(seed)
    tenure, complaints = generator.gamma(2.0, 3.0, count).round(1), generator.poisson(3, count)
    leaving = generator.random(count) < 1 / (1 + np.exp(0.5 * tenure - complaints))
    return pd.DataFrame(
        {
            "CLIENT": [f"c{seed}-{number:05}" for number in range(count)],
            "TENURE": tenure,
            "COMPLAINTS": complaints.astype(np.int64),
            "SEX": np.where(generator.random(count) < 0.5, "F", "M"),
            "LEFT": leaving.astype(np.int64),
        }
    )
