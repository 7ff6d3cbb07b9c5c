"""The page about traffic: its documents are those that a router's answers are read as."""

import json
import re
from typing import Any

from answering import serving
from modelward.traffic.http_router import MONITORING, RELOAD, ROUTING
from modelward.traffic.interface import Routing, Serving
from modelward.traffic.wire import read_routing, routing_document
from repository import PROJECT
from traffic.conftest import at_router

PAGE = (PROJECT / "docs" / "traffic.md").read_text()
EXAMPLE, ROUTINGS, SERVES = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_routing_of_the_page_is_written_as_it_stands_there() -> None:
    document: Any = json.loads(EXAMPLE)
    routing = read_routing(document)
    assert isinstance(routing, Routing)
    assert routing_document(routing) == document


def test_e18_a_router_that_answers_as_the_page_has_it_is_understood() -> None:
    answers = {ROUTING: ROUTINGS, MONITORING: SERVES}
    with serving(lambda path, _query: (200, {}, answers[path].encode())) as (address, _):
        routed, served = at_router(address).routings(), at_router(address).serving()
    assert served is not None
    found = served["credit-risk"]
    assert isinstance(found, Serving)
    assert found.routing == routed["credit-risk"]
    assert found.requests.fallback == 3


def test_e18_every_path_of_the_api_stands_on_the_page() -> None:
    asked = set(re.findall(r"^\| `(GET|POST) (\S+)` \|", PAGE, re.MULTILINE))
    assert asked == {("GET", ROUTING), ("POST", ROUTING), ("POST", RELOAD), ("GET", MONITORING)}
