"""The webhook, against a real server."""

import json
import time

import pytest

from events.conftest import REPOSITORY, Inbox, event, receiving
from modelward.errors import WrongUse
from modelward.events.webhook import Webhook

TOKEN = "sesame-0123456789"  # noqa: S105 - of a server in this process


def at(address: str, token: str = TOKEN, request: float = 5.0, delivery: float = 10.0) -> Webhook:
    opened = Webhook.at(address, "HOOK", token, "HOOK_TOKEN", REPOSITORY)
    return Webhook(opened.host, opened.variable, opened.repository, request, delivery)


def test_each_event_is_posted_as_a_cloudevent(inbox: Inbox) -> None:
    assert at(f"{inbox.address}/hidden-path").take([event("1"), event("2")]) == ()
    assert [path for path, _, _ in inbox.got] == ["/hidden-path"] * 2
    _, headers, body = inbox.got[0]
    assert headers["Content-Type"] == "application/cloudevents+json"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert json.loads(body)["id"] == event("1").id


def test_without_a_token_none_is_sent(inbox: Inbox) -> None:
    assert at(inbox.address, "").take([event()]) == ()
    assert inbox.got[0][1]["Authorization"] is None


def test_a_dead_port_takes_nothing_and_is_asked_once(dead_port: int) -> None:
    left = at(f"http://127.0.0.1:{dead_port}/hidden-path").take([event(str(n)) for n in range(50)])
    assert len(left) == 50
    assert {one.why for one in left} == {"it cannot be reached: Connection refused"}


def test_a_server_that_hangs_is_given_up_and_not_asked_again(inbox: Inbox) -> None:
    inbox.delay = 3.0
    began = time.monotonic()
    left = at(f"{inbox.address}/hidden-path", request=0.3).take([event("1"), event("2")])
    assert time.monotonic() - began < 2
    assert len(left) == 2
    assert len(inbox.got) == 1
    assert "hidden-path" not in repr(left)


def test_all_requests_together_have_a_limit(inbox: Inbox) -> None:
    inbox.delay = 0.15
    left = at(inbox.address, delivery=0.8).take([event(str(n)) for n in range(20)])
    assert 15 <= len(left) < 20
    # The time is over between two requests, or in one.
    assert left[-1].why.startswith(("it took more than", "it takes too long", "it cannot be reached: timed out"))


def test_a_redirect_is_not_followed_and_carries_the_token_nowhere(inbox: Inbox) -> None:
    with receiving() as elsewhere:
        inbox.status, inbox.headers = 307, {"Location": elsewhere.address}
        (left,) = at(inbox.address).take([event()])
    assert left.why == "it has moved (status 307), and is not followed"
    assert elsewhere.got == []


def test_an_event_that_is_refused_does_not_keep_the_next_one_back(inbox: Inbox) -> None:
    inbox.status = 400
    left = at(inbox.address).take([event("1"), event("2")])
    assert [one.why for one in left] == ["it answers with status 400"] * 2
    assert len(inbox.got) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_is_busy_or_broken_is_left_alone(inbox: Inbox, status: int) -> None:
    inbox.status = status
    left = at(inbox.address).take([event("1"), event("2")])
    assert [one.why for one in left] == [f"it answers with status {status}"] * 2
    assert len(inbox.got) == 1


def test_no_secret_is_in_what_is_said_or_shown(inbox: Inbox) -> None:
    inbox.status = 500
    webhook = at(f"{inbox.address}/hidden-path")
    assert TOKEN not in repr(webhook)
    left = webhook.take([event()])
    assert TOKEN not in repr(left)
    assert "hidden-path" not in repr(left)
    assert left[0].sink == "the webhook of HOOK"


@pytest.mark.parametrize(
    "address", ["http://example.org/hidden-path", "ftp://hidden-path", "hidden-path", "https://u:hidden-path@x.example"]
)
def test_an_address_that_is_none_is_refused_and_not_shown(address: str) -> None:
    with pytest.raises(WrongUse) as refused:
        at(address)
    assert refused.value.message == "the variable HOOK holds no address of a webhook"
    assert "hidden-path" not in refused.value.remedy


def test_a_token_with_hidden_characters_is_refused_and_not_shown() -> None:
    with pytest.raises(WrongUse) as refused:
        at("https://hooks.example.org", "sesame\n")
    assert refused.value.message == "HOOK_TOKEN holds no token"


def test_a_host_that_has_no_possible_name_takes_nothing() -> None:
    (left,) = at("https://hooks..example.org/hidden-path").take([event()])
    assert left.why == "it cannot be reached: no host or proxy has such a name"
