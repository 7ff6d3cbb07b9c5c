"""Questions to a forge over HTTP: bounded in time and size, to one host alone, with a token that nobody gets to see."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO, Any, Final
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from modelward.errors import WrongUse
from modelward.forge.interface import ForgeUnavailable

PER_PAGE: Final = 100
MAX_PAGES: Final = 100
MAX_ANSWER: Final = 8 * 1024 * 1024
SILENCE: Final = 10.0
"""Seconds for which a forge may say nothing."""
PATIENCE: Final = 60.0
"""Seconds that one answer may take as a whole."""
ATTEMPTS: Final = 3
_PAUSE: Final = 0.3
_TOKEN = re.compile(r"[\x21-\x7e]+")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class Answer:
    """The document that a forge answered with, and what its headers say. `document` is None when there is no such."""

    document: Any
    more: bool
    answered_at: datetime | None


class Hidden(ForgeUnavailable):
    """The forge knows who asks, and does not show this to them."""


class _NoRedirects(HTTPRedirectHandler):
    """A redirect is an answer: whoever followed it would carry the token to another place."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow nothing."""


class Client:
    """Asks one forge at `address`; `variable` is where its `token` came from, which messages name instead of it."""

    def __init__(self, address: str, token: str, variable: str, headers: Mapping[str, str]) -> None:
        parts = urlsplit(address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise WrongUse(f"`{address}` is no address of a forge", "give one that starts with https://")
        if parts.username is not None or parts.query or parts.fragment:
            raise WrongUse("the address of the forge holds more than a host and a path", "leave out all else")
        if token and not _TOKEN.fullmatch(token):
            raise WrongUse(f"{variable} holds no token", "it has blanks or hidden characters: set it again")
        self.address = address.rstrip("/")
        self._token = token
        self._variable = variable
        self._headers = {"User-Agent": "modelward", **headers}
        self._opener = build_opener(_NoRedirects)

    def pages(self, path: str) -> Iterator[Any]:
        """All entries of a list, page by page; raises `ForgeUnavailable` when any page fails, or there is no such."""
        for page in range(1, MAX_PAGES + 1):
            answer = self.ask(path, {"per_page": str(PER_PAGE), "page": str(page)})
            if answer.document is None:
                raise self.missing(path)
            if not isinstance(answer.document, list):
                raise self.strange(path, "no list")
            yield from answer.document
            if not answer.more and len(answer.document) < PER_PAGE:
                return
        raise self.strange(path, f"more than {MAX_PAGES} pages")

    def ask(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        """The answer to one question; what fails for a moment is asked again."""
        for attempt in range(1, ATTEMPTS):
            try:
                return self._asked_once(path, query or {})
            except _ForAMoment:
                time.sleep(_PAUSE * 2**attempt)
        try:
            return self._asked_once(path, query or {})
        except _ForAMoment as error:
            raise ForgeUnavailable(error.message, error.remedy) from error

    def missing(self, path: str) -> ForgeUnavailable:
        """There is nothing at a path where something must be, or it is hidden."""
        remedy = f"is it spelt right, and may the token in {self._variable} read it?"
        return ForgeUnavailable(f"{self.address} shows nothing at {path}", remedy)

    def strange(self, path: str, what: str) -> ForgeUnavailable:
        """An answer that nobody could act on."""
        return ForgeUnavailable(f"{self.address} answers {path} with {what}", "is this the address of the forge's API?")

    def _asked_once(self, path: str, query: Mapping[str, str]) -> Answer:
        url = f"{self.address}{path}" + (f"?{urlencode(query)}" if query else "")
        request = Request(url, headers=self._headers)  # noqa: S310 - the scheme was checked
        if self._token:
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        try:
            with self._opener.open(request, timeout=SILENCE) as response:
                return self._read(path, response)
        except HTTPError as error:
            with error:
                return self._refused(path, error)
        except (OSError, HTTPException) as error:
            why = getattr(error, "reason", None) or error
            raise _ForAMoment(f"{self.address} cannot be reached: {self._said(str(why))}", "is it up?") from error

    def _read(self, path: str, response: HTTPResponse) -> Answer:
        text = self._body(path, response)
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self.strange(path, "what is no JSON") from error
        return Answer(document, 'rel="next"' in (response.headers.get("Link") or ""), _date(response.headers))

    def _body(self, path: str, response: HTTPResponse) -> bytes:
        until = time.monotonic() + PATIENCE
        length = response.headers.get("Content-Length")
        announced = int(length) if length is not None and length.isdecimal() else None
        parts: list[bytes] = []
        size = 0
        while size != announced and (part := response.read1(1 << 16)):
            parts.append(part)
            size += len(part)
            if size > MAX_ANSWER:
                raise self.strange(path, f"more than {MAX_ANSWER >> 20} MiB")
            if time.monotonic() > until:
                raise _ForAMoment(f"{self.address} takes too long to answer {path}", "try again later")
        if announced is not None and size < announced:
            raise _ForAMoment(f"{self.address} broke off its answer to {path}", "try again")
        return b"".join(parts)

    def _refused(self, path: str, error: HTTPError) -> Answer:
        status, headers = error.code, error.headers
        if status == 404:
            return Answer(None, more=False, answered_at=_date(headers))
        if status >= 500:
            raise _ForAMoment(
                f"{self.address} answers {path} with status {status}", "it is in trouble: try again later"
            )
        if status == 401:
            raise ForgeUnavailable(f"{self.address} does not accept the token", f"set {self._variable} again")
        if headers.get("x-ratelimit-remaining") == "0" or status == 429:
            raise ForgeUnavailable(f"{self.address} has been asked too often", f"wait, or set {self._variable}")
        if status == 403:
            raise Hidden(
                f"{self.address} does not let this token read {path}", f"give the one in {self._variable} more rights"
            )
        if 300 <= status < 400:
            where = self._said(headers.get("Location") or "another place")
            raise ForgeUnavailable(f"{path} has moved to {where}, and is not followed", "name it as it is called now")
        raise self.strange(path, f"status {status}")

    def _said(self, text: str) -> str:
        """Another's words in one line, without the token if they repeat it."""
        line = " ".join(text.split())[:300]
        return line.replace(self._token, "***") if self._token else line


class _ForAMoment(ForgeUnavailable):
    """A failure that may be over when one asks again."""


def _date(headers: Message) -> datetime | None:
    """When the server says that it answered (RFC 9110, section 6.6.1)."""
    try:
        return parsedate_to_datetime(headers.get("Date") or "").astimezone(UTC)
    except ValueError:
        return None
