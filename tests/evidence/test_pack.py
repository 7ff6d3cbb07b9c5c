"""`evidence pack`: one archive for who signs."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from laboratory import FOLDER, MODEL, Laboratory, scoring
from modelward.tree.digest import digest_of
from repository import Ended

RELEASE = f"{FOLDER}/releases/1.0.0"
MEASURED = {
    "metric": "auc_roc",
    "value": 0.8125,
    "samples": 700,
    "unit": "ratio",
    "interval": {"low": 0.75, "high": 0.875, "confidence": 0.95, "method": "DeLong"},
}


@pytest.fixture
def released(laboratory: Laboratory) -> Laboratory:
    """A release with attached metrics and a report."""
    laboratory.add("1.0.0", scoring())
    (laboratory.folder / "metrics.json").write_text(json.dumps({"measurements": [MEASURED]}))
    (laboratory.folder / "card.pdf").write_bytes(b"%PDF")
    for kind, name in (("metrics", "metrics.json"), ("report", "card.pdf")):
        given = (MODEL, "1.0.0", kind, str(laboratory.folder / name), "--by", "engineer-1", "--tool", "other `tool`")
        assert laboratory.repository.modelward("evidence", "attach", *given).code == 0
    return laboratory


def pack(laboratory: Laboratory, out: Path, *options: str) -> Ended:
    return laboratory.repository.modelward("evidence", "pack", MODEL, "1.0.0", "--out", str(out), *options)


def test_a7_specs_record_evidence_and_what_it_speaks_of_are_in_one_archive(
    released: Laboratory, tmp_path: Path
) -> None:
    ended = pack(released, tmp_path / "pack.zip")
    assert ended.code == 0, ended.err
    with zipfile.ZipFile(tmp_path / "pack.zip") as packed:
        names = packed.namelist()
        for name in names:
            path = name.removeprefix(f"{MODEL}-1.0.0/")
            if path not in ("SUMMARY.md", "SHA256SUMS"):
                assert packed.read(name) == (released.repository.root / path).read_bytes()
    specs = [f"{FOLDER}/{spec}.yaml" for spec in ("approvers", "canary", "manifest", "retention", "thresholds")]
    evidence = [f"{RELEASE}/{name}" for name in ("card.pdf", "metrics.json", "release.yaml", "report.json")]
    assert names == sorted(f"{MODEL}-1.0.0/{name}" for name in ("SHA256SUMS", "SUMMARY.md", *specs, *evidence))


def test_the_same_release_gives_the_same_archive(released: Laboratory, tmp_path: Path) -> None:
    first = pack(released, tmp_path / "one.zip", "--format", "json").json
    assert pack(released, tmp_path / "two.zip").code == 0
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert first["digest"] == digest_of((tmp_path / "one.zip").read_bytes())


def test_the_summary_shows_what_is_demanded_beside_what_was_found(released: Laboratory, tmp_path: Path) -> None:
    pack(released, tmp_path / "pack.zip")
    with zipfile.ZipFile(io.BytesIO((tmp_path / "pack.zip").read_bytes())) as packed:
        summary = packed.read(f"{MODEL}-1.0.0/SUMMARY.md").decode()
    assert summary.startswith(f"# {MODEL} 1.0.0\n")
    assert (
        "| auc_roc | staging, production | at least 0.75, on 300 rows or more | 0.8125 ratio | 700 "
        "| 0.75 to 0.875 at 95% | metrics.json |"
    ) in summary
    assert "| latency_p95 | production | at most 100, on 100 rows or more | not measured |  |  |  |" in summary
    assert "worse than the champion by at most 0.02 (non_inferiority), on 300 rows or more | not measured" in summary
    assert "other \\`tool\\`" in summary
    assert "| nobody | counts |" in summary


def test_evidence_that_is_not_what_was_pinned_is_not_packed(released: Laboratory, tmp_path: Path) -> None:
    released.repository.replace(f"{RELEASE}/metrics.json", "0.8125", "0.9125")
    ended = pack(released, tmp_path / "pack.zip")
    assert ended.code == 1
    assert "not the document that was pinned" in ended.err
    assert not (tmp_path / "pack.zip").exists()


def test_d3_a_dry_run_lists_and_writes_nothing(released: Laboratory, tmp_path: Path) -> None:
    ended = pack(released, tmp_path / "pack.zip", "--dry-run")
    assert ended.code == 0
    assert f"{RELEASE}/metrics.json" in ended.out
    assert "would pack" in ended.out
    assert not (tmp_path / "pack.zip").exists()


def test_a_release_without_evidence_is_exit_4(laboratory: Laboratory, tmp_path: Path) -> None:
    laboratory.add("1.0.0", scoring())
    assert pack(laboratory, tmp_path / "pack.zip").code == 4


def test_a_folder_that_does_not_exist_is_told(released: Laboratory, tmp_path: Path) -> None:
    assert pack(released, tmp_path / "nowhere" / "pack.zip").code == 3
