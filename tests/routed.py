"""A router as its API has it: it keeps routings, serves them once it is reloaded, and refuses what does not add up."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from werkzeug.exceptions import BadRequest, HTTPException, NotFound, ServiceUnavailable, Unauthorized
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from answering import running

TOKEN = "router-credential"  # noqa: S105 - of a server of these tests alone
PAGE = 2


@dataclass
class Router:
    """A router of one environment. A model in `stuck` goes on serving as before when it is reloaded.

    It is `busy` so many times yet when it is asked for a part of its API, such as "POST routing".
    """

    environment: str = "production"
    address: str = ""
    models: set[str] = field(default_factory=set)
    routed: dict[str, Any] = field(default_factory=dict)
    serves: dict[str, Any] = field(default_factory=dict)
    stuck: set[str] = field(default_factory=set)
    busy: Counter[str] = field(default_factory=Counter)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        self.asked.append((request.method, request.path))
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise Unauthorized
        document = request.get_json() if request.method == "POST" else request.args
        if document["environment"] != self.environment:
            raise BadRequest("this router is of another environment")
        part = request.path.removeprefix("/base/api/v1/serving/")
        if self.busy[f"{request.method} {part}"]:
            self.busy[f"{request.method} {part}"] -= 1
            raise ServiceUnavailable
        match request.method, part:
            case "GET", "routing":
                model = document.get("model")
                found = {name: one for name, one in self.routed.items() if model in (None, name)}
                return self._page("routings", found, document)
            case "POST", "routing":
                return self._route(document["model"], document["routing"])
            case "POST", "reload":
                for model in document["models"]:
                    if model in self.routed and model not in self.stuck:
                        requests = {"champion": 95, "challenger": 5, "tenants": 0, "fallback": 0}
                        self.serves[model] = {"routing": self.routed[model], "requests": requests}
                return Response(status=204)
            case "GET", "monitoring":
                return self._page("serving", self.serves, document)
            case _:
                raise NotFound

    def _route(self, model: str, routing: Any) -> Response:
        if model not in self.models:
            raise NotFound(f"{model} is not registered")
        weights = [routing[part]["weight"] for part in ("champion", "challenger") if routing[part] is not None]
        if sum(weights) != 100:
            raise BadRequest("the percentages do not sum to 100")
        self.routed[model] = routing
        return Response(status=200, response=json.dumps(routing), content_type="application/json")

    def _page(self, name: str, found: dict[str, Any], query: Any) -> Response:
        start = int(query.get("page_token", "0"))
        names = sorted(found)
        document: dict[str, Any] = {"environment": self.environment}
        document[name] = {one: found[one] for one in names[start : start + PAGE]}
        if start + PAGE < len(names):
            document["next_page_token"] = str(start + PAGE)
        return Response(json.dumps(document), content_type="application/json")


class _Quiet(WSGIRequestHandler):
    def log(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def routing() -> Iterator[Router]:
    """A router that listens on loopback."""
    router = Router()

    @Request.application
    def application(request: Request) -> Response:
        try:
            return router.answer(request)
        except HTTPException as error:
            return Response(error.description, status=error.code)

    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    router.address = f"http://127.0.0.1:{server.server_port}/base/"
    with running(server):
        yield router
