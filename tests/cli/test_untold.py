"""apply tells of what it did also when the run fails afterwards, and of nothing twice."""

import json
from pathlib import Path

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


def told(path: Path) -> list[str]:
    """The types of the events in a file."""
    return [json.loads(line)["type"] for line in path.read_text().splitlines()]
