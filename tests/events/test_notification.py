"""Notifications, through a real Apprise to a real server."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from events.conftest import REPOSITORY, Inbox, event, mailing
from modelward.events.message import MOST, messages
from modelward.events.notification import Notification
from modelward.specs.scalars import EnvironmentName

SECRET = "sesame-0123456789"  # noqa: S105 - of a server in this process


def at(addresses: str, patience: float = 20.0) -> Notification:
    return Notification("CHAT", addresses, frozenset({EnvironmentName("production")}), REPOSITORY, patience)


def bodies(inbox: Inbox) -> list[dict[str, Any]]:
    return [json.loads(body) for _, _, body in inbox.got]


def test_people_are_told_in_plain_text(inbox: Inbox) -> None:
    hostile = event(
        title="<!channel> \x1b[31mall is well", body="see [here](https://evil.example)\n@everyone :smile: \\n"
    )
    assert at(f"json://127.0.0.1:{inbox.port}/{SECRET}").take([hostile]) == ()
    (told,) = bodies(inbox)
    assert told["title"] == "CRITICAL: ＜!channel＞ ［31mall is well"
    assert told["type"] == "failure"
    assert told["message"].split("\n") == [
        "see ［here］(https：//evil.example)",
        "＠everyone :smile: \\n",
        "",
        "model credit-risk, environment production, release 1.1.0",
        "2026-11-20T12:00:00Z, ml.model.suspended",
        f"repository acme/ml-governance, event {hostile.id}",
    ]


def test_every_service_of_a_variable_is_told(inbox: Inbox) -> None:
    address = f"json://127.0.0.1:{inbox.port}"
    assert at(f"{address}/one, {address}/two").take([event()]) == ()
    assert sorted(path for path, _, _ in inbox.got) == ["/one", "/two"]


def test_a14_a_mailbox_is_told() -> None:
    with mailing() as mailbox:
        address = f"mailto://127.0.0.1:{mailbox.port}?from=ward@example.org&to=ml-ops@example.org"
        assert at(address).take([event()]) == ()
        (mail,) = mailbox.got
    assert "To: ml-ops@example.org\r\n" in mail
    assert "Subject: CRITICAL: release 1.1.0 is out of service\r\n" in mail
    assert "model credit-risk, environment production, release 1.1.0\r\n" in mail


def test_a_dead_service_takes_nothing_and_no_secret_is_shown(
    dead_port: int, inbox: Inbox, capfd: pytest.CaptureFixture[str]
) -> None:
    notification = at(f"json://user:{SECRET}@127.0.0.1:{dead_port}/{SECRET}")
    left = notification.take([event("1"), event("2")])
    assert [one.why for one in left] == ["a service did not take it"] * 2
    inbox.status = 500
    left += at(f"json://user:{SECRET}@127.0.0.1:{inbox.port}/{SECRET}").take([event("3")])
    left += at(f"nonsense://{SECRET}").take([event("4")])
    said = capfd.readouterr()
    assert SECRET not in repr((left, notification))
    assert (said.out, said.err) == ("", "")


def test_where_one_of_several_took_it_nobody_is_told_again(dead_port: int, inbox: Inbox) -> None:
    alive, dead = (f"json://127.0.0.1:{port}" for port in (inbox.port, dead_port))
    (left,) = at(f"{alive}, {dead}").take([event()])
    assert (left.why, left.again) == ("one of several services did not take it", False)
    assert len(inbox.got) == 1
    (left,) = at(dead).take([event()])
    assert left.again


def test_a_service_that_hangs_is_ended_with_its_process(inbox: Inbox) -> None:
    inbox.delay = 30.0
    began = time.monotonic()
    for severity in ("critical", "warning"):
        events = [event("1", severity=severity), event("2", severity=severity)]
        left = at(f"json://127.0.0.1:{inbox.port}?rto=30", patience=5).take(events)
        assert {one.why for one in left} == {"it was given up after 5 s"}
        assert [(one.again, one.doubtful) for one in left] == [
            (severity == "critical", True),
            (True, False),
        ], "the first may have come there, the second was not sent"
    assert time.monotonic() - began < 25


def children() -> list[int]:
    """The processes that this one has started."""
    tasks = Path("/proc/self/task").iterdir()
    return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]


def test_what_a_service_took_before_the_process_died_is_delivered(inbox: Inbox) -> None:
    known = set(children())

    def kill(number: int) -> None:
        if number == 1:
            (child,) = set(children()) - known
            os.kill(child, signal.SIGKILL)

    inbox.happens = kill
    left = at(f"json://127.0.0.1:{inbox.port}").take([event("1"), event("2"), event("3")])
    assert [one.event for one in left] == [event("2"), event("3")]
    assert {one.why for one in left} == {"Apprise ended with -9 before it was sent"}


def test_an_address_that_apprise_does_not_know_is_named_by_its_variable() -> None:
    (left,) = at("nonsense://there").take([event()])
    assert left.why == "CHAT holds an address that Apprise does not know"
    assert left.sink == "the notifications of CHAT"


def test_the_process_that_sends_sees_no_secret_of_the_run(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", SECRET)
    known = set(children())
    seen: list[bytes] = []

    def look(_number: int) -> None:
        (child,) = set(children()) - known
        seen.append(Path(f"/proc/{child}/environ").read_bytes() + Path(f"/proc/{child}/cmdline").read_bytes())

    inbox.happens = look
    assert at(f"json://127.0.0.1:{inbox.port}/hidden-path").take([event()]) == ()
    assert b"PATH=" in seen[0]
    assert SECRET.encode() not in seen[0]
    assert b"hidden-path" not in seen[0]


def test_a_service_is_reached_through_the_proxy_of_this_machine(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", inbox.address)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert at("json://chat.invalid/there").take([event()]) == ()
    assert [path for path, _, _ in inbox.got] == ["http://chat.invalid/there"]


def test_a_redirect_is_not_followed(inbox: Inbox) -> None:
    inbox.status, inbox.headers = 302, {"Location": f"{inbox.address}/elsewhere"}
    (left,) = at(f"json://127.0.0.1:{inbox.port}/here").take([event()])
    assert left.why == "a service did not take it"
    assert [path for path, _, _ in inbox.got] == ["/here"]


def test_only_what_is_grave_and_of_these_environments_is_told() -> None:
    notification = at("json://127.0.0.1")
    assert notification.wants(event(severity="warning"))
    assert notification.wants(event(environment=None))
    assert not notification.wants(event(severity="info"))
    assert not notification.wants(event(environment="staging"))


def test_very_many_events_are_few_messages_and_the_gravest_come_alone() -> None:
    grave = [event(str(n), title=f"grave {n}") for n in range(5)]
    minor = [event(f"m{n}", title=f"minor {n}", severity="warning") for n in range(500)]
    told = messages([*minor, *grave], REPOSITORY)
    assert len(told) == MOST
    assert [message.title for message in told[:2]] == ["CRITICAL: grave 0", "CRITICAL: grave 1"]
    assert told[-1].title == "WARNING: 486 further events"
    assert "and 466 more" in told[-1].body
    assert [one for message in told for one in message.events] == [*grave, *minor]
