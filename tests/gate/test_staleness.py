"""Which lines made a signature stale: the commit that has what was signed, compared with what stands now."""

from pathlib import Path

import pytest

from inmemory import LEAD, NOW, SCOPE, Files, Record, replaced, step
from modelward.gate.records import Stale, filed
from modelward.gate.scopes import Scope
from modelward.gate.staleness import Staleness, unknown
from modelward.specs.record import SignoffRecord
from trunk import PROMOTED, START, Trunk

THRESHOLDS = f"{SCOPE}/thresholds.yaml"


def stale(before: Files, after: Files, scope: str = SCOPE, record: Record = LEAD) -> Stale:
    (path, signature) = sorted(record.filed(before, after, scope))
    files = record.filed(before, after, scope)
    found = filed(path, files[path], files[signature])
    assert found is not None
    assert isinstance(found.record, SignoffRecord)
    return Stale(found, found.record, base_moved=False)


def places(folder: Path, signed: Files, *later: Files, scope: str = SCOPE) -> tuple[str, ...]:
    """Where the last of some trees differs from what was signed."""
    trunk = Trunk(folder, signed, *later)
    one = step(START, later[-1], now=NOW)
    finder = Staleness(trunk.git, trunk.ids[0], trunk.ids[-1], one)
    signature = stale(START, signed, scope)
    found = finder.of(signature)
    assert finder.of(signature) is found
    return found


def test_each_line_that_differs_is_named_as_it_stands_now(tmp_path: Path) -> None:
    now = replaced(PROMOTED, THRESHOLDS, "min_samples: 300", "min_samples: 301")
    now = replaced(now, THRESHOLDS, "at_least: 0.75}", "at_least: 0.76}\n  # words")
    now = replaced(now, f"{SCOPE}/manifest.yaml", "tier: medium\n", "")
    assert places(tmp_path, PROMOTED, now) == (
        f"{SCOPE}/manifest.yaml:8",
        f"{THRESHOLDS}:6",
        f"{THRESHOLDS}:8",
    )


def test_a_file_that_came_or_went_is_named_as_a_whole(tmp_path: Path) -> None:
    now = {path: data for path, data in PROMOTED.items() if path != f"{SCOPE}/canary.yaml"}
    now[f"{SCOPE}/README.md"] = b"Words.\n"
    assert places(tmp_path, PROMOTED, now) == (f"{SCOPE}/README.md", f"{SCOPE}/canary.yaml")


def test_what_changed_elsewhere_or_in_records_is_not_named(tmp_path: Path) -> None:
    now = {**PROMOTED, "Makefile": b"", f"{SCOPE}/signoffs/x": b"", f"{SCOPE}/README.md": b""}
    assert places(tmp_path, PROMOTED, now) == (f"{SCOPE}/README.md",)


def test_what_was_signed_is_found_some_commits_back(tmp_path: Path) -> None:
    one = {**PROMOTED, f"{SCOPE}/a.md": b""}
    two = {**one, f"{SCOPE}/b.md": b""}
    assert places(tmp_path, PROMOTED, one, two) == (f"{SCOPE}/a.md", f"{SCOPE}/b.md")


def test_a_line_among_many_that_are_alike_is_named_alone(tmp_path: Path) -> None:
    same = "- same\n" * 300
    signed = {**PROMOTED, f"{SCOPE}/long.md": f"{same}- end\n".encode()}
    now = {**signed, f"{SCOPE}/long.md": f"- other\n{same}- ended\n".encode()}
    assert places(tmp_path, signed, now) == (f"{SCOPE}/long.md:1", f"{SCOPE}/long.md:302")


def test_twenty_places_are_enough(tmp_path: Path) -> None:
    now = {**PROMOTED, **{f"{SCOPE}/{number:02}.md": b"" for number in range(25)}}
    assert places(tmp_path, PROMOTED, now) == tuple(f"{SCOPE}/{number:02}.md" for number in range(20))


@pytest.mark.parametrize("scope", ["policies", "repository"])
def test_a_scope_that_is_no_model_is_looked_for_in_the_whole_tree(tmp_path: Path, scope: str) -> None:
    path = "policies/x.json" if scope == "policies" else "Makefile"
    signed = {**START, path: b"one\n"}
    ungoverned = {**signed, path: b"two\n", "notes.md": b""}
    assert places(tmp_path, signed, ungoverned, scope=Scope(scope)) == (f"{path}:1",)


def test_what_no_commit_has_is_not_known(tmp_path: Path) -> None:
    trunk = Trunk(tmp_path, PROMOTED)
    finder = Staleness(trunk.git, trunk.ids[0], trunk.ids[1], step(START, PROMOTED))
    assert finder.of(stale(START, {**PROMOTED, f"{SCOPE}/x": b""})) == ()
    assert finder.of(stale(PROMOTED, START)) == ()
    assert unknown(stale(START, PROMOTED)) == ()
