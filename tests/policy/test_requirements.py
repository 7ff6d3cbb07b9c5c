"""Whether there are people enough to fill a requirement."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.policy.people import Roles
from modelward.policy.requirements import can_fill, covers, distinct
from modelward.specs.scalars import PersonName, RoleName
from modelward.specs.signoff import Condition, Requirement


def requirement(form: str, **slots: int) -> Requirement:
    """A requirement of a form over roles with their counts."""
    listed = tuple({"role": role, "count": count} for role, count in slots.items())
    fields: dict[str, Any] = {"name": "some", "when": {}, form: listed}
    return Requirement.model_validate(fields)


def roles(**held: str) -> Roles:
    """Roles, each with its holders, a letter a person."""
    return {RoleName(role): frozenset(map(PersonName, people)) for role, people in held.items()}


@pytest.mark.parametrize(
    ("needed", "held", "filled"),
    [
        pytest.param(requirement("all", owner=1), roles(owner="a"), True, id="one person for one slot"),
        pytest.param(requirement("all", owner=1), roles(), False, id="nobody holds the role"),
        pytest.param(requirement("all", owner=2), roles(owner="a"), False, id="one person counts once"),
        pytest.param(requirement("all", owner=2), roles(owner="ab"), True, id="two for two"),
        pytest.param(requirement("all", owner=1, lead=1), roles(owner="a", lead="a"), False, id="one in two roles"),
        pytest.param(requirement("all", owner=1, lead=1), roles(owner="ab", lead="a"), True, id="the other one owns"),
        pytest.param(requirement("all", owner=1, lead=1), roles(owner="a", lead="ab"), True, id="the other one leads"),
        pytest.param(requirement("all", owner=2, lead=1), roles(owner="abc", lead="a"), True, id="three for three"),
        pytest.param(requirement("all", owner=2, lead=1), roles(owner="ab", lead="a"), False, id="two for three"),
        pytest.param(requirement("any", owner=2, lead=1), roles(owner="a", lead="b"), True, id="any: the second fills"),
        pytest.param(requirement("any", owner=2, lead=1), roles(owner="a"), False, id="any: none fills"),
        pytest.param(requirement("any", owner=1, lead=1), roles(owner="a", lead="a"), True, id="any: one is enough"),
        pytest.param(requirement("all", owner=10**9), roles(owner="ab"), False, id="more than there are people"),
    ],
)
def test_a_requirement_is_filled_by_distinct_people(needed: Requirement, held: Roles, filled: bool) -> None:
    assert can_fill(needed, held) == filled


def test_a_requirement_may_have_to_be_filled_without_somebody() -> None:
    needed, held = requirement("all", owner=1, lead=1), roles(owner="ab", lead="ac")
    assert can_fill(needed, held, PersonName("a"))
    assert not can_fill(needed, roles(owner="ab", lead="a"), PersonName("a"))
    assert not can_fill(requirement("any", owner=1), roles(owner="a"), PersonName("a"))


def test_a_thousand_slots_of_a_thousand_people_are_given_out() -> None:
    people = frozenset(PersonName(f"person-{number}") for number in range(1000))
    assert distinct((people,) * 1000)
    assert not distinct((people,) * 1001)


@given(st.lists(st.frozensets(st.sampled_from("abcd").map(PersonName)), max_size=4))
def test_slots_are_given_out_exactly_when_some_order_of_people_fits_them(slots: list[frozenset[PersonName]]) -> None:
    orders = permutations("abcd", len(slots))
    fits = any(all(person in slot for person, slot in zip(order, slots, strict=True)) for order in orders)
    assert distinct(tuple(slots)) == fits


def test_a_demand_without_kinds_covers_every_kind() -> None:
    assert covers(Condition(), "promotion")
    assert covers(Condition(change=("rollback", "promotion")), "promotion")
    assert not covers(Condition(change=("rollback",)), "promotion")
