"""What is MLflow's own: addresses, pages, requests, broken answers."""

import sqlite3
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from answering import running
from modelward.errors import CannotEvaluate, WrongUse
from modelward.registry import mlflow
from modelward.registry.connecting import connect
from modelward.registry.interface import RegistryUnavailable
from modelward.registry.mlflow import MlflowRegistry
from modelward.specs.environment import Registries
from modelward.specs.scalars import RegistryName

from .conftest import FILES, mlflow_registrar

MAIN = RegistryName("main")
REGISTRIES = Registries.model_validate(
    {"schema": "registries/v1", "registries": {"main": {"kind": "mlflow", "uri": {"env": "MLFLOW_TRACKING_URI"}}}}
)


def test_small_pages_give_the_same_models_as_one_large_page(
    http_sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = mlflow_registrar(http_sqlite, tmp_path)
    for number in range(5):
        register(f"paged-{number}", FILES)
        register(f"paged-{number}", FILES)
    registry = MlflowRegistry(http_sqlite)
    whole = registry.models()
    monkeypatch.setattr(mlflow, "MODELS_PER_PAGE", 2)
    monkeypatch.setattr(mlflow, "VERSIONS_PER_PAGE", 3)
    assert registry.models() == whole
    assert {f"paged-{number}" for number in range(5)} <= set(whole)
    assert all(sorted(whole[f"paged-{number}"].versions) == [1, 2] for number in range(5))


def test_t91_an_unset_address_is_wrong_use_and_names_the_variable() -> None:
    with pytest.raises(WrongUse, match="MLFLOW_TRACKING_URI"):
        connect(REGISTRIES, MAIN, {})


def test_t91_an_unknown_registry_is_wrong_use() -> None:
    with pytest.raises(WrongUse, match="`other`"):
        connect(REGISTRIES, RegistryName("other"), {})


def test_t91_a_sqlite_file_that_is_not_there_is_an_error_and_is_not_created(tmp_path: Path) -> None:
    missing = tmp_path / "missing.db"
    with pytest.raises(CannotEvaluate, match=r"missing\.db does not exist"):
        MlflowRegistry(f"sqlite:///{missing}")
    assert not missing.exists()


def test_t91_a_database_without_a_registry_is_an_error_and_stays_as_it_is(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    sqlite3.connect(other).execute("create table t (x)").connection.close()
    before = other.read_bytes()
    with pytest.raises(CannotEvaluate, match="holds no MLflow registry"):
        MlflowRegistry(f"sqlite:///{other}")
    assert other.read_bytes() == before


@pytest.mark.parametrize("address", ["mlruns", "/var/registry", "file:///var/registry", "slqite:///x.db", "ftp://host"])
def test_t91_an_address_that_is_none_is_wrong_use(address: str) -> None:
    with pytest.raises(WrongUse, match="is no registry address"):
        MlflowRegistry(address)


@pytest.mark.parametrize("uri", ["https://bot:secret℀@registry.example.org", "bot:secret@127.0.0.1:9"])
def test_an_address_that_is_none_is_wrong_use_and_its_password_is_not_shown(uri: str) -> None:
    with pytest.raises(WrongUse, match="is no registry address") as refused:
        MlflowRegistry(uri)
    assert "secret" not in refused.value.message


def test_a_password_in_an_address_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    registry = MlflowRegistry("http://reader:secret@127.0.0.1:9")
    assert registry.address == "http://reader:***@127.0.0.1:9"
    with pytest.raises(RegistryUnavailable) as caught:
        registry.models()
    assert "secret" not in caught.value.message


class _Nonsense(BaseHTTPRequestHandler):
    """Answers what no registry answers."""

    answer: bytes = b""
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(self.answer)

    do_POST = do_GET  # noqa: N815 - the base class's names

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def nonsense() -> Iterator[tuple[type[_Nonsense], str]]:
    """A server whose answers the test chooses, and its address."""

    class Handler(_Nonsense):
        pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with running(server):
        yield Handler, f"http://127.0.0.1:{server.server_address[1]}"


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, b"<html>a proxy's page</html>"),
        (200, b"[]"),
        (200, b'{"registered_models": 7}'),
        (200, b'{"registered_models": [{"name": "m", "aliases": [{"alias": "champion", "version": "one"}]}]}'),
        (500, b"{}"),
        (401, b'{"error_code": "UNAUTHENTICATED"}'),
        (404, b"not here"),
    ],
)
def test_a_malformed_answer_is_unavailable_with_the_address_and_never_an_empty_registry(
    nonsense: tuple[type[_Nonsense], str], status: int, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    handler, uri = nonsense
    handler.status, handler.answer = status, answer
    with pytest.raises(RegistryUnavailable, match=uri):
        MlflowRegistry(uri).models()
