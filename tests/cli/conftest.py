"""The command as a user runs it: this project's own models and policies in git, against a real registry file."""

import os
import shutil
from pathlib import Path

import pytest

from embedded_registry import COMMITTED_ARTIFACTS, build
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
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name, value in SOMEBODY.items():
        monkeypatch.setenv(name, value)
    repository = Repository(tmp_path / "repository")
    for folder in GOVERNED:
        shutil.copytree(PROJECT / folder, repository.root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    repository.commit("Start")
    return repository


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a registry that holds the repository's releases, and its address in the environment."""
    folder = tmp_path / "registry"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", build(folder, COMMITTED_ARTIFACTS))
    return folder
