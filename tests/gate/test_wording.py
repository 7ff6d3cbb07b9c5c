"""What a signer reads of a change: every value that differs, and nothing that does not."""

from typing import Any

import pytest

from modelward.gate.wording import difference, differing, shown
from modelward.specs.scalars import Spec
from modelward.specs.thresholds import Gate


class Step(Spec):
    """Something without a name."""

    weight: int
    kinds: tuple[str, ...] = ()
    from_: str | None = None


class Known(Spec):
    """Something that is known by what of it there is."""

    name: str | None = None
    role: str | None = None
    count: int = 1


class Named(Spec):
    """Something that is known by its name."""

    name: str
    value: Any = None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (0.5, "0.5"),
        ("", ""),
        ("text", "text"),
        ((), "nothing"),
        ({}, "nothing"),
        (("a", "b"), "a, b"),
        ({"a": 1, "b": True}, "a 1, b true"),
        ({"a": {"b": 1}, "c": ("d",)}, "a (b 1), c (d)"),
        (Step(weight=1), "weight 1"),
        (Step(weight=1, kinds=("a", "b"), from_="x"), "weight 1, kinds (a, b), from x"),
        ((Step(weight=1), Step(weight=2, from_="x")), "weight 1; weight 2, from x"),
        (Named(name="n", value=Step(weight=1)), "name n, value (weight 1)"),
        (Named(name="n", value={"a": 1}), "name n, value (a 1)"),
        (Named(name="n", value=False), "name n, value false"),
        (("a", Step(weight=1)), "a; weight 1"),
        ((("a", "b"), "c"), "a, b, c"),
    ],
)
def test_a_value_is_shown_in_full(value: object, words: str) -> None:
    assert shown(value) == words


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (1, 2, "1 -> 2"),
        (None, "x", "nothing -> x"),
        ("x", None, "x -> nothing"),
        (1, True, "1 -> true"),
        ((), None, "nothing -> nothing"),
        (Step(weight=1), Step(weight=2), "weight 1 -> 2"),
        (Step(weight=1, from_="a"), Step(weight=2, from_="b"), "weight 1 -> 2, from a -> b"),
        (Step(weight=1, kinds=("a",)), Step(weight=1, kinds=("b",)), "kinds: without a; with b"),
        (Named(name="n", value={"a": 1}), Named(name="n", value={"a": 2}), "value: a: 1 -> 2"),
        (Step(weight=1), Named(name="n"), "weight 1 -> name n"),
        ({"a": 1, "b": 2}, {"b": 2, "c": 3}, "without a (1); with c (3)"),
        ({"a": 1}, {"a": True}, "a: 1 -> true"),
        ({"a": "a"}, {}, "without a"),
        (("a", "b"), ("b", "c"), "without a; with c"),
        (("a", "b"), ("b", "a"), "in another order"),
        ((Step(weight=1), Step(weight=2)), (Step(weight=1), Step(weight=3)), "entry 2: weight 2 -> 3"),
        ((Step(weight=1),), (Step(weight=1), Step(weight=3)), "with entry 2 (weight 3)"),
        (Named(name="n", value=1), Named(name="n", value=True), "value 1 -> true"),
        (Named(name="n", value=None), Named(name="n", value=("a",)), "value nothing -> a"),
        (Named(name="n", value=("a",)), Named(name="n", value=None), "value: a -> nothing"),
        (Named(name="n", value=None), Named(name="n", value={"a": 1}), "value nothing -> a 1"),
        (Named(name="n", value={"a": 1}), Named(name="n", value=("a",)), "value: a 1 -> a"),
        ((Known(role="lead"),), (Known(role="lead", count=2),), "lead: count 1 -> 2"),
        ((Known(name="n", role="lead"),), (Known(name="n", role="x"),), "n: role lead -> x"),
        ((Known(name=""),), (Known(name="", count=2),), "entry 1: count 1 -> 2"),
        ((("a", "b"),), (("a", "c"),), "without a, b; with a, c"),
        ((Named(name="n", value=1),), (Named(name="n", value=2),), "n: value 1 -> 2"),
        (
            (Named(name="n", value=1),),
            (Named(name="m", value=1),),
            "without n (name n, value 1); with m (name m, value 1)",
        ),
        (
            (Named(name="n", value=1), Named(name="n", value=2)),
            (Named(name="n", value=1), Named(name="n", value=3)),
            "n, entry 2: value 2 -> 3",
        ),
    ],
)
def test_a_difference_is_told_down_to_the_values(old: object, new: object, words: str) -> None:
    assert difference(old, new) == words


def test_the_fields_that_differ_are_told_in_the_order_of_the_type_with_both_values() -> None:
    before, after = Step(weight=1, from_="a"), Step(weight=2, from_="b")
    assert list(differing(before, after)) == [("weight", 1, 2), ("from_", "a", "b")]
    assert list(differing(before, before)) == []
    assert list(differing(Named(name="n", value=1), Named(name="n", value=True))) == [("value", 1, True)]


def gate(**more: Any) -> Gate:
    fields = {"metric": "auc", "environments": ("staging", "production"), "at_least": 0.7, **more}
    return Gate.model_validate({name: value for name, value in fields.items() if value is not None})


CHAMPION = {"at_least": None, "versus": "champion", "worse_by_at_most": 0.1, "test": "point"}


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({}, "auc in staging, production"),
        ({"output": "y"}, "auc in staging, production of y"),
        ({"slice": "age"}, "auc in staging, production by age"),
        (CHAMPION, "auc in staging, production against champion"),
        (
            {"output": "y", "slice": "age", **CHAMPION},
            "auc in staging, production of y by age against champion",
        ),
    ],
)
def test_a_gate_is_known_by_what_it_measures_and_where(known: dict[str, Any], words: str) -> None:
    said = difference((gate(**known),), (gate(**known, min_samples=5),))
    assert said == f"{words}: min_samples nothing -> 5"
