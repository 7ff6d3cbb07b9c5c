"""What a run logged beside its model, read from real registries: parameters, metrics, files."""

import math
import tempfile
import uuid
from pathlib import Path

import pytest
from mlflow import MlflowClient

from modelward.registry.interface import ArtifactUnreadable, RegistryRefused
from modelward.registry.mlflow import MlflowRegistry
from modelward.tree.text import EVIDENCE_BYTES


@pytest.fixture(params=["sqlite_file", "http_sqlite"])
def uri(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def run(uri: str, tmp_path: Path) -> tuple[MlflowClient, str]:
    """A new run, and a client to log with."""
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    location = None if uri.startswith("http") else (tmp_path / "artifacts").as_uri()
    experiment = client.create_experiment(f"runs-{uuid.uuid4().hex}", artifact_location=location)
    return client, client.create_run(experiment).info.run_id


def test_d4_parameters_and_the_last_value_of_each_metric_come_back(uri: str, tmp_path: Path) -> None:
    client, run_id = run(uri, tmp_path)
    client.log_param(run_id, "max_iter", 200)
    client.log_metric(run_id, "auc_roc", 0.7, step=1)
    client.log_metric(run_id, "auc_roc", 0.8, step=2)
    client.log_metric(run_id, "feature_freshness_minutes.payments", 5)
    client.log_metric(run_id, "broken", math.nan)
    found = MlflowRegistry(uri).run(run_id)
    assert found is not None
    assert found.params == {"max_iter": "200"}
    assert found.metrics == {"auc_roc": 0.8, "feature_freshness_minutes.payments": 5.0}


def test_a_file_comes_back_byte_for_byte_and_one_that_was_not_logged_is_none(uri: str, tmp_path: Path) -> None:
    client, run_id = run(uri, tmp_path)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "features.json").write_bytes(b'{"features": ["\xc3\xa4"]}\n')
        client.log_artifact(run_id, str(Path(folder) / "features.json"))
    registry = MlflowRegistry(uri)
    assert registry.run_file(run_id, "features.json") == b'{"features": ["\xc3\xa4"]}\n'
    assert registry.run_file(run_id, "report.json") is None


def test_a_run_without_any_file_has_none(uri: str, tmp_path: Path) -> None:
    _, run_id = run(uri, tmp_path)
    assert MlflowRegistry(uri).run_file(run_id, "features.json") is None


def test_a_folder_is_no_file(uri: str, tmp_path: Path) -> None:
    client, run_id = run(uri, tmp_path)
    client.log_text(run_id, "{}", "features.json/inside")
    assert MlflowRegistry(uri).run_file(run_id, "features.json") is None


def test_a_file_over_the_limit_of_evidence_is_not_read(uri: str, tmp_path: Path) -> None:
    client, run_id = run(uri, tmp_path)
    client.log_text(run_id, "x" * (EVIDENCE_BYTES + 1), "features.json")
    with pytest.raises(ArtifactUnreadable, match=f"features.json of run {run_id} has {EVIDENCE_BYTES + 1} bytes"):
        MlflowRegistry(uri).run_file(run_id, "features.json")


def test_a_run_that_is_not_there_is_refused(uri: str) -> None:
    with pytest.raises(RegistryRefused, match="cannot list the files of run"):
        MlflowRegistry(uri).run_file("0" * 32, "features.json")
