"""`release add` against a real registry. Rows A3, E2 and F4 of the mission."""

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from mlflow import MlflowClient

from embedded_registry import COMMITTED_ARTIFACTS
from modelward.tree.digest import artifact_digest
from repository import Repository

RELEASE = "models/credit-risk/releases/2.0.0/release.yaml"
TRAINING = "sha256:" + "a" * 64
COMMIT = "0123456789abcdef0123456789abcdef01234567"
LOGGED = {
    "mlflow.source.git.commit": COMMIT,
    "trained_at": "2026-11-21T03:40:00Z",
    "dataset.training": TRAINING,
    "dataset.training.snapshot": "taiwan-credit-2005-09",
    "dataset.clients": "sha256:" + "c" * 64,
}


def registered(folder: Path, tags: Mapping[str, str] = LOGGED, like: str | None = None) -> str:
    """A fourth version of credit-risk, with files of its own or those of a committed release; its run."""
    client = MlflowClient()
    files = folder / "made"
    shutil.copytree(COMMITTED_ARTIFACTS / "credit-risk" / (like or "1.2.0"), files)
    if like is None:
        (files / "input_example.json").write_text("{}")
    run = client.create_run("1", tags=dict(tags))
    client.log_artifacts(run.info.run_id, str(files), "model")
    client.create_model_version("credit-risk", f"{run.info.artifact_uri}/model", run.info.run_id)
    return str(run.info.run_id)


@pytest.fixture
def run_id(registry: Path, tmp_path: Path) -> str:
    """A version that no release pins yet, and the run that made it."""
    assert registry.is_dir()
    return registered(tmp_path)


def test_a3_e2_a_version_becomes_a_release_with_its_bytes_and_what_its_run_logged(
    repository: Repository, run_id: str, tmp_path: Path
) -> None:
    ended = repository.modelward(
        "release", "add", "credit-risk", "2.0.0", "--registered-version", "4", "--ticket", "MLGOV-200"
    )
    assert (ended.code, ended.err) == (0, "")
    digest, size = artifact_digest(tmp_path / "made")
    assert re.sub('(run_id|code): "?([0-9a-f]+)"?', r"\1: \2", repository.read(RELEASE)) == (
        "# yaml-language-server: $schema=../../../../policies/schemas/release.schema.json\n"
        "schema: release/v1\n"
        'release: "2.0.0"\n'
        f'artifact: {{digest: "{digest}", size: {size}}}\n'
        "registered:\n"
        f"  main: {{version: 4, run_id: {run_id}}}\n"
        f'trained: {{at: "2026-11-21T03:40:00Z", code: {COMMIT}, python: "3.11.7"}}\n'
        "datasets:\n"
        f'  - {{role: training, digest: "{TRAINING}", snapshot: taiwan-credit-2005-09}}\n'
        "ticket: MLGOV-200\n"
        "imported: false\n"
        "evidence: []\n"
    )
    assert "next: modelward evidence collect credit-risk 2.0.0 --data FILE; then modelward validate" in ended.out
    judged = repository.modelward("validate", "models/credit-risk", "--base", "HEAD", "--format", "json").json
    assert [finding["rule"] for finding in judged["findings"] if finding["verdict"] == "error"] == []


def test_the_run_names_the_version_as_well(repository: Repository, run_id: str) -> None:
    assert repository.modelward("release", "add", "credit-risk", "2.0.0", "--run-id", run_id).code == 0
    assert "version: 4" in repository.read(RELEASE)


def test_a_dry_run_shows_the_record_and_writes_nothing(repository: Repository, run_id: str) -> None:
    assert run_id
    ended = repository.modelward(
        "release", "add", "credit-risk", "2.0.0", "--registered-version", "4", "--dry-run", "--format", "json"
    )
    assert ended.code == 0
    assert ended.json["registered_version"] == 4
    assert ended.json["written"] is False
    assert '+release: "2.0.0"' in ended.err
    assert repository.git("status", "--porcelain") == ""


def test_on_a_branch_the_release_is_committed(repository: Repository, run_id: str) -> None:
    assert run_id
    arguments = ("release", "add", "credit-risk", "2.0.0", "--registered-version", "4", "--branch", "release")
    assert repository.modelward(*arguments).code == 0
    assert repository.git("show", "--format=%s", "--name-only") == f"Add release 2.0.0 to credit-risk\n\n{RELEASE}"


def test_data_can_be_named_by_file_by_digest_and_by_the_cut_alone(repository: Repository, run_id: str) -> None:
    assert run_id
    repository.write("holdout.csv", "a,b\n1,2\n")
    ended = repository.modelward(
        *("release", "add", "credit-risk", "2.0.0", "--registered-version", "4"),
        *("--dataset", "holdout=holdout.csv@cut-7", "--dataset", f"backtest={TRAINING}"),
        *("--dataset", "training=@another-name"),
    )
    assert ended.code == 0
    digest = hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    assert re.findall(r"- \{(.+)\}", repository.read(RELEASE)) == [
        f'role: training, digest: "{TRAINING}", snapshot: another-name',
        f'role: holdout, digest: "sha256:{digest}", snapshot: cut-7',
        f'role: backtest, digest: "{TRAINING}"',
    ]


def test_what_nobody_wrote_down_is_left_out_and_said(repository: Repository, registry: Path, tmp_path: Path) -> None:
    assert registry.is_dir()
    registered(tmp_path, tags={"mlflow.source.git.commit": "main", "dataset.training": "cafe"})
    ended = repository.modelward("release", "add", "credit-risk", "2.0.0", "--registered-version", "4")
    assert ended.code == 0
    assert "nobody wrote down the git commit, so the record has no `trained:`" in ended.out
    assert "trained" not in repository.read(RELEASE)
    assert "datasets" not in repository.read(RELEASE)


