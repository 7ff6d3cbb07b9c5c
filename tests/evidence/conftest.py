"""A laboratory for each test, on one MLflow server for all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from laboratory import Laboratory
from repository import Repository
from tracking_server import tracking_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an MLflow server that speaks HTTP."""
    with tracking_server(tmp_path_factory.mktemp("tracking")) as uri:
        yield uri


@pytest.fixture
def laboratory(example: Repository, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Laboratory:
    """The example, committed, with no release yet."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    folder = tmp_path / "laboratory"
    folder.mkdir()
    built = Laboratory(example, server, folder)
    example.commit("Start")
    return built
