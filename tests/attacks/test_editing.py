"""Edits while others edit, through links, and in the wrong repository. Rows T45 and T74 of the threats."""

import os
from pathlib import Path

import pytest

from repository import Repository

MODEL = "credit-score"
MANIFEST = f"models/{MODEL}/manifest.yaml"


@pytest.fixture(autouse=True)
def _somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "engineer-1")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "engineer-1@example.org")


def hook(repository: Repository, name: str, script: str) -> None:
    """A hook of the clone."""
    repository.write(f".git/hooks/{name}", f"#!/bin/sh\n{script}\n")
    (repository.root / f".git/hooks/{name}").chmod(0o755)


@pytest.mark.parametrize("path", [MANIFEST, f"models/{MODEL}", "models"])
def test_t45_nothing_is_written_through_a_link(merged: Repository, tmp_path: Path, path: str) -> None:
    outside = Repository(tmp_path / "outside")
    merged.copy("models", "../outside/models")
    before = outside.read(MANIFEST)
    merged.remove(path)
    (merged.root / path).symlink_to(outside.root / path)
    ended = merged.modelward("set", MODEL, "manifest.summary", "Changed")
    assert ended.code in (1, 2, 3), ended
    assert outside.read(MANIFEST) == before
    assert (merged.root / path).is_symlink()


def test_t45_schemas_are_not_written_through_a_link(merged: Repository, tmp_path: Path) -> None:
    (outside := tmp_path / "outside").mkdir()
    merged.remove("policies/schemas")
    (merged.root / "policies/schemas").symlink_to(outside)
    ended = merged.modelward("schema", "--write")
    assert ended.code == 1, ended
    assert list(outside.iterdir()) == []


def test_a_file_that_changes_while_it_is_edited_is_not_overwritten(merged: Repository) -> None:
    hook(merged, "post-checkout", f"echo '# theirs' >> {MANIFEST}")
    ended = merged.modelward("set", MODEL, "manifest.summary", "Mine", "--branch", "mine")
    assert ended.code == 1, ended
    assert f"{MANIFEST} has changed while it was edited" in ended.err
    assert merged.read(MANIFEST).endswith("# theirs\n")
    assert "Mine" not in merged.read(MANIFEST)


def test_a_branch_is_committed_in_the_repository_that_was_edited(
    merged: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repository.of_example(tmp_path / "other")
    start = other.commit()
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git/index"))
    assert merged.modelward("set", MODEL, "manifest.summary", "Changed", "--branch", "mine").code == 0
    assert merged.git("log", "--format=%s", "main..mine") == f"Set manifest.summary of {MODEL} to Changed"
    assert (other.git("rev-parse", "HEAD"), other.git("branch", "--show-current")) == (start, "main")


def test_words_of_a_hook_in_another_encoding_do_not_hide_that_the_commit_was_made(merged: Repository) -> None:
    hook(merged, "post-commit", "printf '\\377\\376' >&2")
    ended = merged.modelward("set", MODEL, "manifest.summary", "Changed", "--branch", "mine")
    assert ended.code == 0, ended
    hook(merged, "pre-commit", "printf '\\377 \\033[2Jno' >&2; exit 1")
    ended = merged.modelward("set", MODEL, "manifest.summary", "Again", "--branch", "again")
    assert ended.code == 1, ended
    assert "\x1b[2J" not in ended.err


@pytest.mark.parametrize("branch", ["--orphan", "-f", "--detach", "a..b", "", "main", "line\nend", "\x1b[2J"])
def test_a_branch_name_is_no_option_and_no_branch_that_is_there(merged: Repository, branch: str) -> None:
    before = merged.git("rev-parse", "HEAD")
    ended = merged.modelward("set", MODEL, "manifest.summary", "Changed", f"--branch={branch}")
    assert ended.code in (1, 2), ended
    assert (merged.git("rev-parse", "HEAD"), merged.git("status", "--porcelain")) == (before, "")
    assert "\x1b[2J" not in ended.err


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("thresholds.min_samples", "300\nslo: {}"),
        ("thresholds.min_samples", "300 # fewer\nvalue: 1"),
        ("thresholds.gates.\u00b2.metric", "auc_roc"),
        ("thresholds.gates.\u0660.metric", "auc_roc"),
        ("thresholds.gates.-1.metric", "auc_roc"),
        ("thresholds..min_samples", "1"),
        ("manifest.summary", "\x1b[2J"),
        ("manifest.summary", os.fsdecode(b"\xff")),
        ("manifest.summary", "a\u202eb"),
    ],
)
def test_a_field_or_value_that_is_more_than_one_is_refused(merged: Repository, field: str, value: str) -> None:
    ended = merged.modelward("set", MODEL, field, value)
    assert ended.code in (1, 2), ended
    assert "crash" not in ended.err
    assert "\x1b[2J" not in ended.out + ended.err
    assert merged.git("status", "--porcelain") == ""


def test_an_edit_that_cannot_be_written_changes_nothing(merged: Repository) -> None:
    text = merged.read(MANIFEST)
    hook(merged, "post-checkout", f"rm -r models/{MODEL}")
    ended = merged.modelward("set", MODEL, "manifest.summary", "Mine", "--branch", "mine")
    assert ended.code == 1, ended
    assert "crash" not in ended.err
    assert merged.git("show", f"HEAD:{MANIFEST}") == text.rstrip("\n")
    assert not (merged.root / MANIFEST).exists()
