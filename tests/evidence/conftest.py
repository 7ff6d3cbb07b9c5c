"""A laboratory for each test, on one MLflow server for all of them."""

from pathlib import Path

import pytest

from laboratory import Laboratory
from repository import Repository


@pytest.fixture
def laboratory(example: Repository, http_sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Laboratory:
    """The example, committed, with no release yet."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", http_sqlite)
    folder = tmp_path / "laboratory"
    folder.mkdir()
    built = Laboratory(example, http_sqlite, folder)
    example.commit("Start")
    return built
