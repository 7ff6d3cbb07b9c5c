"""A server that answers to harm, and versions that were registered to harm. Rows T71, T77 and T92 of the threats."""

import json
import os
import re
import socket
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient

from answering import document, serving
from modelward.registry import reading
from modelward.registry.interface import About, ArtifactUnreadable, RegistryUnavailable
from modelward.registry.mlflow import MlflowRegistry

from .conftest import FILES, Filled, mlflow_registrar


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


def test_a_registry_that_gives_the_same_page_again_and_again_is_unavailable() -> None:
    def answer(_path: str, _query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        return document({"registered_models": [{"name": "m"}], "next_page_token": "again"})

    with serving(answer) as (uri, got), pytest.raises(RegistryUnavailable, match="the same page again and again"):
        MlflowRegistry(uri).models()
    assert len(got) == 2


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (500, b'{"message": "no database"}', '500 Internal Server Error: {"message": "no database"}'),
        (401, b"who are you?", "status 401: who are you?"),
        (302, b"", "status 302"),
    ],
)
def test_a_server_that_answers_otherwise_is_named_with_its_status_and_words(status: int, body: bytes, why: str) -> None:
    with serving(lambda _path, _query: (status, {}, body)) as (uri, _), pytest.raises(RegistryUnavailable) as caught:
        MlflowRegistry(uri).models()
    assert caught.value.message == f"registry {uri} cannot list its models: {why}"


def test_a_registry_that_is_down_is_named_with_the_reason_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(RegistryUnavailable) as caught:
            MlflowRegistry(f"http://127.0.0.1:{port}").models()
    assert caught.value.message == (
        f"registry http://127.0.0.1:{port} cannot list its models: Read timed out. (read timeout=1.0)"
    )
    for uri, why in (
        (f"http://127.0.0.1:{port}", "connection refused"),
        ("http://registry.invalid", "(?:name|temporary|no address)[a-z ]+"),
    ):
        with pytest.raises(RegistryUnavailable) as caught:
            MlflowRegistry(uri).models()
        assert re.fullmatch(rf"registry {uri} cannot list its models: {why}", caught.value.message)


