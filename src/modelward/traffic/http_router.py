"""A router that serves and splits requests, by its HTTP API (mission row E18).

All paths are below the address that the environment names, all documents are JSON, and each names its environment:

- `GET /api/v1/serving/routing` with `environment`, and `model` for one alone, answers
  `{"environment": ..., "routings": {<registered model>: <routing>}}`;
- `POST /api/v1/serving/routing` takes `{"environment": ..., "model": ..., "routing": <routing>}`;
- `POST /api/v1/serving/reload` takes `{"environment": ..., "models": [...]}`, and answers when they are loaded;
- `GET /api/v1/serving/monitoring` with `environment` answers
  `{"environment": ..., "serving": {<registered model>: {"routing": <routing in effect>, "requests": {...}}}}`.

`requests` counts `champion`, `challenger`, `tenants` and `fallback`. A list that is longer than one answer holds a
`next_page_token`, which is given back as `page_token`. A routing is described at `wire.routing_document`.

Every one of these may be repeated, and is while the router says "later" or cannot be reached, within bounds.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, TypeVar

from pydantic import Field, ValidationError
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential,
    wait_random,
)

from modelward.exchange import PATIENCE, Away, Host, Received, TooLong
from modelward.registry.patience import Patience
from modelward.specs.scalars import EnvironmentName, Map, Spec
from modelward.traffic.interface import (
    Routing,
    Serving,
    TrafficRefused,
    TrafficUnavailable,
    TrafficUnreadable,
    Unreadable,
)
from modelward.traffic.wire import read_routing, read_serving, routing_document, written
from modelward.tree.json_reader import read_json
from modelward.tree.text import Refused

ROUTING: Final = "/api/v1/serving/routing"
RELOAD: Final = "/api/v1/serving/reload"
MONITORING: Final = "/api/v1/serving/monitoring"
HEADERS: Final = {"Accept": "application/json"}
MAX_PAGES: Final = 1_000
ATTEMPTS: Final = 4
"""How often one request is made."""
PAUSE: Final = 0.5
"""Seconds before the second attempt; each pause is twice the one before, and as much again is added at random."""
WHOLE: Final = Patience().whole
"""Seconds that one request may take with all its attempts and pauses."""
_DONE: Final = frozenset({200, 201, 204})


class _Page(Spec):
    environment: str
    next_page_token: Annotated[str, Field(min_length=1, max_length=1_000)] | None = None


class _Routings(_Page):
    routings: Map[str, Any]


class _Monitoring(_Page):
    serving: Map[str, Any]


P = TypeVar("P", bound=_Page)


class HttpRouter:
    """The traffic of one environment at a router."""

    def __init__(self, host: Host, environment: EnvironmentName) -> None:
        self.address = host.address
        self._host = host
        self._environment = environment
        self._attempts = ATTEMPTS

    def routings(self) -> Mapping[str, Routing | Unreadable]:
        """What is routed, in as few pages as the router gives."""
        return {name: read_routing(document) for name, document in self._routings({}).items()}

    def routing(self, model: str) -> Routing | Unreadable | None:
        """What is routed of one model now."""
        found = self._routings({"model": model})
        if found.keys() - {model}:
            raise self._strange(ROUTING, "another model than was asked for")
        return read_routing(found[model]) if model in found else None

    def set_routing(self, model: str, routing: Routing) -> None:
        """Post a model's routing."""
        self._post(ROUTING, {"model": model, "routing": routing_document(routing)})

    def reload(self, models: Collection[str]) -> None:
        """Let the router load what is routed; it may be silent for as long as an answer may take."""
        self._post(RELOAD, {"models": sorted(models)}, PATIENCE)

    def serving(self) -> Mapping[str, Serving | Unreadable] | None:
        """What serves, as the router says."""
        found = self._together(MONITORING, (page.serving for page in self._pages(MONITORING, _Monitoring, {})))
        return {name: read_serving(document) for name, document in found.items()}

    def _routings(self, query: Mapping[str, str]) -> Mapping[str, Any]:
        return self._together(ROUTING, (page.routings for page in self._pages(ROUTING, _Routings, query)))

    def _together(self, path: str, pages: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for page in pages:
            if found.keys() & page.keys():
                raise self._strange(path, "one model on two pages")
            found.update(page)
        return found

    def _pages(self, path: str, kind: type[P], query: Mapping[str, str]) -> Iterator[P]:
        asked = {"environment": self._environment, **query}
        given: set[str] = set()
        for _ in range(MAX_PAGES):
            received = self._exchange("GET", path, asked)
            if received.status != 200:
                raise self._refusal(path, received)
            page = self._page(path, kind, received.body)
            yield page
            token = page.next_page_token
            if token is None:
                return
            if token in given:
                raise self._strange(path, "the same page again and again")
            given.add(token)
            asked["page_token"] = token
        raise self._strange(path, f"more than {MAX_PAGES} pages")

    def _page(self, path: str, kind: type[P], body: bytes) -> P:
        try:
            page = kind.model_validate(read_json(body))
        except Refused as error:
            raise self._strange(path, f"what cannot be read: {error.message}") from error
        except ValidationError as error:
            raise self._strange(path, "what the API of a router does not allow") from error
        if page.environment != self._environment:
            raise self._strange(path, f"the environment `{page.environment[:80]}`, and was asked for another")
        return page

    def _post(self, path: str, document: Mapping[str, object], silence: float | None = None) -> None:
        body = written({"environment": self._environment, **document}).encode()
        received = self._exchange("POST", path, {}, body, silence)
        if received.status not in _DONE:
            raise self._refusal(path, received)

    def _exchange(
        self, method: str, path: str, query: Mapping[str, str], body: bytes | None = None, silence: float | None = None
    ) -> Received:
        """The answer to one request, which is made again as long as another attempt may better it.

        A router that was away through all attempts gets a single one from then on, until it answers again.
        """
        until = time.monotonic() + WHOLE
        retrying = Retrying(
            retry=retry_if_exception_type(TrafficUnavailable),
            stop=stop_after_attempt(self._attempts) | stop_before_delay(WHOLE),
            wait=wait_exponential(multiplier=PAUSE) + wait_random(0, PAUSE),
            reraise=True,
        )
        try:
            received = retrying(self._once, method, path, query, body, silence, until)
        except TrafficUnavailable:
            self._attempts = 1
            raise
        self._attempts = ATTEMPTS
        return received

    def _once(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: bytes | None,
        silence: float | None,
        until: float,
    ) -> Received:
        try:
            received = self._host.exchange(method, path, query, body, silence, min(PATIENCE, until - time.monotonic()))
        except Away as error:
            raise TrafficUnavailable(error.message, error.remedy) from error
        except TooLong as error:
            raise TrafficUnreadable(error.message, "is this the address of a router?") from error
        if received.status >= 500 or received.status in {408, 425, 429}:
            raise TrafficUnavailable(f"{self.address} answers {path} with status {received.status}", "try again later")
        return received

    def _refusal(self, path: str, received: Received) -> TrafficUnreadable | TrafficRefused:
        status = received.status
        if status in {401, 403}:
            remedy = f"is the credential in {self._host.variable} the right one, and may it do that?"
            return TrafficRefused(f"{self.address} refuses {path} with status {status}", remedy)
        if 400 <= status < 500:
            said = self._host.said(received.body[:2_000].decode("utf-8", "replace"))
            return TrafficRefused(f"{self.address} refuses {path} with status {status}: {said}", "look at it there")
        if 300 <= status < 400:
            where = self._host.said(received.headers.get("Location") or "another place")
            return TrafficRefused(f"{path} has moved to {where}, and is not followed", "correct the router's address")
        return self._strange(path, f"status {status}")

    def _strange(self, path: str, what: str) -> TrafficUnreadable:
        return TrafficUnreadable(f"{self.address} answers {path} with {what}", "is this the address of a router?")
