"""Two documents side by side."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.evidence.differing import differences

ONE = {"metric": "auc_roc", "value": 0.75, "samples": 600, "interval": {"low": 0.7, "high": 0.8}}
SAID = {
    "measurements": [
        ONE,
        {"metric": "recall", "value": 0.0, "samples": 600},
    ],
    "output": "score",
    "flag": True,
}

documents = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.floats(-1e6, 1e6) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def changed(*way: Any, to: Any) -> Any:
    document = copy.deepcopy(SAID)
    place: Any = document
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = to
    return document


@given(documents)
def test_a_document_does_not_differ_from_itself(document: Any) -> None:
    assert list(differences(document, copy.deepcopy(document))) == []


@given(documents, documents)
def test_documents_that_do_not_differ_are_equal_but_for_the_last_digits(one: Any, other: Any) -> None:
    if not list(differences(one, other)):
        assert one == pytest.approx(other, rel=1e-8, abs=1e-8) if isinstance(one, float) else type(one) is type(other)


@pytest.mark.parametrize(
    ("again", "pointer", "message"),
    [
        (
            changed("measurements", 0, "value", to=0.76),
            ("measurements", 0, "value"),
            "auc_roc value is 0.75; computed again it is 0.76",
        ),
        (
            changed("measurements", 0, "interval", "low", to=0.6),
            ("measurements", 0, "interval", "low"),
            "auc_roc interval low is 0.7; computed again it is 0.6",
        ),
        (changed("output", to="points"), ("output",), "output is score; computed again it is points"),
        (changed("flag", to=1), ("flag",), "flag is True; computed again it is 1"),
        (changed("more", to=1), (), "more is missing; computed again it is 1"),
        (changed("measurements", to=[ONE]), ("measurements",), "measurements has 2 entries; computed again it has 1"),
    ],
)
def test_each_difference_has_its_place_and_both_values(again: Any, pointer: tuple[Any, ...], message: str) -> None:
    (found,) = differences(SAID, again)
    assert found.pointer == pointer
    assert message in found.message


def test_what_is_said_and_not_found_again_has_its_place() -> None:
    (found,) = differences(changed("note", to="fine"), SAID)
    assert (found.pointer, found.message) == (("note",), "note was not found again")


@pytest.mark.parametrize(("said", "again"), [(0.75, 0.75 + 7e-10), (1e9, 1e9 + 0.9), (0.0, 9e-10), (1, 1.0)])
def test_numbers_may_differ_by_a_billionth(said: float, again: float) -> None:
    assert list(differences({"value": said}, {"value": again})) == []


@pytest.mark.parametrize(("said", "again"), [(0.75, 0.75 + 2e-9), (1e9, 1e9 + 2), (0.0, 2e-9), (1, True), ("1", 1)])
def test_and_by_no_more(said: Any, again: Any) -> None:
    assert len(list(differences({"value": said}, {"value": again}))) == 1
