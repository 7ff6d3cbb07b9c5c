"""Routers and tags that lie, break off or lead elsewhere: no answer, and above all not that nothing is routed."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from answering import document, serving
from modelward import exchange
from modelward.registry.mlflow import MlflowRegistry
from modelward.traffic import http_router
from modelward.traffic.confirming import NotServed, reload_and_confirm
from modelward.traffic.connecting import connect
from modelward.traffic.interface import (
    Routing,
    Traffic,
    TrafficRefused,
    TrafficUnavailable,
    TrafficUnreadable,
    Unreadable,
)
from routed import TOKEN, Router

from .conftest import TAGS, at_router, environment, registries
from .test_contract import CANARY, CHAMPION

Sent = tuple[int, dict[str, str], bytes]
JSON = {"Content-Type": "application/json"}
MODEL = "credit-risk"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "SILENCE", 0.4)
    monkeypatch.setattr(exchange, "PATIENCE", 0.8)
    monkeypatch.setattr(http_router, "PATIENCE", 0.8)
    monkeypatch.setattr(http_router, "ATTEMPTS", 1)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


SOUND = """{"champion": {"version": 3, "release": "1.0.0", "weight": 95},
 "challenger": {"version": 4, "release": "1.1.0", "weight": 5},
 "ml_enabled": true, "feedback_enabled": true, "tenants": {"north": {"version": 4, "release": "1.1.0"}}}"""


def but(old: str, new: str) -> str:
    assert old in SOUND
    return SOUND.replace(old, new)


WRONG = {
    "nothing": "",
    "null": "null",
    "a number": "100",
    "a list": f"[{SOUND}]",
    "nothing in it": "{}",
    "markup": "<html>",
    "more after its end": SOUND + SOUND,
    "weights that sum to less": but('"weight": 95', '"weight": 90'),
    "weights that sum to more": but('"weight": 5}', '"weight": 6}'),
    "a weight below nothing": but('"weight": 95', '"weight": 105').replace('"weight": 5}', '"weight": -5}'),
    "a weight with a fraction": but('"weight": 95', '"weight": 95.0'),
    "a weight that is text": but('"weight": 95', '"weight": "95"'),
    "a weight that is a truth": but('"weight": 95', '"weight": true'),
    "a weight that is no number": but('"weight": 95', '"weight": NaN'),
    "a weight without bound": but('"weight": 95', '"weight": Infinity'),
    "a weight beyond all numbers": but('"weight": 95', '"weight": 1e999'),
    "a weight of a thousand digits": but('"weight": 95', '"weight": ' + "9" * 1_000),
    "no weight": but(', "weight": 95', ""),
    "a weight twice": but('"weight": 95', '"weight": 95, "weight": 95'),
    "a champion twice": '{"champion": {"version": 9, "release": "9.0.0", "weight": 95},' + SOUND[1:],
    "no champion": but('{"version": 3, "release": "1.0.0", "weight": 95}', "null"),
    "no word of a challenger": but('"challenger": {"version": 4, "release": "1.1.0", "weight": 5},', "").replace(
        "95", "100"
    ),
    "no word of a switch": but('"ml_enabled": true, ', ""),
    "a switch that is text": but('"ml_enabled": true', '"ml_enabled": "true"'),
    "a switch that is a number": but('"feedback_enabled": true', '"feedback_enabled": 1'),
    "a version that is text": but('"version": 3', '"version": "3"'),
    "a version that is none": but('"version": 3', '"version": 0'),
    "a version of 40 digits": but('"version": 3', '"version": ' + "9" * 40),
    "a release that is none": but('"1.0.0"', '"latest"'),
    "a release that speaks to terminals": but('"1.0.0"', '"1.0.0\\u001b[2J"'),
    "a challenger that is the champion": but(
        '"version": 4, "release": "1.1.0", "weight": 5', '"version": 3, "release": "1.0.0", "weight": 5'
    ),
    "one release under two versions": but('"north": {"version": 4', '"north": {"version": 5'),
    "a tenant twice": but('"tenants": {', '"tenants": {"north": {"version": 3, "release": "1.0.0"}, '),
    "a tenant of an odd name": but('"north"', '"../north"'),
    "tenants in a list": but('{"north": {"version": 4, "release": "1.1.0"}}', '["north"]'),
    "what nobody knows": but('"ml_enabled": true', '"ml_enabled": true, "shadow": {"version": 9}'),
    "deep nesting": but('{"north": {"version": 4, "release": "1.1.0"}}', "[" * 5_000 + "]" * 5_000),
}

# What no reader of JSON could tell from what stands around it.
SYNTAX = {
    "nothing",
    "markup",
    "more after its end",
    "a weight that is no number",
    "a weight without bound",
    "a weight beyond all numbers",
    "a weight of a thousand digits",
    "a version of 40 digits",
    "a weight twice",
    "a champion twice",
    "a tenant twice",
    "a release that speaks to terminals",
    "deep nesting",
}


def test_the_routing_that_these_tests_break_is_sound() -> None:
    assert isinstance(tagged(SOUND), Routing)


def tagged(text: str) -> Routing | Unreadable:
    """What a tag of a registry is read as."""
    tags = [{"key": "modelward.traffic.production", "value": text}]

    def answer(path: str, _query: dict[str, str]) -> Sent:
        if path.endswith("registered-models/search"):
            return document({"registered_models": [{"name": MODEL, "tags": tags}, {"name": "other"}]})
        return document({})

    with serving(answer) as (uri, _):
        found = connect(environment(TAGS), registries(MlflowRegistry(uri)), {}).routings()
    assert found.keys() == {MODEL}
    return found[MODEL]


@pytest.mark.parametrize("case", WRONG)
def test_a_tag_that_writes_no_routing_is_one_that_cannot_be_read_and_not_none(case: str) -> None:
    found = tagged(WRONG[case])
    assert isinstance(found, Unreadable)
    assert 0 < len(found.reason) < 600


@pytest.mark.parametrize("case", WRONG)
def test_a_router_s_answer_that_writes_no_routing_is_one_that_cannot_be_read(case: str) -> None:
    text = f'{{"environment": "production", "routings": {{"{MODEL}": {WRONG[case]}, "other": {SOUND}}}}}'
    with serving(lambda _path, _query: (200, JSON, text.encode())) as (address, _):
        traffic = at_router(address)
        if case in SYNTAX:
            with pytest.raises(TrafficUnreadable, match=f"{address} answers /api/v1/serving/routing with what cannot"):
                traffic.routings()
        else:
            found = traffic.routings()
            assert isinstance(found[MODEL], Unreadable)
            assert isinstance(found["other"], Routing)


def requests(**changed: object) -> dict[str, object]:
    return {"champion": 1, "challenger": 0, "tenants": 0, "fallback": 0} | changed


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [],
        {"routing": json.loads(SOUND)},
        {"routing": None, "requests": requests()},
        {"routing": json.loads(SOUND), "requests": requests(champion=-1)},
        {"routing": json.loads(SOUND), "requests": requests(champion=1.5)},
        {"routing": json.loads(SOUND), "requests": requests(champion="1")},
        {"routing": json.loads(SOUND), "requests": requests(champion=True)},
        {"routing": json.loads(SOUND), "requests": {}},
        {"routing": json.loads(WRONG["weights that sum to less"]), "requests": requests()},
    ],
)
def test_e6_a_router_that_does_not_say_what_serves_has_not_taken_up_what_was_routed(entry: object) -> None:
    with serving(lambda _path, _query: document({"environment": "production", "serving": {MODEL: entry}})) as (at, _):
        found = reload_and_confirm(at_router(at), {MODEL: CANARY})[MODEL]
    assert isinstance(found, NotServed)
    assert "cannot be read" in found.reason


def page(**facts: object) -> Sent:
    return document({"environment": "production", "routings": {}} | facts)


NEXT = {"next_page_token": "a"}
ELSEWHERE = {"Location": "https://elsewhere.example/"}
ANSWERS: dict[str, tuple[Sent, type[Exception], str]] = {
    "in trouble": ((503, JSON, b""), TrafficUnavailable, "with status 503"),
    "too often": ((429, JSON, b""), TrafficUnavailable, "with status 429"),
    "broken off": ((200, {"Content-Length": "100"}, b"{}"), TrafficUnavailable, "broke off its answer"),
    "an odd length": ((200, {"Content-Length": "\u00b2"}, b"{}"), TrafficUnreadable, "does not allow"),
    "a credential that it does not know": ((401, JSON, b""), TrafficRefused, "with status 401"),
    "a credential without the right": ((403, JSON, b""), TrafficRefused, "with status 403"),
    "no router": ((404, JSON, b"<html>"), TrafficRefused, "with status 404: <html>"),
    "wrong, saying the credential": ((400, JSON, f"{TOKEN} is wrong".encode()), TrafficRefused, ": \\*\\*\\* is wrong"),
    "moved": ((302, ELSEWHERE, b""), TrafficRefused, "has moved to https://elsewhere.example/, and is not followed"),
    "nothing": ((200, JSON, b""), TrafficUnreadable, "what cannot be read"),
    "nothing, and well": ((204, {}, b""), TrafficUnreadable, "with status 204"),
    "markup": ((200, JSON, b"<html>"), TrafficUnreadable, "this is no JSON"),
    "no text": ((200, JSON, b"\xff\xfe{}"), TrafficUnreadable, "what cannot be read"),
    "too much": ((200, JSON, b" " * (exchange.MAX_ANSWER + 1)), TrafficUnreadable, "with more than 8 MiB"),
    "another document": (document({"routing": {}}), TrafficUnreadable, "does not allow"),
    "null in the place of routings": (page(routings=None), TrafficUnreadable, "does not allow"),
    "a list of routings": (page(routings=[]), TrafficUnreadable, "does not allow"),
    "another environment": (page(environment="staging"), TrafficUnreadable, "environment `staging`"),
    "a page after it that is no text": (page(next_page_token=1), TrafficUnreadable, "does not allow"),
    "the same page for ever": (page(**NEXT), TrafficUnreadable, "the same page again and again"),
    "one model on two pages": (
        page(**NEXT, routings={MODEL: json.loads(SOUND)}),
        TrafficUnreadable,
        "one model on two pages",
    ),
    "one model twice": (
        (200, JSON, f'{{"environment": "production", "routings": {{"m": {SOUND}, "m": {SOUND}}}}}'.encode()),
        TrafficUnreadable,
        "the key `m` stands twice",
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_e18_an_answer_of_no_router_is_told_apart_by_what_it_means(case: str) -> None:
    answer, error, said = ANSWERS[case]
    with serving(lambda _path, _query: answer) as (address, _), pytest.raises(error, match=said) as refused:
        at_router(address).routings()
    assert TOKEN not in str(refused.value)


def test_an_answer_about_another_model_is_not_taken_for_that_of_the_one_asked_for() -> None:
    answer = page(routings={"other": json.loads(SOUND)})
    asked_for = pytest.raises(TrafficUnreadable, match="another model than was asked for")
    with serving(lambda _path, _query: answer) as (address, _), asked_for:
        at_router(address).routing(MODEL)


def test_pages_without_an_end_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_router, "MAX_PAGES", 5)

    def answer(_path: str, query: dict[str, str]) -> Sent:
        return page(next_page_token=str(int(query.get("page_token", "0")) + 1))

    with serving(answer) as (address, asked), pytest.raises(TrafficUnreadable, match="more than 5 pages"):
        at_router(address).routings()
    assert len(asked) == 5


def test_a_page_that_fails_makes_the_others_no_answer() -> None:
    def answer(_path: str, query: dict[str, str]) -> Sent:
        return (500, JSON, b"") if query.get("page_token") else page(**NEXT, routings={"m": None})

    with serving(answer) as (address, _), pytest.raises(TrafficUnavailable):
        at_router(address).routings()


@pytest.mark.parametrize("status", [202, 301, 307, 400, 409, 503])
def test_a_write_that_is_not_answered_as_done_is_not_done(status: int) -> None:
    with serving(lambda _path, _query: (status, {"Location": "/elsewhere"}, b"no")) as (address, asked):
        for write in calls(at_router(address))[2:4]:
            with pytest.raises((TrafficUnavailable, TrafficUnreadable, TrafficRefused)):
                write()
    assert [one.path for one in asked] == [http_router.ROUTING, http_router.RELOAD]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_takes_credential_or_routing_elsewhere(status: int) -> None:
    with serving(lambda _path, _query: page()) as (elsewhere, seen):
        with serving(lambda _path, _query: (status, {"Location": elsewhere}, b"")) as (address, _):
            for call in calls(at_router(address)):
                with pytest.raises(TrafficRefused, match="is not followed"):
                    call()
        assert seen == []


def calls(traffic: Traffic) -> tuple[Callable[[], object], ...]:
    return (
        traffic.routings,
        lambda: traffic.routing(MODEL),
        lambda: traffic.set_routing(MODEL, CHAMPION),
        lambda: traffic.reload([MODEL]),
        traffic.serving,
    )


@pytest.fixture
def dribbling() -> Iterator[Callable[[bytes], str]]:
    """Starts a server that sends some bytes at once, and then single ones without an end."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def start(first: bytes) -> str:
            def treat(connection: socket.socket) -> None:
                with connection:
                    connection.sendall(first)
                    while not stop.wait(0.05):
                        try:
                            connection.sendall(b"x")
                        except OSError:
                            return

            def serve() -> None:
                while True:
                    try:
                        connection, _ = server.accept()
                    except OSError:
                        return
                    threading.Thread(target=treat, args=(connection,), daemon=True).start()

            threading.Thread(target=serve, daemon=True).start()
            return f"http://127.0.0.1:{server.getsockname()[1]}"

        yield start
        stop.set()


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 500 No\r\n\r\n",
    ],
    ids=["status", "header", "value", "body", "error"],
)
def test_a_router_that_dribbles_is_given_up_wherever_it_stands(dribbling: Callable[[bytes], str], first: bytes) -> None:
    with pytest.raises(TrafficUnavailable, match="takes too long to answer /api/v1/serving/routing"):
        at_router(dribbling(first)).routings()