def test_a_release_that_is_not_merged_yet_can_be_made_anew(repository: Repository, run_id: str) -> None:
    assert run_id
    add = ("release", "add", "credit-risk", "2.0.0", "--registered-version", "4")
    assert repository.modelward(*add).code == 0
    again = repository.modelward(*add)
    assert again.code == 1
    assert "`credit-risk` has a release 2.0.0 already, which is not merged yet" in again.err
    assert "go on with it: modelward evidence collect credit-risk 2.0.0 --data FILE" in again.err
    assert "or delete models/credit-risk/releases/2.0.0 first, and add it anew" in again.err
    shutil.rmtree(repository.root / "models/credit-risk/releases/2.0.0")
    assert repository.modelward(*add).code == 0


REFUSED: Mapping[str, tuple[tuple[str, ...], int, str]] = {
    "a version that is not semantic": (("2.0", "--registered-version", "4"), 2, "is no semantic version"),
    "a version with a leading zero": (("2.00.0", "--registered-version", "4"), 2, "is no semantic version"),
    "a release that exists": (("1.2.0", "--registered-version", "4"), 1, "release 1.2.0 already, which never changes"),
    "a version that does not rise": (("1.1.5", "--registered-version", "4"), 1, "is not above 1.2.0"),
    "a candidate of what exists": (("1.2.0-rc.1", "--registered-version", "4"), 1, "is not above 1.2.0"),
    "no version of the registry": (("2.0.0",), 2, "its newest versions are 4, 3, 2, 1"),
    "a version that is not there": (("2.0.0", "--registered-version", "9"), 1, "has no version 9"),
    "a version that a release pins": (("2.0.0", "--registered-version", "1"), 1, "is release 1.0.0 of `credit-risk`"),
    "a run that made nothing": (("2.0.0", "--run-id", "0" * 32), 1, "made not one version but none"),
    "a run of another version": (("2.0.0", "--registered-version", "4", "--run-id", "0" * 32), 1, "was made by run"),
    "an unknown registry": (("2.0.0", "--registered-version", "4", "--registry", "other"), 2, "`other` is no registry"),
    "an unknown role": (("2.0.0", "--registered-version", "4", "--dataset", "test=x"), 2, "names no dataset"),
    "a role without data": (
        ("2.0.0", "--registered-version", "4", "--dataset", "holdout=@cut"),
        2,
        "logged no holdout",
    ),
    "a role twice": (
        ("2.0.0", "--registered-version", "4", "--dataset", "training=@a", "--dataset", "training=@b"),
        2,
        "two datasets have the role training",
    ),
    "a file that is not there": (
        ("2.0.0", "--registered-version", "4", "--dataset", "holdout=gone.csv"),
        2,
        "cannot read",
    ),
    "other data than the run read": (
        ("2.0.0", "--registered-version", "4", "--dataset", "training=sha256:" + "b" * 64),
        1,
        "the run logged other training data",
    ),
    "a ticket without a word": (("2.0.0", "--registered-version", "4", "--ticket", ""), 2, "would be no release"),
    "a ticket that hides something": (
        ("2.0.0", "--registered-version", "4", "--ticket", "MLGOV\u202e1"),
        2,
        "would be no release",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_before_anything_is_written(repository: Repository, run_id: str, case: str) -> None:
    assert run_id
    arguments, code, said = REFUSED[case]
    ended = repository.modelward("release", "add", "credit-risk", *arguments)
    assert ended.code == code
    assert said in ended.err
    assert repository.git("status", "--porcelain") == ""


def test_the_bytes_of_another_release_are_refused_with_the_record_that_pins_them(
    repository: Repository, registry: Path, tmp_path: Path
) -> None:
    assert registry.is_dir()
    registered(tmp_path, like="1.1.0")
    ended = repository.modelward("release", "add", "credit-risk", "2.0.0", "--registered-version", "4")
    assert ended.code == 1
    assert "models/credit-risk/releases/1.1.0/release.yaml pins the same bytes" in ended.err
    assert repository.git("status", "--porcelain") == ""


def test_a_version_without_bytes_is_refused(repository: Repository, registry: Path, tmp_path: Path) -> None:
    run = registered(tmp_path)
    shutil.rmtree(registry / "artifacts" / run / "artifacts" / "model")
    (registry / "artifacts" / run / "artifacts" / "model").mkdir()
    ended = repository.modelward("release", "add", "credit-risk", "2.0.0", "--registered-version", "4")
    assert ended.code == 1
    assert "version 4 of `credit-risk` has no bytes in the registry" in ended.err


def test_a_model_that_is_not_registered_is_refused(repository: Repository, registry: Path) -> None:
    assert registry.is_dir()
    repository.replace("models/credit-risk/manifest.yaml", "registered_model: credit-risk", "registered_model: other")
    ended = repository.modelward("release", "add", "credit-risk", "2.0.0", "--registered-version", "1")
    assert ended.code == 1
    assert "`other` is not in the registry" in ended.err


def test_without_an_address_nothing_is_guessed(repository: Repository) -> None:
    assert "MLFLOW_TRACKING_URI" not in os.environ
    ended = repository.modelward("release", "add", "credit-risk", "2.0.0", "--registered-version", "4")
    assert ended.code == 2
    assert "MLFLOW_TRACKING_URI is not set" in ended.err
