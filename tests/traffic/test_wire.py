"""A routing as JSON, for any routing and any text."""

import json

from hypothesis import given
from hypothesis import strategies as st

from modelward.specs.scalars import ReleaseName
from modelward.traffic.interface import Challenger, Routing, Served, Unreadable
from modelward.traffic.wire import read_routing, read_routing_text, routing_document, written

versions = st.integers(1, 10**9 - 1)
tenants = st.dictionaries(st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True), versions, max_size=4)


def served(version: int) -> Served:
    return Served(version, ReleaseName(f"1.{version}.0-rc.{version}"))


@st.composite
def routings(draw: st.DrawFn) -> Routing:
    """Any routing; a version's release follows from its number."""
    champion = draw(versions)
    other = draw(st.none() | versions.filter(lambda version: version != champion))
    return Routing(
        served(champion),
        None if other is None else Challenger(served(other), draw(st.integers(0, 100))),
        draw(st.booleans()),
        draw(st.booleans()),
        {tenant: served(version) for tenant, version in draw(tenants).items()},
    )


@given(routings())
def test_every_routing_comes_back_as_it_was_written_and_is_written_in_one_way(routing: Routing) -> None:
    document = routing_document(routing)
    assert read_routing(document) == read_routing_text(written(document)) == routing
    assert written(routing_document(routing)) == written(json.loads(json.dumps(document, indent=1)))
    challenger = document["challenger"]
    assert document["champion"]["weight"] + (0 if challenger is None else challenger["weight"]) == 100


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)


@given(routings(), st.sampled_from(["champion", "challenger", "ml_enabled", "feedback_enabled", "tenants"]), values)
def test_whatever_stands_in_a_field_s_place_is_a_routing_or_cannot_be_read(
    routing: Routing, field: str, value: object
) -> None:
    found = read_routing(routing_document(routing) | {field: value})
    assert isinstance(found, Routing | Unreadable)
    if field == "champion":
        assert isinstance(found, Unreadable)


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=40))
def test_no_text_ends_a_run(text: str) -> None:
    assert isinstance(read_routing_text(text), Unreadable)
