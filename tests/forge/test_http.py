"""A forge that is away, hangs, lies, or leads elsewhere: an error that names it, and never an answer."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from answering import document, serving
from hosted import NAME, TOKEN
from modelward import exchange
from modelward.errors import WrongUse
from modelward.forge.connecting import connect
from modelward.forge.interface import Forge, ForgeUnavailable, RepositoryName

Sent = tuple[int, dict[str, str], bytes]
JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "SILENCE", 0.5)
    monkeypatch.setattr(exchange, "PATIENCE", 1.0)


def at(address: str) -> Forge:
    return connect(RepositoryName("github", NAME), {"GITHUB_API_URL": address, "GITHUB_TOKEN": TOKEN})


def refusal(forge: Forge) -> str:
    with pytest.raises(ForgeUnavailable) as refused:
        forge.pull_request(1)
    assert TOKEN not in refused.value.message + refused.value.remedy
    return f"{refused.value.message}: {refused.value.remedy}"


ANSWERS: dict[str, tuple[Sent, str]] = {
    "gone": ((404, JSON, b"{}"), "shows nothing at /repos/acme/example/pulls/1"),
    "a token that it does not know": ((401, JSON, b"{}"), "does not accept the token: set GITHUB_TOKEN again"),
    "a token without the right": ((403, JSON, b"{}"), "give the one in GITHUB_TOKEN more rights"),
    "asked too often": ((403, {"x-ratelimit-remaining": "0"}, b"{}"), "has been asked too often"),
    "asked far too often": ((429, JSON, b"{}"), "has been asked too often"),
    "in trouble": ((503, JSON, b"{}"), "with status 503"),
    "moved": ((301, {"Location": "https://elsewhere.example/"}, b""), "has moved to https://elsewhere.example/"),
    "moved, saying the token": ((302, {"Location": f"/{TOKEN}"}, b""), "has moved to /***, and is not followed"),
    "no document": ((200, JSON, b"<html>"), "with what is no JSON"),
    "a document without an end": ((200, JSON, b"[" * 100_000), "with what is no JSON"),
    "another document": ((200, JSON, b"[]"), "what GitHub's description of its API does not allow"),
    "nothing at all": ((200, JSON, b"null"), "shows nothing at"),
    "too much": ((200, JSON, b" " * (exchange.MAX_ANSWER + 1)), "with more than 8 MiB"),
    "less than it said": ((200, {"Content-Length": "100"}, b"{}"), "broke off its answer"),
    "another pull request": (document({"number": 2, "head": {"sha": "a" * 40}}), "with another pull request"),
    "a head that is no commit": (document({"number": 1, "head": {"sha": "main"}}), "with another pull request"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_a_forge_that_does_not_answer_ends_the_run(case: str) -> None:
    answer, said = ANSWERS[case]
    with serving(lambda _path, _query: answer) as (address, _):
        assert said in refusal(at(address))


def test_no_redirect_takes_the_token_elsewhere() -> None:
    with serving(lambda _path, _query: document({})) as (elsewhere, seen):
        with serving(lambda _path, _query: (307, {"Location": elsewhere}, b"")) as (address, asked):
            refusal(at(address))
        assert len(asked) == 1
        assert seen == []


def test_a_failure_of_a_moment_is_asked_again() -> None:
    said = iter([(503, JSON, b""), (502, JSON, b"")])

    def answer(path: str, _query: dict[str, str]) -> Sent:
        return next(said, document([] if path.endswith("/reviews") else {"number": 1, "head": {"sha": "a" * 40}}))

    with serving(answer) as (address, asked):
        assert at(address).pull_request(1).reviews == ()
        assert len(asked) == 4


def test_a_page_that_fails_is_no_shorter_list() -> None:
    review = {"user": {"login": "lead-1"}, "state": "APPROVED", "commit_id": "a" * 40, "html_url": "x"}
    reviews = [review | {"submitted_at": "2026-11-20T09:00:00Z"}] * 100

    def answer(path: str, query: dict[str, str]) -> Sent:
        if not path.endswith("/reviews"):
            return document({"number": 1, "head": {"sha": "a" * 40}})
        return document(reviews) if query["page"] == "1" else (500, JSON, b"")

    with serving(answer) as (address, _):
        assert "with status 500" in refusal(at(address))


def test_a_list_without_an_end_is_no_answer() -> None:
    def answer(path: str, _query: dict[str, str]) -> Sent:
        if path.endswith("/reviews"):
            status, headers, body = document([])
            return status, headers | {"Link": '<x>; rel="next"'}, body
        return document({"number": 1, "head": {"sha": "a" * 40}})

    with serving(answer) as (address, asked):
        assert "with more than 100 pages" in refusal(at(address))
        assert len(asked) == 101


@pytest.fixture
def listening() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Starts a server that treats each connection as it is told."""
    with socket.create_server(("127.0.0.1", 0)) as server, ExitStack() as kept:

        def start(treat: Callable[[socket.socket], None]) -> str:
            def serve() -> None:
                while True:
                    try:
                        connection, _ = server.accept()
                    except OSError:
                        return
                    kept.enter_context(connection)
                    threading.Thread(target=treat, args=(connection,), daemon=True).start()

            serving = threading.Thread(target=serve, daemon=True)
            serving.start()
            kept.callback(serving.join, 5)
            # Whoever waits for a connection is not woken by a close.
            kept.callback(server.shutdown, socket.SHUT_RDWR)
            return f"http://127.0.0.1:{server.getsockname()[1]}"

        yield start


def test_a_forge_that_says_nothing_is_given_up(listening: Callable[[Callable[[socket.socket], None]], str]) -> None:
    kept: list[socket.socket] = []
    assert "cannot be reached: timed out" in refusal(at(listening(kept.append)))
    for one in kept:
        one.close()


def test_a_forge_that_dribbles_is_given_up(listening: Callable[[Callable[[socket.socket], None]], str]) -> None:
    stop = threading.Event()

    def dribble(connection: socket.socket) -> None:
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not stop.wait(0.1):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    assert "takes too long to answer" in refusal(at(listening(dribble)))
    stop.set()


def test_nobody_who_listens_is_a_forge_that_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "cannot be reached" in refusal(at(f"http://127.0.0.1:{port}"))


@pytest.mark.parametrize(
    "address",
    [
        *("http://github.example", "ftp://x", "file:///etc", "github.com", "https://x?y"),
        *("https://me:x@github.example", "me:x@github.example"),
    ],
)
def test_the_token_goes_to_no_address_in_the_clear(address: str) -> None:
    with pytest.raises(WrongUse) as refused:
        at(address)
    assert "me:x" not in refused.value.message


@pytest.mark.parametrize("token", ["two words", "two\nlines", "ein Ö"])
def test_a_token_that_no_header_can_hold_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(WrongUse, match="GITHUB_TOKEN holds no token"):
        connect(RepositoryName("github", NAME), {"GITHUB_TOKEN": token})