def test_a_router_that_is_away_is_unavailable_in_every_call_and_so_is_one_that_hangs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(TrafficUnavailable, match="cannot be reached: timed out"):
            at_router(address).routings()
    for call in calls(at_router(address)):
        with pytest.raises(TrafficUnavailable, match="cannot be reached"):
            call()


def test_e18_a_reload_may_take_as_long_as_models_take_to_load_and_a_question_may_not() -> None:
    waiting = threading.Event()

    def answer(_path: str, _query: dict[str, str]) -> Sent:
        waiting.wait(0.55)
        return 204, {}, b""

    with serving(answer) as (address, _):
        at_router(address).reload([MODEL])
        with pytest.raises(TrafficUnavailable, match="timed out"):
            at_router(address).set_routing(MODEL, CHAMPION)


def test_a_registry_that_is_away_is_traffic_that_is_unavailable() -> None:
    with serving(lambda _path, _query: (503, JSON, b"")) as (uri, _):
        traffic = connect(environment(TAGS), registries(MlflowRegistry(uri)), {})
        for call in calls(traffic)[:3]:
            with pytest.raises(TrafficUnavailable):
                call()


def test_many_models_are_read_in_pages_and_never_one_by_one(router: Router) -> None:
    names = [f"model-{number}" for number in range(9)]
    router.routed = {name: json.loads(SOUND) for name in names}
    assert set(at_router(router.address).routings()) == set(names)
    assert len(router.asked) == 5

    tags = [{"key": "modelward.traffic.production", "value": SOUND}]

    def answer(path: str, _query: dict[str, str]) -> Sent:
        found: dict[str, Any] = {"registered_models": [{"name": name, "tags": tags} for name in names]}
        return document(found if path.endswith("registered-models/search") else {})

    with serving(answer) as (uri, asked):
        traffic = connect(environment(TAGS), registries(MlflowRegistry(uri)), {})
        for _ in range(2):
            assert set(traffic.routings()) == set(names)
    assert len(asked) == 2


