"""apply where the ledger, main or the journal is in doubt: what must go goes, nothing else moves, and it is told."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from mlflow import MlflowClient

from governed import key
from operated import Operated, aliases, routed, suspensions
from repository import Ended

BRANCH = "refs/heads/modelward/ledger"
FETCHED = "refs/remotes/origin/modelward/ledger"
Deed = Callable[[Operated], None]


def unsigned(world: Operated) -> None:
    world.git("fetch", "--quiet", "origin")
    junk = world.git("commit-tree", f"{FETCHED}^{{tree}}", "-p", FETCHED, "-m", "junk")
    world.git("push", "--quiet", "origin", f"{junk}:{BRANCH}")


def gone(world: Operated) -> None:
    world.git("push", "--quiet", "origin", f":{BRANCH}")


def rewritten(world: Operated) -> None:
    world.git("reset", "--quiet", "--hard", world.git("commit-tree", "HEAD^{tree}", "-m", "Another history"))


def journal(world: Operated) -> Path:
    return world.root / ".git" / "modelward" / "journal"


def torn(world: Operated) -> None:
    journal(world).mkdir(parents=True, exist_ok=True)
    (journal(world) / "torn.json").write_text("")


def unwritable(world: Operated) -> None:
    shutil.rmtree(journal(world).parent, ignore_errors=True)
    journal(world).parent.write_text("")


def watched(
    world: Operated, monkeypatch: pytest.MonkeyPatch, between: Callable[[int], None], runs: int, *more: str
) -> Ended:
    """So many runs of `--watch`, with something `between` them."""

    class Waiting(Event):
        done = 0

        def wait(self, timeout: float | None = None) -> bool:
            if timeout != 7.0:
                return super().wait(timeout)
            self.done += 1
            between(self.done)
            if self.done == runs:
                self.set()
            return True

    monkeypatch.setattr("modelward.cli.apply.threading.Event", Waiting)
    return world.apply("--watch", "7s", *more)


@pytest.mark.parametrize(
    ("doubt", "says"),
    [
        (unsigned, "bears no signature"),
        (gone, "the ledger is gone: this clone knows it at"),
        (rewritten, "the last commit that was trusted"),
        (torn, "journal torn.json cannot be read"),
    ],
)
def test_t84_what_must_go_goes_though_the_ledger_main_or_the_journal_is_in_doubt(
    world: Operated, tmp_path: Path, doubt: Deed, says: str
) -> None:
    events = tmp_path / "events.jsonl"
    world.fails("1.0.0")
    doubt(world)
    MlflowClient().set_registered_model_alias("fraud-detection", "champion", "2")
    ended = world.apply("--events-file", str(events))
    assert (ended.code, says in ended.err) == (3, True), ended
    assert suspensions(1)
    assert routed()["ml_enabled"] is False
    assert aliases("fraud-detection")["champion"] == "2", "nothing else is done"
    assert [*journal(world).glob("*.json")], "it is kept for the ledger"
    again = world.apply("--events-file", str(events))
    assert (again.code, says in again.err, "done " in again.out) == (3, True, False), again
    told = [json.loads(line) for line in events.read_text().splitlines()]
    assert [one["type"] for one in told].count("ml.model.suspended") == 1
    (alarm,) = [one for one in told if one["type"] == "ml.repository.untrusted"]
    assert alarm["severity"] == "critical"
    assert says in alarm["data"]["body"]


@pytest.mark.parametrize("doubt", [gone, rewritten, torn])
def test_whoever_only_looks_is_told_of_the_doubt_alone(world: Operated, doubt: Deed) -> None:
    doubt(world)
    with world.clock.running():
        for verb in ("plan", "status", "diff"):
            ended = world.modelward(verb, "--remote", "origin")
            assert (ended.code, ended.out) == (3, ""), ended


def test_where_no_ledger_was_ever_seen_one_in_doubt_ends_the_run(world: Operated) -> None:
    world.fails("1.0.0")
    unsigned(world)
    world.git("update-ref", "-d", "refs/modelward/ledger-seen")
    ended = world.apply()
    assert (ended.code, suspensions(1)) == (3, []), ended


def test_a_journal_that_cannot_be_written_leaves_the_ledger_as_the_one_that_knows(
    world: Operated, tmp_path: Path
) -> None:
    events = tmp_path / "events.jsonl"
    world.fails("1.0.0")
    unwritable(world)
    ended = world.apply("--events-file", str(events))
    assert (ended.code, "the journal" in ended.err) == (3, True), ended
    assert suspensions(1)
    assert len(world.records("suspension")) == 1
    assert "ml.model.suspended" in events.read_text()
    assert world.apply().code in (0, 1)
    assert len(world.records("suspension")) == 1


def test_t84_what_a_person_vouched_for_is_not_vouched_for_again_by_the_runs_after_it(
    world: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.git("fetch", "--quiet", "origin")
    root = world.git("rev-parse", FETCHED)
    world.fails("1.0.0")

    def rewound(run: int) -> None:
        if run == 1:
            assert len(world.records("suspension")) == 1
            world.git("push", "--quiet", "--force", "origin", f"{root}:{BRANCH}")

    ended = watched(world, monkeypatch, rewound, 2, "--ledger-root", root)
    assert "has lost" in ended.err, ended
    assert suspensions(1)


def test_t84_who_only_looks_vouches_for_nothing_in_the_runs_that_write(world: Operated) -> None:
    seen = world.git("rev-parse", "refs/modelward/ledger-seen")
    older = world.git("rev-parse", f"{seen}~1")
    with world.clock.running():
        for root in ("main", older):
            for verb in (("status",), ("plan",), ("diff",), ("apply", "--yes", "--dry-run")):
                more = ("--ledger-key", str(key("reconciler"))) if "apply" in verb else ()
                ended = world.modelward(*verb, "--remote", "origin", "--ledger-root", root, *more)
                if root == "main":
                    assert (ended.code, "is no commit of the ledger" in ended.err) == (2, True), ended
    assert world.git("rev-parse", "refs/modelward/ledger-seen") == seen
    assert world.apply().code == 0


def test_a_run_that_crashes_takes_no_later_one_with_it(world: Operated, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("nobody expects this")

    world.fails("1.0.0")
    with monkeypatch.context() as patch:
        patch.setattr("modelward.cli.applying.execute", broken)
        ended = watched(world, monkeypatch, lambda _: patch.undo(), 2)
    assert ": ZeroDivisionError: nobody expects this" in ended.err
    assert suspensions(1)
