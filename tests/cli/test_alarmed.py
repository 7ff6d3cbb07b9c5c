"""apply tells people of what is wrong while other things are wrong too (rows A14 and G3; T71, T86)."""

import errno
import io
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import operated
from events.conftest import receiving as posted
from modelward.cli import applying
from modelward.registry.interface import ArtifactUnreadable
from repository import Ended
from simulated import Moment, Simulated

from .conftest import governed_copy
from .test_killed import waited
from .test_struck import receiving

PAGER = (
    "  - {name: pager, environments: [production], signal: precision, below: 0.5, severity: critical, "
    "respond_within: 5m, action: page}\n"
)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Simulated, Moment]]:
    """A world in which release 1.1.0 of credit-risk holds production, 1.0.0 held it before, and both do well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operated, "TRIGGERS", operated.TRIGGERS + PAGER)
        repository = governed_copy(tmp_path_factory.mktemp("alarmed") / "repository", patch)
        with Simulated.running(repository) as world:
            assert world.apply("--adopt", "--trust-root", "main").code == 0
            world.deploy("1.1.0")
            for hours in (25, 25, 73, 169):
                waited(world, hours=hours)
                assert world.apply().code == 0
            yield world, world.moment()


@pytest.fixture
def world(begun: tuple[Simulated, Moment]) -> Simulated:
    """The same as it stood then."""
    world, moment = begun
    world.back(moment)
    return world


def run(world: Simulated, *more: str) -> Ended:
    """A run that tells of what it finds."""
    return world.apply("--events-file", str(world.events), *more)


def later(world: Simulated, *more: str, minutes: int = 15) -> Ended:
    """The same some time later; all that is measured is well then."""
    waited(world, minutes=minutes)
    return run(world, *more)


def told(world: Simulated, kind: str) -> list[Any]:
    """The events of a type until now."""
    lines = world.events.read_text().splitlines() if world.events.exists() else []
    return [event for event in map(json.loads, lines) if event["type"] == kind]


def test_g3_a_rollback_that_cannot_be_proposed_is_told_and_fails_the_run_that_found_it(world: Simulated) -> None:
    world.git("push", "--quiet", "origin", "HEAD:refs/heads/modelward/rollback")
    world.fails("1.1.0", "1.0.0")
    ended = run(world)
    assert (ended.code, "no rollback is proposed" in ended.out) == (1, True), ended
    assert later(world).code == 0, "everybody has been told"
    (event,) = told(world, "ml.model.failed")
    assert (event["subject"], event["severity"]) == ("credit-risk/production/1.1.0", "warning")
    assert "no rollback can be proposed" in event["data"]["title"]
    assert later(world, minutes=24 * 60).code == 1
    world.git("push", "--quiet", "origin", ":refs/heads/modelward/rollback")
    assert later(world).code == 0
    assert world.git("ls-remote", "origin", "refs/heads/modelward/rollback/*")


def test_t71_that_bytes_are_wrong_is_told_also_when_they_could_not_be_read_before(
    world: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deploy("1.1.0", model="delivery-eta")

    def unreadable(*_arguments: object) -> Path:
        raise ArtifactUnreadable("its files are gone", "")

    with monkeypatch.context() as patch:
        patch.setattr(world.registry, "fetch_artifact", unreadable)
        assert later(world).code == 3
    files = world.registry.files
    monkeypatch.setitem(files, ("delivery-eta", 2), {**files["delivery-eta", 2], "MLmodel": b"others"})
    for _ in range(2):
        assert later(world).code == 1
    assert [event["severity"] for event in told(world, "ml.model.failed")] == ["warning", "critical"]


def test_t71_folders_that_lie_very_deep_end_no_run_and_hide_no_alarm(
    world: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = world.registry.fetch_artifact

    def deep(name: str, version: int, into: Path) -> Path:
        found = fetch(name, version, into)
        for number in range(1, 1500):
            Path(f"{found}{'/d' * number}").mkdir()
        return found

    world.fails("1.1.0", "1.0.0")
    with monkeypatch.context() as patch:
        patch.setattr(world.registry, "fetch_artifact", deep)
        assert run(world, "--verify-artifacts", "20").code == 1
    assert told(world, "ml.model.suspended")
    assert not told(world, "ml.model.failed"), "folders without files are no other bytes"


def test_t71_what_was_mended_and_is_wrong_again_is_told_again(
    world: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = ("--verify-artifacts", "20")
    codes = []
    for _ in range(2):
        files = world.registry.files
        with monkeypatch.context() as patch:
            patch.setitem(files, ("delivery-eta", 1), {**files["delivery-eta", 1], "MLmodel": b"others"})
            codes += [later(world, *everything).code for _ in range(2)]
            # Who has not hashed it has not seen that it was mended.
            codes.append(later(world).code)
            codes.append(later(world, *everything).code)
        codes.append(later(world, *everything).code)
    assert codes == [1, 0, 0, 0, 0] * 2
    assert len(told(world, "ml.model.artifact.changed")) == 2


def test_g3_while_the_ledger_takes_nothing_what_is_found_is_told_and_so_is_that(
    world: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deploy("1.1.0", model="delivery-eta")
    files = world.registry.files
    monkeypatch.setitem(files, ("delivery-eta", 2), {**files["delivery-eta", 2], "MLmodel": b"others"})
    with receiving(world, 'date +"frozen at %N" >&2; exit 1'):
        for _ in range(2):
            pages(world)
            ended = run(world)
            assert (ended.code, "frozen at" in ended.err) == (3, True), ended
    for kind in ("ml.trigger.fired", "ml.model.failed", "ml.repository.unwritten"):
        assert [event["severity"] for event in told(world, kind)] == ["critical"], kind
    for _ in range(2):
        pages(world)
        assert run(world).code == 1
    assert len(told(world, "ml.trigger.fired")) == 1, "nor is it told once more when it is on record"
    assert len(told(world, "ml.model.failed")) == 1


def test_t84_a_lock_that_a_killed_git_left_where_a_clone_remembers_the_ledger_is_told_and_keeps_no_rollback_back(
    world: Simulated,
) -> None:
    world.fails("1.1.0", "1.0.0")
    lock = world.root / ".git" / "refs" / "modelward" / "ledger-seen.lock"
    lock.touch()
    try:
        ended = run(world)
    finally:
        lock.unlink()
    assert (ended.code, f"{lock}': File exists" in ended.err, "remove it" in ended.err) == (3, True, True), ended
    assert world.pointers()[0]["champion"] == 1
    (event,) = told(world, "ml.repository.untrusted")
    assert (event["severity"], str(lock) in event["data"]["body"]) == ("critical", True)
    assert not world.records("suspension"), "it is put on record later"
    later(world)
    assert len(world.records("suspension")) == 1


def test_t77_the_token_in_the_address_of_a_remote_is_shown_nowhere(world: Simulated) -> None:
    world.fails("1.1.0", "1.0.0")
    ended = run(world, "--remote", "https://bot:s3cret-token@127.0.0.1:1/x.git")
    assert (ended.code, world.pointers()[0]["champion"]) == (3, 1), ended
    assert "https://bot:***@127.0.0.1:1/x.git" in ended.err
    kept = b"".join(path.read_bytes() for path in (world.root / ".git" / "modelward").rglob("*") if path.is_file())
    assert "s3cret" not in ended.out + ended.err + world.events.read_text() + kept.decode()


def test_g3_what_calls_somebody_is_told_also_when_its_run_ends_right_after_it_was_put_on_record(
    world: Simulated,
) -> None:
    world.deploy("1.1.0", model="delivery-eta")
    pages(world)
    # The first push puts on record what was found, the second what came of the promotion.
    with receiving(world, '[ -e once ] && { rm once; echo "no more" >&2; exit 1; }; touch once'):
        assert run(world).code == 3
    (event,) = told(world, "ml.trigger.fired")
    assert event["data"]["details"]["trigger"] == "pager"


def test_g3_what_calls_somebody_is_told_once_wherever_the_run_is_killed_that_found_it(world: Simulated) -> None:
    world.deploy("1.1.0", model="delivery-eta")
    pages(world)
    more = ("--events-file", str(world.events))
    points = list(world.at_every_call(*more))
    for call, moment in points:
        world.back(moment)
        run(world)
        assert later(world, minutes=16).code == 0
        assert len(told(world, "ml.trigger.fired")) == 1, f"killed before {call}"
    assert len(points) > 4


@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EPIPE])
def test_a13_a_log_that_takes_nothing_keeps_back_no_rollback_and_no_alarm(
    world: Simulated, number: int, quiet: tuple[str, ...]
) -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(number, os.strerror(number))

    world.fails("1.1.0", "1.0.0")
    with world.clock.running():
        more = ("--events-file", str(world.events), "--log-format", "text", *quiet)
        assert world.modelward(*world.applying(*more), stream=Full).code == 3
    assert world.pointers()[0]["champion"] == 1
    assert told(world, "ml.model.suspended")
    assert told(world, "ml.model.rolled_back")


def test_a13_a_defect_after_the_deed_hides_nothing_of_it(
    world: Simulated, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def crash(*_arguments: object) -> None:
        raise LookupError("nobody thought of it")

    monkeypatch.setattr(applying, "propose", crash)
    world.fails("1.1.0", "1.0.0")
    ended = run(world, "--metrics-file", str(tmp_path / "runs.prom"))
    assert (ended.code, "crash: LookupError" in ended.err) == (3, True)
    assert [event["severity"] for event in told(world, "ml.model.suspended")] == ["critical"]
    assert 'modelward_reconcile_runs_total{result="failure"} 1.0' in (tmp_path / "runs.prom").read_text()


def test_f7_a13_a_run_that_is_told_to_end_while_places_are_told_tells_them_all(
    world: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fails("1.1.0", "1.0.0")
    with posted() as inbox:
        monkeypatch.setenv("HOOK", inbox.address)
        inbox.happens = lambda number: None if number else os.kill(os.getpid(), signal.SIGTERM)
        ended = world.apply("--events-webhook", "HOOK", "--log-format", "json")
        last = json.loads(ended.err.splitlines()[-1])
        assert (ended.code, last["event"], last["exit_code"]) == (130, "run.stopped", 130)
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
        types = [json.loads(body)["type"] for _, _, body in inbox.got]
        assert {"ml.model.suspended", "ml.model.rolled_back"} <= set(types)
        waited(world, minutes=15)
        assert world.apply("--events-webhook", "HOOK").code == 0
        assert len(inbox.got) == len(types)


def pages(world: Simulated) -> None:
    """Some time later a trigger fails that calls somebody, and takes nothing out."""
    waited(world, minutes=15)
    world.clock.forward(seconds=30)
    world.observe("precision", "1.1.0", 0.1)
