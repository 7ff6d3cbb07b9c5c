"""apply tells of what it did also when the run fails afterwards, and of nothing twice."""

import json
from pathlib import Path

import pytest

from events.conftest import receiving
from operated import Operated, suspensions

ONCE = """#!/bin/sh
# The ledger is taken once; then the server takes nothing more.
[ ! -e taken ] || { echo "no more today" >&2; exit 1; }
touch taken
"""


def test_a13_what_was_taken_out_is_told_once_though_the_run_fails_afterwards(world: Operated, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    world.clock.forward(days=2)
    world.deploy("1.1.0", model="delivery-eta")
    world.observe("score_invalid_ratio", "1.0.0", 0.5)
    hook = world.root.parent / "server.git" / "hooks" / "pre-receive"
    hook.write_text(ONCE)
    hook.chmod(0o755)
    failed = world.apply("--events-file", str(events))
    assert failed.code == 3, failed
    assert "no more today" in failed.err
    assert suspensions(1)
    assert told(events).count("ml.model.suspended") == 1
    hook.unlink()
    assert world.apply("--events-file", str(events)).code == 0
    assert told(events).count("ml.model.suspended") == 1


def test_g3_what_a_place_did_not_take_is_told_by_the_next_run_and_by_no_other(
    world: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fails("1.0.0")
    with receiving() as away:
        monkeypatch.setenv("HOOK", away.address)
    ended = world.apply("--events-webhook", "HOOK")
    assert (ended.code, "; the next run from this clone tells them" in ended.err) == (1, True), ended
    with receiving() as inbox:
        monkeypatch.setenv("HOOK", inbox.address)
        assert world.apply("--events-webhook", "HOOK").code == 0
        types = [json.loads(body)["type"] for _, _, body in inbox.got]
        assert types.count("ml.model.suspended") == 1
        assert world.apply("--events-webhook", "HOOK").code == 0
        assert len(inbox.got) == len(types)


def told(path: Path) -> list[str]:
    """The types of the events in a file."""
    return [json.loads(line)["type"] for line in path.read_text().splitlines()]
