"""Questions to a forge, page by page: what fails for a moment is asked again, and half a list is none.

What is to be made there is said once.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from modelward.exchange import Away, Host, Received, TooLong, time_in
from modelward.forge.interface import ForgeUnavailable

PER_PAGE: Final = 100
MAX_PAGES: Final = 100
ATTEMPTS: Final = 3
_PAUSE: Final = 0.3


@dataclass(frozen=True)
class Answer:
    """The document that a forge answered with, and what its headers say. `document` is None when there is no such."""

    document: Any
    more: bool
    answered_at: datetime | None


class Hidden(ForgeUnavailable):
    """The forge knows who asks, and does not show this to them."""


class Client:
    """Asks one forge at `address`; `variable` is where its `token` came from, which messages name instead of it."""

    def __init__(self, address: str, token: str, variable: str, headers: Mapping[str, str]) -> None:
        self._host = Host.at(address, "the forge", token, variable, headers)
        self.address = self._host.address
        self._variable = variable

    def pages(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[Any]:
        """All entries of a list, page by page; raises `ForgeUnavailable` when any page fails, or there is no such."""
        for page in range(1, MAX_PAGES + 1):
            answer = self.ask(path, {**(query or {}), "per_page": str(PER_PAGE), "page": str(page)})
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
                return self._exchanged("GET", path, query or {})
            except Away:
                time.sleep(_PAUSE * 2**attempt)
        try:
            return self._exchanged("GET", path, query or {})
        except Away as error:
            raise ForgeUnavailable(error.message, error.remedy) from error

    def make(self, path: str, wanted: Mapping[str, str]) -> Any:
        """The document of what was made of a request. It is sent once: it may have been heard without an answer."""
        try:
            answer = self._exchanged("POST", path, {}, json.dumps(wanted).encode())
        except Away as error:
            raise ForgeUnavailable(error.message, error.remedy) from error
        if answer.document is None:
            raise self.missing(path)
        return answer.document

    def missing(self, path: str) -> ForgeUnavailable:
        """There is nothing at a path where something must be, or it is hidden."""
        remedy = f"is it spelt right, and may the token in {self._variable} read it?"
        return ForgeUnavailable(f"{self.address} shows nothing at {path}", remedy)

    def strange(self, path: str, what: str) -> ForgeUnavailable:
        """An answer that nobody could act on."""
        return ForgeUnavailable(f"{self.address} answers {path} with {what}", "is this the address of the forge's API?")

    def _exchanged(self, method: str, path: str, query: Mapping[str, str], body: bytes | None = None) -> Answer:
        try:
            received = self._host.exchange(method, path, query, body)
        except TooLong as error:
            raise ForgeUnavailable(error.message, "is this the address of the forge's API?") from error
        if received.status != (200 if body is None else 201):
            return self._refused(path, received)
        try:
            document = json.loads(received.body)
        except (ValueError, RecursionError) as error:
            raise self.strange(path, "what is no JSON") from error
        more = 'rel="next"' in (received.headers.get("Link") or "")
        return Answer(document, more, time_in(received.headers.get("Date")))

    def _refused(self, path: str, received: Received) -> Answer:
        status, headers = received.status, received.headers
        if status == 404:
            return Answer(None, more=False, answered_at=time_in(headers.get("Date")))
        if status >= 500:
            raise Away(f"{self.address} answers {path} with status {status}", "it is in trouble: try again later")
        if status == 401:
            raise ForgeUnavailable(f"{self.address} does not accept the token", f"set {self._variable} again")
        if headers.get("x-ratelimit-remaining") == "0" or status == 429:
            raise ForgeUnavailable(f"{self.address} has been asked too often", f"wait, or set {self._variable}")
        if status == 403:
            raise Hidden(
                f"{self.address} does not let this token read {path}", f"give the one in {self._variable} more rights"
            )
        if 300 <= status < 400:
            where = self._host.said(headers.get("Location") or "another place")
            raise ForgeUnavailable(f"{path} has moved to {where}, and is not followed", "name it as it is called now")
        raise self.strange(path, f"status {status}")
