"""Delivery: each event once to each place, whatever the others do, and by the next run where this one could not."""

import json
import os
import signal
import socket
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from events.conftest import NOON, REPOSITORY, Inbox, event
from modelward.events.delivering import Delivery
from modelward.events.file import EventFile
from modelward.events.interface import Event, Severity, Sink, Undelivered
from modelward.events.notification import Notification
from modelward.events.outbox import GIVEN_UP, IN_DOUBT, MOST, REMINDED, Outbox
from modelward.events.webhook import Webhook
from modelward.specs.scalars import EnvironmentName


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox")


def deliver(
    events: Sequence[Event], sinks: Sequence[Sink], outbox: Outbox, *, later: timedelta = timedelta()
) -> tuple[Undelivered, ...]:
    """One run that tells the events."""
    delivery = Delivery(tuple(sinks), outbox)
    for one in events:
        delivery.post(one, NOON + later)
    return delivery.deliver(NOON + later)


def titles(file: EventFile) -> list[str]:
    return [json.loads(line)["data"]["title"] for line in file.path.read_text().splitlines()]


def down(port: int) -> Webhook:
    return Webhook.at(f"http://127.0.0.1:{port}", "HOOK", "", "no variable", REPOSITORY)


def test_an_event_that_is_there_twice_is_told_once_everywhere(tmp_path: Path, inbox: Inbox, outbox: Outbox) -> None:
    file = EventFile(tmp_path / "events.jsonl", REPOSITORY)
    events = [event("1", title="first"), event("2"), event("1", title="said again")]
    assert deliver(events, [file, down(inbox.port)], outbox) == ()
    assert titles(file) == ["first", event().title]
    assert len(inbox.got) == 2


def test_a_place_that_is_down_changes_nothing_for_the_others(tmp_path: Path, dead_port: int, outbox: Outbox) -> None:
    file = EventFile(tmp_path / "events.jsonl", REPOSITORY)
    left = deliver([event("1"), event("2")], [down(dead_port), file], outbox)
    assert [(one.sink, one.event, one.again) for one in left] == [
        (down(dead_port).name, event("1"), True),
        (down(dead_port).name, event("2"), True),
    ]
    assert len(file.path.read_text().splitlines()) == 2


def test_a_place_that_wants_none_of_them_is_not_asked(dead_port: int, outbox: Outbox) -> None:
    staging = frozenset({EnvironmentName("staging")})
    people = Notification("CHAT", f"json://127.0.0.1:{dead_port}", staging, REPOSITORY)
    assert deliver([event()], [people], outbox) == ()
    assert deliver([], [people], outbox) == ()


def test_what_a_place_did_not_take_is_told_by_the_next_run_before_its_own(
    inbox: Inbox, dead_port: int, outbox: Outbox
) -> None:
    earlier = [event("1", title="it is out"), event("2", title="it is back")]
    assert len(deliver(earlier, [down(dead_port)], outbox)) == 2
    later = timedelta(minutes=15)
    assert deliver([event("3", title="and on it goes")], [down(inbox.port)], outbox, later=later) == ()
    told = [json.loads(body)["data"]["title"] for _, _, body in inbox.got]
    assert sorted(told[:2]) == ["it is back", "it is out"]
    assert told[2:] == ["and on it goes"]
    assert deliver([], [down(inbox.port)], outbox, later=2 * later) == ()
    assert len(inbox.got) == 3, "and by none after that"


def test_what_a_killed_run_had_posted_is_told_by_the_next_as_it_was(tmp_path: Path, outbox: Outbox) -> None:
    file = EventFile(tmp_path / "events.jsonl", REPOSITORY)
    Delivery((file,), outbox).post(event(), NOON)
    assert deliver([], [file], outbox) == ()
    assert deliver([event()], [EventFile(tmp_path / "whole.jsonl", REPOSITORY)], outbox) == ()
    assert file.path.read_text() == (tmp_path / "whole.jsonl").read_text()


def test_two_runs_at_once_never_tell_the_same(tmp_path: Path, outbox: Outbox) -> None:
    file = EventFile(tmp_path / "events.jsonl", REPOSITORY)
    one, other = Delivery((file,), outbox), Delivery((file,), outbox)
    for run in (one, other):
        run.post(event(), NOON)
    one.deliver(NOON)
    other.deliver(NOON)
    assert len(titles(file)) == 1


@pytest.mark.parametrize(("severity", "doubtful"), [("critical", 2), ("warning", 1)])
def test_what_ends_a_run_while_a_place_is_told_loses_nothing_of_what_was_not_told(
    inbox: Inbox, outbox: Outbox, severity: Severity, doubtful: int
) -> None:
    def interrupt(number: int) -> None:
        if number == 1:
            os.kill(os.getpid(), signal.SIGINT)

    inbox.happens = interrupt
    events = [event(str(number), severity=severity) for number in range(4)]
    # Who starts the tests in the background may have this ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            deliver(events, [down(inbox.port)], outbox)
    finally:
        signal.signal(signal.SIGINT, before)
    assert deliver([], [down(inbox.port)], outbox) == ()
    told = [json.loads(body)["id"] for _, _, body in inbox.got]
    assert {*told} == {one.id for one in events}
    assert told.count(told[1]) == doubtful, "nobody knows whether the one that was under way has come there"
    assert len(told) == len(events) + doubtful - 1
    assert deliver([], [down(inbox.port)], outbox) == ()
    assert len(told) == len(inbox.got)