def test_a_router_learns_the_credential_and_nothing_else_hears_of_it() -> None:
    with serving(lambda _path, _query: page()) as (address, asked):
        at_router(address).routings()
    assert asked[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in asked[0].path


def test_no_proxy_is_shown_what_goes_to_this_machine_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _path, _query: page()) as (proxy, seen), serving(lambda _path, _query: page()) as (address, _):
        for variable in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(variable, proxy)
        for variable in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(variable, raising=False)
        assert at_router(address).routings() == {}
    assert seen == []


@pytest.mark.parametrize("call", range(5))
def test_e18_a_router_is_asked_again_within_bounds_and_once_a_call_while_it_stays_away(
    monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    monkeypatch.setattr(http_router, "ATTEMPTS", 3)
    monkeypatch.setattr(http_router, "PAUSE", 0.01)
    answers = [(503, JSON, b"")] * 4 + [(404, JSON, b""), (429, JSON, b""), (403, JSON, b"")]
    with serving(lambda _path, _query: answers[len(asked) - 1]) as (address, asked):
        made = calls(at_router(address))[call]
        for error, until_now in ((TrafficUnavailable, 3), (TrafficUnavailable, 4), (TrafficRefused, 5)):
            with pytest.raises(error):
                made()
            assert len(asked) == until_now
        with pytest.raises(TrafficRefused, match="with status 403"):
            made()
        assert len(asked) == 7, "it has answered, and is asked as patiently as at first"


def test_e18_all_attempts_end_together_when_the_time_of_a_request_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_router, "ATTEMPTS", 100)
    monkeypatch.setattr(http_router, "PAUSE", 0.01)
    monkeypatch.setattr(http_router, "WHOLE", 0.6)
    started = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(TrafficUnavailable):
        at_router(f"http://127.0.0.1:{server.getsockname()[1]}").reload([MODEL])
    assert time.monotonic() - started < 1.2
