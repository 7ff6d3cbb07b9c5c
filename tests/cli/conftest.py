"""The command as a user runs it: this project's own models and policies in git, against a real registry file."""

import os
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from embedded_registry import COMMITTED_ARTIFACTS, build
from operated import Operated
from repository import PROJECT, Repository

GOVERNED = ("models", "policies", "environments", "validators")
SOMEBODY = {
    "GIT_AUTHOR_NAME": "engineer-1",
    "GIT_AUTHOR_EMAIL": "engineer-1@example.org",
    "GIT_COMMITTER_NAME": "engineer-1",
    "GIT_COMMITTER_EMAIL": "engineer-1@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A committed copy of this project's governed folders, somebody who commits, and no registry address."""
    return governed_copy(tmp_path / "repository", monkeypatch)


def governed_copy(root: Path, patch: pytest.MonkeyPatch) -> Repository:
    """The same at `root`, for as long as the patch holds."""
    patch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name, value in SOMEBODY.items():
        patch.setenv(name, value)
    repository = Repository(root)
    for folder in GOVERNED:
        shutil.copytree(PROJECT / folder, repository.root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    repository.commit("Start")
    return repository


@dataclass
class Kept:
    """A registry file of this run, to be put wherever a test wants it: its folder stands in the database as text."""

    folder: Path
    found: str
    adopted: str | None = None

    def put(self, folder: Path, database: str) -> None:
        """Write the database of a registry below `folder`, in one of the states that are kept."""
        (folder / "mlflow.db").unlink(missing_ok=True)
        with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
            connection.executescript(database.replace(str(self.folder), str(folder)))

    def read(self, folder: Path) -> str:
        """The state of the registry below `folder`."""
        with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
            return "\n".join(connection.iterdump()).replace(str(folder), str(self.folder))


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """The demonstration's registry as its team left it."""
    folder = tmp_path_factory.mktemp("kept").resolve()
    build(folder, COMMITTED_ARTIFACTS)
    kept = Kept(folder, "")
    kept.found = kept.read(folder)
    return kept


@pytest.fixture
def registry(tmp_path: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a registry that holds the repository's releases, and its address in the environment."""
    folder = tmp_path / "registry"
    shutil.copytree(kept.folder / "artifacts", folder / "artifacts")
    kept.put(folder, kept.found)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
    return folder


@pytest.fixture
def adopted(repository: Repository, registry: Path, kept: Kept) -> Repository:
    """A repository whose registry was taken over; what the first take-over of this run left serves them all."""
    if kept.adopted is None:
        assert repository.modelward("apply", "--adopt", "--yes").code == 0
        kept.adopted = kept.read(registry)
    else:
        kept.put(registry, kept.adopted)
    return repository


@pytest.fixture
def world(repository: Repository, registry: Path) -> Operated:
    """The project's models, taken over under a ledger; where a file plays in another world it has one of that name."""
    assert registry.is_dir()
    return Operated.taken_over(repository)


def in_two_registries(repository: Repository) -> Repository:
    """The same with staging in a registry of its own, `lab`, where every release is registered too."""
    repository.replace("environments/staging.yaml", "{name: main", "{name: lab")
    known = "  main: {kind: mlflow, uri: {env: MLFLOW_TRACKING_URI}}\n"
    repository.replace("environments/registries.yaml", known, known + known.replace("main", "lab").replace("ML", "LAB"))
    registered, both = r"^registered:\s+\{?main: (\{.*?\})\}?$", r"registered: {main: \1, lab: \1}"
    for path in repository.root.glob("models/*/releases/*/release.yaml"):
        path.write_text(re.sub(registered, both, path.read_text(), flags=re.MULTILINE))
    return repository
