"""A proxy in front of a real server that fails in the ways in which networks, gateways and servers do."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import urlsplit

from answering import running

_KEPT: Final = frozenset({"content-type", "date"})


@dataclass(frozen=True)
class Asked:
    """A request as it came: its method, its path with the query, its body."""

    method: str
    path: str
    body: bytes


@dataclass(frozen=True)
class Answered:
    """An answer on its way back; `length` is what is announced of the body, or None where nothing is."""

    status: int
    headers: dict[str, str]
    body: bytes
    length: int | None


Forward = Callable[[Asked], Answered]
Fault = Callable[[Asked, Forward], Answered | None]
"""What becomes of a request: an answer, or None where the connection just ends."""


def saying(status: int, body: bytes = b"{}", **headers: str) -> Fault:
    """Answer so, without asking the server."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _asked, _forward: Answered(status, sent, body, len(body))


def silent(seconds: float) -> Fault:
    """Ask nothing and say nothing for so long."""

    def fault(_asked: Asked, _forward: Forward) -> None:
        threading.Event().wait(seconds)

    return fault


def dropped(_asked: Asked, _forward: Forward) -> None:
    """End the connection before the server has heard of the request."""


def lost(asked: Asked, forward: Forward) -> None:
    """Let the server do what was asked, and lose its answer."""
    forward(asked)


def halved(asked: Asked, forward: Forward) -> Answered:
    """Give half of the server's answer, and end the connection."""
    whole = forward(asked)
    return Answered(whole.status, whole.headers, whole.body[: len(whole.body) // 2], len(whole.body))


def halved_unannounced(asked: Asked, forward: Forward) -> Answered:
    """The same without a word of how long it would have been."""
    whole = forward(asked)
    return Answered(whole.status, whole.headers, whole.body[: len(whole.body) // 2], None)


def sound(asked: Asked, forward: Forward) -> Answered:
    """No fault."""
    return forward(asked)


@dataclass
class Faulty:
    """The proxy at `uri`: each request meets the next of `faults`, and `always` when none is left."""

    uri: str
    faults: deque[Fault] = field(default_factory=deque)
    always: Fault = sound
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, asked: Asked, forward: Forward) -> Answered | None:
        self.asked.append(asked)
        fault = self.faults.popleft() if self.faults else self.always
        return fault(asked, forward)


@contextmanager
def faulty(server: str) -> Iterator[Faulty]:
    """A proxy in front of the server at this address, at first without a fault."""
    target = urlsplit(server).netloc

    def forward(asked: Asked) -> Answered:
        connection = HTTPConnection(target, timeout=30)
        try:
            connection.request(asked.method, asked.path, asked.body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            body = response.read()
            headers = {name: value for name, value in response.getheaders() if name.lower() in _KEPT}
            return Answered(response.status, headers, body, len(body))
        finally:
            connection.close()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answered = proxy(Asked(self.command, self.path, body), forward)
            if answered is None:
                return
            self.send_response_only(answered.status)
            for name, value in answered.headers.items():
                self.send_header(name, value)
            if answered.length is not None:
                self.send_header("Content-Length", str(answered.length))
            # Whoever has waited long enough may have hung up.
            with suppress(ConnectionError):
                self.end_headers()
                self.wfile.write(answered.body)

        do_POST = do_PATCH = do_DELETE = do_PUT = do_GET  # noqa: N815 - the base class's names

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    http.block_on_close = False
    proxy = Faulty(f"http://127.0.0.1:{http.server_address[1]}")
    with running(http):
        yield proxy