def about(version: bytes, status: int = 200, date: str = "Fri, 20 Nov 2026 09:00:00 GMT") -> About:
    def answer(path: str, _query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if path == "/version":
            return status, {"Date": date}, version
        return document({"registered_models": []})

    with serving(answer) as (uri, _):
        return MlflowRegistry(uri).about()


@pytest.mark.parametrize("hours", [-3, 0, 3])
def test_how_far_the_clocks_are_apart_is_told_by_the_last_answer(hours: int) -> None:
    there = datetime.now(UTC) + timedelta(hours=hours)

    def answer(_path: str, _query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = document({"registered_models": []})
        return status, {**headers, "Date": format_datetime(there, usegmt=True)}, body

    with serving(answer) as (uri, _):
        registry = MlflowRegistry(uri)
        assert registry.ahead is None
        registry.models()
    assert registry.ahead is not None
    assert abs(registry.ahead - timedelta(hours=hours)) < timedelta(minutes=2)


@pytest.mark.parametrize("date", ["yesterday", "Fri, 31 Dec 9999 23:59:59 -1200"])
def test_a_time_that_is_none_is_as_if_none_were_told(date: str) -> None:
    assert about(b"3.1.0", date=date).version == "3.1.0"


@pytest.mark.parametrize("text", [b"3.17.2", b" 2.9.0\n", b"3.1.0rc1"])
def test_the_version_of_a_server_is_a_version(text: bytes) -> None:
    assert about(text).version == text.decode().strip()


@pytest.mark.parametrize("text", [b"", b"<html>3.1</html>", b"\x1b[2J3.1.0", b"3", b"3.1.0\n::error::x", b"9" * 9999])
def test_t77_what_is_no_version_is_none(text: bytes) -> None:
    assert about(text).version is None


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_server_that_does_not_say_its_version_has_none(status: int) -> None:
    assert about(b"3.1.0", status).version is None


@pytest.mark.parametrize("date", ["", "yesterday", "Fri, 99 Nov 2026 09:00:00 GMT"])
def test_a_time_that_is_none_is_no_time(date: str) -> None:
    assert about(b"3.1.0", date=date).answered_at is None


def test_a_registry_that_may_not_be_listed_does_not_say_what_it_is() -> None:
    def answer(_path: str, _query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        return 403, {}, json.dumps({"error_code": "PERMISSION_DENIED", "message": "no"}).encode()

    with serving(answer) as (uri, _), pytest.raises(RegistryUnavailable, match="cannot list its models"):
        MlflowRegistry(uri).about()


def test_a_registry_whose_pages_never_end_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_PAGES", 5)

    def answer(_path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        return document({"next_page_token": str(int(query.get("page_token", "0")) + 1)})

    with serving(answer) as (uri, got), pytest.raises(RegistryUnavailable, match="more than 5 pages"):
        MlflowRegistry(uri).models()
    assert len(got) == 5


@pytest.mark.parametrize("number", ["1_0", " 1", "-1", "0", "01", "1.0", "\u0661", "9" * 5000, "one", ""])
@pytest.mark.parametrize("where", ["alias", "version"])
def test_a_version_whose_number_is_no_number_is_unavailable_and_never_another_version(where: str, number: str) -> None:
    model: dict[str, object] = {"name": "m", "aliases": [{"alias": "champion", "version": number}]}
    version = {"name": "m", "version": number, "current_stage": "None", "status": "READY"}

    def answer(path: str, _query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if path.endswith("registered-models/search"):
            return document({"registered_models": [model if where == "alias" else {"name": "m"}]})
        return document({"model_versions": [version] if where == "version" else []})

    with serving(answer) as (uri, _), pytest.raises(RegistryUnavailable, match="is no number of a version"):
        MlflowRegistry(uri).models()


def test_versions_of_another_model_are_not_taken_for_those_of_the_one_that_was_asked_for() -> None:
    def answer(path: str, _query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if path.endswith("registered-models/get"):
            return document({"registered_model": {"name": "fraud"}})
        rows = [
            {"name": name, "version": number, "current_stage": "None", "status": "READY"}
            for name, number in (("fraud", "1"), ("Fraud", "2"))
        ]
        return document({"model_versions": rows})

    with serving(answer) as (uri, _):
        model = MlflowRegistry(uri).model("fraud")
        assert model is not None
        assert sorted(model.versions) == [1]
        assert MlflowRegistry(uri).model("FRAUD") is None


def test_a_registry_that_asks_to_wait_for_an_hour_is_unavailable_in_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    started = time.monotonic()
    with (
        serving(lambda _path, _query: (429, {"Retry-After": "3600"}, b"{}")) as (uri, _),
        pytest.raises(RegistryUnavailable, match="429"),
    ):
        MlflowRegistry(uri).models()
    assert time.monotonic() - started < 30


def test_a_registry_that_never_answers_is_unavailable_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    over = threading.Event()

    def answer(_path: str, _query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        over.wait(20)
        return document({})

    with serving(answer) as (uri, _), pytest.raises(RegistryUnavailable, match=r"[Tt]ime"):
        MlflowRegistry(uri).models()
    over.set()


@pytest.mark.parametrize("half", [b'{"registered_models": [{"name": "m"}', b""])
def test_half_a_page_is_unavailable(half: bytes) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": "500"}
    with serving(lambda _path, _query: (200, headers, half)) as (uri, _), pytest.raises(RegistryUnavailable):
        MlflowRegistry(uri).models()


def test_t77_a_password_that_the_server_repeats_is_not_shown() -> None:
    with serving(lambda _path, _query: (403, {}, b"you are reader with s3cr/et, says the proxy")) as (uri, _):
        registry = MlflowRegistry(uri.replace("://", "://reader:s3cr%2Fet@"))
        with pytest.raises(RegistryUnavailable) as caught:
            registry.models()
    assert "s3cr" not in caught.value.message
    assert "says the proxy" in caught.value.message


@pytest.mark.parametrize(
    "source", ["{elsewhere}/x", "mlflow-artifacts:{host}/x", "models:/m-1", "runs:/r-1/x", "models:/other/7"]
)
def test_t92_a_version_with_its_files_on_another_server_does_not_get_the_credentials_of_the_registry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "reader")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "s3cret")
    with serving(lambda _path, _query: document({"files": []})) as (elsewhere, asked):
        location = f"{elsewhere}/api/2.0/mlflow-artifacts/artifacts/x"

        def answer(path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
            if "logged-models" in path:
                return document({"model": {"info": {"model_id": "m-1", "artifact_uri": location}}})
            if "runs/get" in path:
                return document({"run": {"info": {"run_id": "r-1", "artifact_uri": location}}})
            named = source.format(elsewhere=elsewhere, host=elsewhere.removeprefix("http:"))
            return document({"artifact_uri": location if query.get("name") == "other" else named})

        with serving(answer) as (uri, _), pytest.raises(ArtifactUnreadable, match="on another server"):
            MlflowRegistry(uri).fetch_artifact("fraud", 1, tmp_path)
    assert [handler.headers.get("Authorization") for handler in asked] == []


def test_a_version_whose_source_leads_back_to_itself_is_unreadable(tmp_path: Path) -> None:
    def answer(_path: str, _query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        return document({"artifact_uri": "models:/fraud/1"})

    with serving(answer) as (uri, _), pytest.raises(ArtifactUnreadable, match="leads on and on"):
        MlflowRegistry(uri).fetch_artifact("fraud", 1, tmp_path)


def test_files_whose_names_lead_out_of_their_folder_are_not_written(tmp_path: Path) -> None:
    (into := tmp_path / "into").mkdir()

    def answer(path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if path.endswith("get-download-uri"):
            return document({"artifact_uri": "mlflow-artifacts:/1"})
        if query:
            return document({"files": [{"path": "../escaped", "is_dir": False, "file_size": 3}]})
        return 200, {}, b"bad"

    with serving(answer) as (uri, _), pytest.raises(ArtifactUnreadable):
        MlflowRegistry(uri).fetch_artifact("fraud", 1, into)
    assert [path.name for path in tmp_path.rglob("*")] == ["into"]


@pytest.mark.parametrize("store", ["http_sqlite", "sqlite_file"])
def test_files_that_a_version_names_by_a_logged_model_are_fetched_from_this_registry_alone(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    uri = str(request.getfixturevalue(store))
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    location = None if store.startswith("http") else (tmp_path / "artifacts").as_uri()
    experiment = client.create_experiment(f"experiment-{uuid.uuid4().hex}", artifact_location=location)
    logged = client.create_logged_model(experiment)
    source = tmp_path / "source"
    for path, content in FILES.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes(content)
    client.log_model_artifacts(logged.model_id, str(source))
    client.finalize_logged_model(logged.model_id, "READY")
    client.create_registered_model(name := Filled.name())
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    client.create_model_version(name, f"models:/{logged.model_id}", model_id=logged.model_id)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", "http://127.0.0.1:9")
    (into := tmp_path / "into").mkdir()
    fetched = MlflowRegistry(uri).fetch_artifact(name, 1, into)
    assert {path: (fetched / path).read_bytes() for path in FILES} == FILES


def test_fetching_from_one_registry_leaves_the_address_of_another_alone(
    http_sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = Filled.name()
    mlflow_registrar(http_sqlite, tmp_path)(name, FILES)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://other.example")
    monkeypatch.delenv("MLFLOW_REGISTRY_URI", raising=False)
    before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    (into := tmp_path / "into").mkdir()
    MlflowRegistry(http_sqlite).fetch_artifact(name, 1, into)
    assert (mlflow.get_tracking_uri(), mlflow.get_registry_uri()) == before
    assert os.environ["MLFLOW_TRACKING_URI"] == "http://other.example"
    assert "MLFLOW_REGISTRY_URI" not in os.environ


def test_t71_files_that_cannot_be_read_are_the_trouble_of_one_version_and_not_of_the_registry(
    sqlite_file: str, tmp_path: Path
) -> None:
    client = MlflowClient(tracking_uri=sqlite_file, registry_uri=sqlite_file)
    client.create_registered_model(name := Filled.name())
    client.create_model_version(name, (tmp_path / "gone").as_uri())
    registry = MlflowRegistry(sqlite_file)
    (into := tmp_path / "into").mkdir()
    with pytest.raises(ArtifactUnreadable, match=f"version 1 of `{name}`"):
        registry.fetch_artifact(name, 1, into)
    assert registry.model(name) is not None
