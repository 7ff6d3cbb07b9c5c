"""Registries: whether they answer here, and which of the silent ones somebody has asked for."""

from pathlib import Path

import mlflow
import pytest

from answering import document, serving
from governed import Governed

from .conftest import state, told


def test_an_address_that_is_not_set_is_not_checked_and_nobody_has_asked(world: Governed) -> None:
    check = told(world)["registry main"]
    assert (check["state"], check["asked"], check["next"]) == ("not-checked", False, "export MLFLOW_TRACKING_URI=...")


def test_an_address_that_is_not_set_is_exit_3_for_who_asks(world: Governed) -> None:
    ended = world.modelward("doctor", "--registry", "main", "--format", "json")
    assert ended.code == 3
    (check,) = [one for one in ended.json["checks"] if one["name"] == "registry main"]
    assert (check["state"], check["asked"]) == ("not-checked", True)


def test_an_unknown_registry_is_exit_2(world: Governed) -> None:
    ended = world.modelward("doctor", "--registry", "other")
    assert ended.code == 2
    assert "the registries are main" in ended.err


def test_a_database_answers_and_has_no_clock(world: Governed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri).search_registered_models()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    found = told(world, "--registry", "main")
    assert found["registry main"]["state"] == "ok"
    assert found["registry main version"]["reason"] == f"MLflow {mlflow.__version__}"
    assert found["registry main clock"]["state"] == "not-checked"


def serve(monkeypatch: pytest.MonkeyPatch, world: Governed, version: bytes, date: str | None = None) -> dict[str, str]:
    def answer(path: str, _query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        headers = {} if date is None else {"Date": date}
        return (200, headers, version) if path == "/version" else document({"registered_models": []})

    with serving(answer) as (uri, _):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        return {name: check["state"] for name, check in told(world).items() if name.startswith("registry")}


def test_a_server_answers_with_its_version_and_its_time(world: Governed, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = {"registry main": "ok", "registry main version": "ok", "registry main clock": "ok"}
    assert serve(monkeypatch, world, b"3.17.2") == expected


def test_an_older_server_and_another_time_are_told(world: Governed, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = {"registry main": "ok", "registry main version": "warning", "registry main clock": "failed"}
    assert serve(monkeypatch, world, b"2.9.2", "Fri, 20 Nov 2020 09:00:00 GMT") == expected


@pytest.mark.parametrize("uri", ["http://127.0.0.1:1", "sqlite:////nowhere/mlflow.db", "file:///tmp/registry"])
def test_a_registry_that_does_not_answer_is_not_well(
    world: Governed, monkeypatch: pytest.MonkeyPatch, uri: str
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    assert world.modelward("doctor").code == 3
    assert state(world, "registry main")[0] == "not-checked"
