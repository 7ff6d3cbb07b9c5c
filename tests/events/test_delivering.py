"""Delivery: each event once to each place, whatever the others do."""

import json
from pathlib import Path

from events.conftest import REPOSITORY, Inbox, event
from modelward.events.delivering import deliver
from modelward.events.file import EventFile
from modelward.events.notification import Notification
from modelward.events.webhook import Webhook
from modelward.specs.scalars import EnvironmentName


def test_an_event_that_is_there_twice_is_told_once_everywhere(tmp_path: Path, inbox: Inbox) -> None:
    file = EventFile(tmp_path / "events.jsonl", REPOSITORY)
    webhook = Webhook.at(inbox.address, "HOOK", "", "no variable", REPOSITORY)
    events = [event("1", title="first"), event("2"), event("1", title="said again")]
    assert deliver(events, [file, webhook]) == ()
    titles = [json.loads(line)["data"]["title"] for line in file.path.read_text().splitlines()]
    assert titles == ["first", event().title]
    assert len(inbox.got) == 2


def test_a_place_that_is_down_changes_nothing_for_the_others(tmp_path: Path, dead_port: int) -> None:
    down = Webhook.at(f"http://127.0.0.1:{dead_port}", "HOOK", "", "no variable", REPOSITORY)
    file = EventFile(tmp_path / "events.jsonl", REPOSITORY)
    left = deliver([event("1"), event("2")], [down, file])
    assert [(one.sink, one.event) for one in left] == [(down.name, event("1")), (down.name, event("2"))]
    assert len(file.path.read_text().splitlines()) == 2


def test_a_place_that_wants_none_of_them_is_not_asked(dead_port: int) -> None:
    staging = frozenset({EnvironmentName("staging")})
    people = Notification("CHAT", f"json://127.0.0.1:{dead_port}", staging, REPOSITORY)
    assert deliver([event()], [people]) == ()
    assert deliver([], [people]) == ()
