"""A real server that takes what is posted to it, and events to tell."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest

from answering import running
from modelward.events.interface import Event, EventType, Severity
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
REPOSITORY = "acme/ml-governance"


def event(
    key: str = "suspension s-1",
    title: str = "release 1.1.0 is out of service",
    body: str = "mean-drift: feature_drift was 0.81, above 0.75",
    severity: Severity = "critical",
    kind: EventType = "ml.model.suspended",
    environment: str | None = "production",
    *,
    lasts: bool = False,
) -> Event:
    where = None if environment is None else EnvironmentName(environment)
    about = (ModelName("credit-risk"), where, ReleaseName("1.1.0"))
    return Event(kind, key, NOON, severity, title, body, *about, {"n": 1}, lasts)


@dataclass
class Inbox:
    """What was posted: the headers and body of each request, by its path."""

    port: int
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    got: list[tuple[str, Message, bytes]] = field(default_factory=list)
    happens: Callable[[int], None] = lambda _number: None
    """What happens when a request has come, by how many there were before it."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def receiving() -> Iterator[Inbox]:
    """A server on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.got.append((self.path, self.headers, body))
            kept.happens(len(kept.got) - 1)
            time.sleep(kept.delay)
            with suppress(ConnectionError):
                self.send_response(kept.status)
                for name, value in kept.headers.items():
                    self.send_header(name, value)
                self.end_headers()

        do_GET = do_POST  # noqa: N815 - the base class's names

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    kept = Inbox(server.server_address[1])
    with running(server):
        yield kept


@dataclass
class Mailbox:
    """The mails that were brought here, with their headers."""

    port: int = 0
    got: list[str] = field(default_factory=list)


@contextmanager
def mailing() -> Iterator[Mailbox]:
    """A mail server on this machine that takes everything."""
    kept = Mailbox()

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 here")
            for line in self.rfile:
                match line.split()[0].upper():
                    case b"DATA":
                        self.say("354 go on")
                        lines = iter(lambda: self.rfile.readline().decode(), ".\r\n")
                        kept.got.append("".join(lines))
                        self.say("250 taken")
                    case b"QUIT":
                        self.say("221 bye")
                    case _:
                        self.say("250 well")

        def say(self, words: str) -> None:
            self.wfile.write(f"{words}\r\n".encode())

    server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.port = server.server_address[1]
    with running(server):
        yield kept


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """A server that takes everything at once."""
    with receiving() as kept:
        yield kept


@pytest.fixture
def dead_port() -> int:
    """A port at which nobody listens."""
    with receiving() as gone:
        return gone.port
