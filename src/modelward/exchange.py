"""One exchange over HTTP: bounded in time and size, with one host alone, with a token that nobody gets to see."""

import re
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse, HTTPSConnection
from threading import Event, Timer
from typing import IO, Final
from urllib.error import HTTPError
from urllib.parse import SplitResult, urlencode, urlsplit
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from modelward.errors import ModelwardError, WrongUse
from modelward.specs.scalars import empty
from modelward.userinfo import shown

MAX_ANSWER: Final = 8 * 1024 * 1024
SILENCE: Final = 10.0
"""Seconds for which a host may say nothing."""
PATIENCE: Final = 60.0
"""Seconds that one answer may take as a whole."""
_TOKEN = re.compile(r"[\x21-\x7e]+")
_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]+")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Away(ModelwardError):
    """The host cannot be reached or does not come to an end; it may when it is asked again."""


class TooLong(ModelwardError):
    """The answer is longer than any that is read."""


def time_in(date: str | None) -> datetime | None:
    """The time in a header `Date` (RFC 9110, section 6.6.1); None where there is none, or none of the calendar."""
    try:
        return parsedate_to_datetime(date or "").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Received:
    """What a host answered, whatever it is worth."""

    status: int
    headers: Message
    body: bytes


@dataclass(frozen=True, slots=True)
class Host:
    """A host at `address`; `variable` is where its `token` came from, which messages name instead of it."""

    address: str
    token: str = field(repr=False)
    variable: str
    headers: Mapping[str, str]

    @classmethod
    def at(cls, address: str, what: str, token: str, variable: str, headers: Mapping[str, str]) -> "Host":
        """The host of `what` at an address; raises `WrongUse` for one that would show the token, or is none."""
        parts = _parts(address)
        if parts is None or parts.username is not None or parts.query or parts.fragment:
            raise WrongUse(f"the address of {what} holds more than a host and a path", "leave out all else")
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise WrongUse(f"`{shown(address)}` is no address of {what}", "give one that starts with https://")
        if not _HOST.fullmatch(parts.netloc):
            raise WrongUse(f"`{shown(address)}` is no address of {what}", "write its host in plain letters")
        if token and not _TOKEN.fullmatch(token):
            raise WrongUse(f"{variable} holds no token", "it has blanks or hidden characters: set it again")
        return cls(address.rstrip("/"), token, variable, {"User-Agent": "modelward", **headers})

    def exchange(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] = empty(),
        body: bytes | None = None,
        silence: float | None = None,
        patience: float | None = None,
    ) -> Received:
        """The answer to one request, of any status. Redirects are answers. Raises `Away` and `TooLong`.

        `silence` and `patience` are seconds, by default `SILENCE` and `PATIENCE`. A body is JSON unless the host's
        headers say otherwise.
        """
        url = f"{self.address}{path}" + (f"?{urlencode(query)}" if query else "")
        request = Request(url, body, self.headers, method=method)  # noqa: S310 - the scheme was checked
        if body is not None and not request.has_header("Content-type"):
            request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_unredirected_header("Authorization", f"Bearer {self.token}")
        watch = Watch(PATIENCE if patience is None else patience)
        # What goes in the clear stays on this machine, whichever proxy its variables name.
        proxies = ProxyHandler() if urlsplit(self.address).scheme == "https" else ProxyHandler({})
        opener = build_opener(proxies, _NoRedirects, _Plain(watch), _Secured(watch))
        try:
            with opener.open(request, timeout=SILENCE if silence is None else silence) as response:
                return self._read(path, response, watch)
        except HTTPError as error:
            with error:
                return self._read(path, error, watch)
        except (OSError, HTTPException) as error:
            self._check_time(path, watch)
            cause = getattr(error, "reason", None) or error
            why = getattr(cause, "strerror", None) or cause
            raise Away(f"{self.address} cannot be reached: {self.said(str(why))}", "is it up?") from error
        except ValueError as error:
            # What is said of it may repeat the credentials of a proxy.
            raise Away(f"{self.address} cannot be reached: no host or proxy has such a name", "correct it") from error
        finally:
            watch.end()

    def said(self, text: str) -> str:
        """Another's words in one line, without the token if they repeat it."""
        line = " ".join(text.split())
        return (line.replace(self.token, "***") if self.token else line)[:300]

    def _read(self, path: str, response: HTTPResponse | HTTPError, watch: "Watch") -> Received:
        length = response.headers.get("Content-Length")
        announced = int(length) if length is not None and re.fullmatch("[0-9]{1,18}", length) else None
        parts: list[bytes] = []
        size = 0
        try:
            while size != announced and (part := response.read1(1 << 16)):
                parts.append(part)
                size += len(part)
                if size > MAX_ANSWER:
                    raise TooLong(f"{self.address} answers {path} with more than {MAX_ANSWER >> 20} MiB")
        except (OSError, HTTPException) as error:
            self._check_time(path, watch)
            raise Away(f"{self.address} broke off its answer to {path}", "try again") from error
        self._check_time(path, watch)
        if announced is not None and size < announced:
            raise Away(f"{self.address} broke off its answer to {path}", "try again")
        return Received(response.status or 0, response.headers, b"".join(parts))

    def _check_time(self, path: str, watch: "Watch") -> None:
        if watch.over.is_set():
            raise Away(f"{self.address} takes too long to answer {path}", "try again later")


def _parts(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts


class Watch:
    """Hangs up when an answer takes longer than `patience` seconds as a whole: a host that dribbles is never silent.

    `over` is set when it did.
    """

    def __init__(self, patience: float) -> None:
        self.over = Event()
        self._patience = patience
        self._timers: list[Timer] = []

    def over_connection(self, connection: socket.socket) -> None:
        """Hang up on this connection too when the time is over."""
        timer = Timer(self._patience, self._hang_up, [connection])
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    def end(self) -> None:
        """Hang up on nothing any more."""
        for timer in self._timers:
            timer.cancel()

    def _hang_up(self, connection: socket.socket) -> None:
        self.over.set()
        with suppress(OSError):
            # Past a wrapper of TLS, which the thread that waits is using.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _watched(connecting: Callable[..., HTTPConnection], watch: Watch) -> Callable[..., HTTPConnection]:
    def make(host: str, **arguments: object) -> HTTPConnection:
        connection = connecting(host, **arguments)
        connect = connection.connect

        def connect_watched() -> None:
            connect()
            watch.over_connection(connection.sock)

        connection.connect = connect_watched  # type: ignore[method-assign]
        return connection

    return make


class _Plain(HTTPHandler):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def http_open(self, req: Request) -> HTTPResponse:
        """Open a connection that is watched."""
        return self.do_open(_watched(HTTPConnection, self._watch), req)


class _Secured(HTTPSHandler):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def https_open(self, req: Request) -> HTTPResponse:
        """Open a connection that is watched."""
        return self.do_open(_watched(HTTPSConnection, self._watch), req)


class _NoRedirects(HTTPRedirectHandler):
    """A redirect is an answer: whoever followed it would carry the token to another place."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow nothing."""
