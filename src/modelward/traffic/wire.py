"""A routing as JSON: what a gateway reads, and what comes back from one that may be broken or hostile."""

import json
from typing import Annotated, Any

from pydantic import Field, ValidationError

from modelward.specs.scalars import Map, ReleaseField, Slug, Spec
from modelward.traffic.interface import WHOLE, Challenger, Requests, Routing, Served, Serving, Unreadable
from modelward.tree.json_reader import read_json
from modelward.tree.text import Refused

_Version = Annotated[int, Field(ge=1)]
_Weight = Annotated[int, Field(ge=0, le=WHOLE)]
_Number = Annotated[int, Field(ge=0)]


class _Served(Spec):
    version: _Version
    release: ReleaseField

    def value(self) -> Served:
        return Served(self.version, self.release)


class _Share(_Served):
    weight: _Weight


class _Routing(Spec):
    champion: _Share
    challenger: _Share | None
    ml_enabled: bool
    feedback_enabled: bool
    tenants: Map[Slug, _Served]

    def value(self) -> Routing:
        challenger = self.challenger
        total = self.champion.weight + (0 if challenger is None else challenger.weight)
        if total != WHOLE:
            raise ValueError(f"the weights sum to {total}, not to {WHOLE}")
        return Routing(
            self.champion.value(),
            None if challenger is None else Challenger(challenger.value(), challenger.weight),
            self.ml_enabled,
            self.feedback_enabled,
            {tenant: served.value() for tenant, served in self.tenants.items()},
        )


class _Requests(Spec):
    champion: _Number
    challenger: _Number
    tenants: _Number
    fallback: _Number


class _Serving(Spec):
    routing: _Routing
    requests: _Requests


def routing_document(routing: Routing) -> dict[str, Any]:
    """The document of a routing; raises `ValueError` for a version without its release, which no gateway could check.

    ```
    {"champion": {"version": 3, "release": "1.0.0", "weight": 95},
     "challenger": {"version": 4, "release": "1.1.0", "weight": 5},
     "ml_enabled": true, "feedback_enabled": true, "tenants": {"north": {"version": 4, "release": "1.1.0"}}}
    ```
    `challenger` is null when there is none. Weights are whole percentages that sum to 100.
    """
    challenger = routing.challenger
    return {
        "champion": _document(routing.champion) | {"weight": routing.champion_weight},
        "challenger": None if challenger is None else _document(challenger.served) | {"weight": challenger.weight},
        "ml_enabled": routing.ml_enabled,
        "feedback_enabled": routing.feedback_enabled,
        "tenants": {tenant: _document(served) for tenant, served in sorted(routing.tenants.items())},
    }


def written(document: object) -> str:
    """A document as text that is the same for the same document."""
    return json.dumps(document, separators=(",", ":"), sort_keys=True)


def read_routing(document: object) -> Routing | Unreadable:
    """The routing that a document writes, or why it writes none."""
    try:
        return _Routing.model_validate(document).value()
    except ValueError as error:
        return Unreadable(_reason(error))


def read_serving(document: object) -> Serving | Unreadable:
    """What serves, as a document has it, or why it does not say so."""
    try:
        found = _Serving.model_validate(document)
        requests = found.requests
        return Serving(
            found.routing.value(),
            Requests(requests.champion, requests.challenger, requests.tenants, requests.fallback),
        )
    except ValueError as error:
        return Unreadable(_reason(error))


def read_routing_text(text: str) -> Routing | Unreadable:
    """The routing that a text writes, or why it writes none."""
    try:
        return read_routing(read_json(text.encode("utf-8", "surrogatepass")))
    except Refused as refused:
        return Unreadable(refused.message)


def _document(served: Served) -> dict[str, Any]:
    if served.release is None:
        raise ValueError(f"version {served.version} is of no release")
    return {"version": served.version, "release": served.release}


def _reason(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part)[:60] for part in first["loc"][:5])
    said = "is not written as it must be" if first["type"] == "string_pattern_mismatch" else first["msg"][:200]
    return f"{where}: {said}" if where else said
