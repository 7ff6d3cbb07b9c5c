"""doctor: what a person reads, what a program reads, and the exit code."""

from itertools import pairwise
from pathlib import Path

import pytest

from repository import Repository


@pytest.fixture
def unkeyed(merged: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """The example, in which some lack keys, without a registry."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return merged


def test_each_check_is_one_line_with_the_next_command_under_what_is_not_ok(unkeyed: Repository) -> None:
    ended = unkeyed.modelward("doctor")
    lines = ended.out.splitlines()
    states = [line for line in lines[:-1] if not line.startswith(" ")]
    assert {line.split("  ")[0] for line in states} <= {"ok", "warning", "failed", "not checked"}
    for line, following in pairwise(lines):
        if not line.startswith(" ") and line != lines[-1]:
            assert line.startswith("ok") or following.strip().startswith("next: "), line
    assert lines[-1].startswith("not healthy: ")
    assert ended.code == 1


def test_quietly_only_what_is_not_well_is_said(unkeyed: Repository) -> None:
    ended = unkeyed.modelward("doctor", "-q")
    assert ended.code == 1
    assert not any(line.startswith(("ok", "not checked")) for line in ended.out.splitlines())


def test_the_document_says_what_was_asked_for_and_what_came_of_it(unkeyed: Repository) -> None:
    document = unkeyed.modelward("doctor", "--format", "json").json
    assert (document["schema"], document["ref"], document["healthy"]) == ("doctor/v1", "HEAD", False)
    names = [check["name"] for check in document["checks"]]
    assert len(set(names)) == len(names)
    for check in document["checks"]:
        assert set(check) == {"name", "state", "asked", "reason", "next"}


def test_a_file_and_the_terminal_at_once(unkeyed: Repository, tmp_path: Path) -> None:
    file = tmp_path / "doctor.json"
    ended = unkeyed.modelward("doctor", "--format", "text", "--format", f"json={file}")
    assert ended.out.endswith("not checked\n")
    assert file.read_text().startswith('{\n  "schema": "doctor/v1"')


def test_outside_of_a_repository_the_machine_is_still_looked_at(tmp_path: Path) -> None:
    ended = Repository(tmp_path).modelward("doctor")
    assert ended.code == 1
    assert "failed       repository" in ended.out
    assert "ok           git" in ended.out


def test_in_a_repository_without_a_commit_nothing_governed_is_taken_for_well(tmp_path: Path) -> None:
    Repository(tmp_path).git("init", "--quiet")
    ended = Repository(tmp_path).modelward("doctor")
    assert ended.code == 3
    assert "could not be told: " in ended.out.splitlines()[-1]


def test_a_new_repository_hears_what_it_still_lacks(tmp_path: Path) -> None:
    world = Repository(tmp_path / "new")
    assert Repository(tmp_path).modelward("init", "new").code == 0
    world.commit("Lay out governance")
    ended = world.modelward("doctor", "-q")
    assert ended.code == 1
    for text in (
        "still called `your-organisation/new`",
        "nobody has a key",
        "nobody can fill",
        "CODEOWNERS is not made",
    ):
        assert text in ended.out, text


def test_t77_what_a_repository_says_begins_no_command_of_ours(merged: Repository) -> None:
    merged.replace("policies/policy.yaml", 'engine: ">=0.1,<1"', 'engine: ">=9 \\u001b[2J##[error]x"')
    merged.commit()
    for output in ("text", "json"):
        ended = merged.modelward("doctor", "--format", output)
        assert "\x1b" not in ended.out
        assert "##[" not in ended.out
