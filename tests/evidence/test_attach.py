"""`evidence attach`: another tool's document or file, wrapped and pinned."""

import json
from pathlib import Path
from typing import Any

import pytest

from laboratory import FOLDER, MODEL, Laboratory, scoring
from modelward.tree.digest import digest_of
from modelward.tree.text import EVIDENCE_BYTES
from repository import Ended

RELEASE = f"{FOLDER}/releases/1.0.0"


@pytest.fixture
def released(laboratory: Laboratory) -> Laboratory:
    laboratory.add("1.0.0", scoring())
    return laboratory


def attach(laboratory: Laboratory, kind: str, file: Path, *options: str) -> Ended:
    return laboratory.repository.modelward(
        "evidence", "attach", MODEL, "1.0.0", kind, str(file), "--by", "engineer-2", *options
    )


def written(laboratory: Laboratory, name: str, content: Any) -> Path:
    path = laboratory.folder / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def test_another_tools_json_is_wrapped_in_the_envelope_of_the_release(released: Laboratory) -> None:
    measured = {"metric": "auc_roc", "value": 0.8, "samples": 700, "unit": "ratio"}
    interval = {"low": 0.7, "high": 0.9, "confidence": 0.95, "method": "DeLong"}
    file = written(released, "validmind.json", {"measurements": [{**measured, "interval": interval}]})
    ended = attach(released, "metrics", file, "--tool", "validmind 2.15")
    assert ended.code == 0, ended.err
    document = released.evidence("1.0.0", "metrics")
    assert document["produced"] | {"at": ""} == {"at": "", "by": "engineer-2", "tool": "validmind 2.15"}
    assert document["subject"]["datasets"] == [digest_of(released.data.read_bytes())]
    assert document["content"] == {"measurements": [{**measured, "interval": interval}]}
    data = (released.repository.root / RELEASE / "metrics.json").read_bytes()
    assert f'{{kind: metrics, path: metrics.json, digest: "{digest_of(data)}"}}' in released.repository.read(
        f"{RELEASE}/release.yaml"
    )
    judged = released.repository.modelward("validate", "--format", "json").json
    assert [found for found in judged["findings"] if found["rule"].startswith("evidence-")] == []


def test_any_other_file_is_kept_beside_a_document_that_names_it(released: Laboratory) -> None:
    ended = attach(released, "report", written(released, "Model card.pdf", b"%PDF-1.7"))
    assert ended.code == 0, ended.err
    assert (released.repository.root / RELEASE / "Model-card.pdf").read_bytes() == b"%PDF-1.7"
    file = released.evidence("1.0.0", "report")["content"]["file"]
    assert (file["name"], file["path"], file["media_type"], file["size"]) == (
        "Model card.pdf",
        "Model-card.pdf",
        "application/pdf",
        8,
    )
    assert file["digest"] == digest_of(b"%PDF-1.7")
    judged = released.repository.modelward("validate", "--format", "json").json
    assert [found for found in judged["findings"] if found["rule"].startswith("evidence-")] == []


def test_a_second_document_of_a_kind_gets_another_name(released: Laboratory) -> None:
    for content in (b"one", b"two"):
        assert attach(released, "report", written(released, "card.txt", content)).code == 0
    names = sorted(path.name for path in (released.repository.root / RELEASE).iterdir())
    assert names == ["card-2.txt", "card.txt", "release.yaml", "report-2.json", "report.json"]


@pytest.mark.parametrize(
    ("kind", "name", "content", "options", "code", "said"),
    [
        ("drift", "a.json", {}, (), 1, "policies/schemas/evidence/drift.schema.json does not exist"),
        ("metrics", "a.json", {"auc": 0.9}, (), 1, "metrics does not fit its schema"),
        ("metrics", "a.pdf", b"%PDF", (), 1, "metrics does not fit its schema"),
        ("metrics", "a.json", b'{"a": 1, "a": 2}', (), 2, "a.json:1:10: the key `a` stands twice"),
        ("report", "a.pdf", b"x" * (EVIDENCE_BYTES + 1), (), 2, "over the limit"),
        ("report", "a.pdf", b"x", ("--dataset", "sha256:" + "0" * 64), 2, "does not name the data sha256:000"),
        ("reported", "a.json", {"measurements": []}, (), 2, "nothing is reported"),
    ],
    ids=["no kind", "no metrics", "pdf", "twice", "too large", "other data", "nothing reported"],
)
def test_what_is_no_evidence_is_refused_and_nothing_is_written(
    released: Laboratory, kind: str, name: str, content: Any, options: tuple[str, ...], code: int, said: str
) -> None:
    ended = attach(released, kind, written(released, name, content), *options)
    assert ended.code == code
    assert said in ended.err
    assert [path.name for path in (released.repository.root / RELEASE).iterdir()] == ["release.yaml"]


def test_a_file_that_is_not_there_is_exit_2(released: Laboratory) -> None:
    assert attach(released, "report", released.folder / "nothing.pdf").code == 2


def test_d3_a_dry_run_writes_nothing_and_json_says_so(released: Laboratory) -> None:
    ended = attach(released, "report", written(released, "card.txt", b"card"), "--dry-run", "--format", "json")
    assert ended.code == 0
    assert ended.json["schema"] == "evidence-attach/v1"
    assert ended.json["evidence"][0]["path"] == "report.json"
    assert not ended.json["written"]
    assert [path.name for path in (released.repository.root / RELEASE).iterdir()] == ["release.yaml"]


def test_an_edit_can_be_a_commit_on_a_branch(released: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "engineer-2")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "engineer-2@example.org")
    released.repository.commit("Add a release")
    ended = attach(released, "report", written(released, "card.txt", b"card"), "--branch", "evidence")
    assert ended.code == 0, ended.err
    assert released.repository.git("show", "--name-only", "--format=%s", "evidence").split("\n") == [
        f"Attach report to {MODEL} 1.0.0",
        "",
        f"{RELEASE}/card.txt",
        f"{RELEASE}/release.yaml",
        f"{RELEASE}/report.json",
    ]