def test_a_run_that_is_killed_while_a_place_does_not_answer_leaves_what_is_grave_to_the_next(
    inbox: Inbox, outbox: Outbox
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        child = os.fork()
        if not child:
            deliver([event("1"), event("2")], [down(hanging.getsockname()[1])], outbox)
            os._exit(1)
        connection, _ = hanging.accept()
        assert connection.recv(1)
        assert deliver([], [down(inbox.port)], outbox) == (), "it is told by the other run now"
        assert [json.loads(body)["id"] for _, _, body in inbox.got] == [event("2").id]
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        connection.close()
    assert deliver([], [down(inbox.port)], outbox) == ()
    assert [json.loads(body)["id"] for _, _, body in inbox.got[1:]] == [event("1").id]
    assert deliver([], [down(inbox.port)], outbox) == ()
    assert len(inbox.got) == 2


def test_what_is_grave_is_told_again_for_an_hour_where_an_answer_did_not_come(inbox: Inbox, outbox: Outbox) -> None:
    address = f"json://127.0.0.1:{inbox.port}?rto=30"
    people = Notification("CHAT", address, frozenset({EnvironmentName("production")}), REPOSITORY, patience=2.5)
    inbox.delay = 30.0
    for later, again in ((timedelta(), True), (IN_DOUBT, False)):
        left = deliver([event()], [people], outbox, later=later)
        assert [one.again for one in left] == [again]
    assert not outbox.waiting(people.name)


def test_after_a_day_nobody_is_told_any_more(dead_port: int, outbox: Outbox, inbox: Inbox) -> None:
    (left,) = deliver([event()], [down(dead_port)], outbox, later=GIVEN_UP + timedelta(minutes=1))
    assert not left.again
    assert deliver([], [down(inbox.port)], outbox) == ()
    assert inbox.got == []


def test_a_place_that_is_away_for_ever_fills_no_disk(dead_port: int, outbox: Outbox) -> None:
    for number in range(MOST):
        assert outbox.keep(down(dead_port).name, event(str(number), severity="warning"), NOON)
    more = [event("one too many", severity="warning"), event("a grave one")]
    left = deliver(more, [down(dead_port)], outbox)
    assert len(left) == MOST + 2
    assert [one.event.key for one in left if not one.again] == ["one too many"]


def test_where_nothing_can_be_kept_what_happened_is_told_all_the_same(tmp_path: Path, dead_port: int) -> None:
    (tmp_path / "outbox").write_text("no folder")
    file = EventFile(tmp_path / "events.jsonl", REPOSITORY)
    (left,) = deliver([event()], [down(dead_port), file], Outbox(tmp_path / "outbox"))
    assert not left.again
    assert len(titles(file)) == 1


def test_what_waits_is_told_where_it_can_no_longer_be_kept_as_taken(tmp_path: Path, outbox: Outbox) -> None:
    file = EventFile(tmp_path / "events.jsonl", REPOSITORY)
    assert outbox.keep(file.name, event(), NOON)
    (waiting,) = outbox.folder.rglob("waiting")
    waiting.with_name("taken").write_text("no folder")
    assert deliver([], [file], outbox) == ()
    assert len(titles(file)) == 1
    assert not outbox.waiting(file.name)


def test_what_cannot_be_read_in_the_outbox_stops_nothing(tmp_path: Path, outbox: Outbox) -> None:
    file = EventFile(tmp_path / "events.jsonl", REPOSITORY)
    assert outbox.keep(file.name, event(), NOON)
    (kept,) = outbox.folder.rglob("*.json")
    for number, wrong in enumerate((b"", b"{", b"[]", b"{}", kept.read_bytes().replace(b'"key"', b'"other"'))):
        kept.with_name(f"{number}.json").write_bytes(wrong)
    assert deliver([], [file], outbox) == ()
    assert len(titles(file)) == 1


def test_of_what_lasts_a_place_is_told_once_a_day(tmp_path: Path, outbox: Outbox) -> None:
    file = EventFile(tmp_path / "events.jsonl", REPOSITORY)
    for told, later in ((1, timedelta()), (1, REMINDED - timedelta(minutes=1)), (2, REMINDED), (3, -REMINDED)):
        assert deliver([event(lasts=True)], [file], outbox, later=later) == ()
        assert len(titles(file)) == told, later


def test_what_a_place_was_told_of_long_ago_leaves_nothing_behind(tmp_path: Path, outbox: Outbox) -> None:
    file = EventFile(tmp_path / "events.jsonl", REPOSITORY)
    for number in range(3):
        deliver([event(str(number), lasts=True)], [file], outbox, later=number * REMINDED)
    assert len(list(outbox.folder.rglob("told/*"))) == 1
    assert not list(outbox.folder.rglob("*.json"))


def test_a_place_that_did_not_take_what_lasts_is_told_by_the_next_run(
    inbox: Inbox, dead_port: int, outbox: Outbox
) -> None:
    for port in (dead_port, inbox.port, inbox.port):
        deliver([event(lasts=True)], [down(port)], outbox)
    assert len(inbox.got) == 1
