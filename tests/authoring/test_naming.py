"""Legal names for registered models, whatever they are called. Row G8 of the mission; T52 of the threats."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.authoring.naming import model_names
from modelward.errors import WrongUse
from modelward.specs.confusable import skeleton
from modelward.specs.scalars import MODEL_NAME

LONG = "a" * 300


def names(*registered: str, taken: tuple[str, ...] = (), **chosen: str) -> list[str]:
    """The names that registered models get, in their order."""
    given_names = model_names(registered, taken, chosen)
    return [given_names[name] for name in registered]


@pytest.mark.parametrize(
    ("registered", "name"),
    [
        ("credit-risk", "credit-risk"),
        ("Credit Risk", "credit-risk"),
        ("credit_risk.v2", "credit-risk-v2"),
        ("  --Fraud!!", "fraud"),
        ("pr\u00e9vision \u00c5", "prevision-a"),
        ("\uff46\uff52\uff41\uff55\uff44", "fraud"),
        ("a" * 63, "a" * 63),
    ],
)
def test_a_name_is_kept_as_far_as_it_is_legal(registered: str, name: str) -> None:
    assert names(registered) == [name]


@pytest.mark.parametrize(
    ("registered", "start"),
    [
        ("Stra\u00dfe", "stra-e"),
        ("\u043a\u0440\u0435\u0434\u0438\u0442", "model"),
        ("???", "model"),
        ("signoffs", "signoffs"),
    ],
)
def test_a_name_that_loses_letters_bears_a_mark(registered: str, start: str) -> None:
    assert re.fullmatch(f"{start}-[0-9a-f]{{8}}", names(registered)[0])


def test_a_name_that_is_too_long_is_cut_and_marked() -> None:
    (cut,) = names(LONG)
    assert len(cut) == 63
    assert cut.startswith("a" * 54 + "-")
    assert names(LONG + "b") != [cut]


def test_of_names_that_become_one_the_legal_one_keeps_it_and_the_others_bear_a_mark() -> None:
    exact, dotted, upper = names("credit-risk", "credit.risk", "CREDIT RISK")
    assert exact == "credit-risk"
    assert re.fullmatch("credit-risk-[0-9a-f]{8}", dotted)
    assert re.fullmatch("credit-risk-[0-9a-f]{8}", upper)
    assert dotted != upper


def test_of_names_that_become_one_and_none_is_legal_each_bears_a_mark() -> None:
    assert all(re.fullmatch("credit-risk-[0-9a-f]{8}", name) for name in names("credit.risk", "CREDIT RISK"))


def test_t52_names_that_a_hurried_reader_takes_for_each_other_bear_marks() -> None:
    assert all(re.search("-[0-9a-f]{8}$", name) for name in names("model1", "modell", "rnodel1"))


def test_a_name_that_a_model_has_already_is_not_given_again() -> None:
    (name,) = names("Credit Risk", taken=("credit-risk",))
    assert re.fullmatch("credit-risk-[0-9a-f]{8}", name)


def test_the_same_name_always_becomes_the_same() -> None:
    assert names("credit.risk", taken=("credit-risk",)) == names("credit.risk", "CREDIT-RISK")[:1]


def test_a_person_may_choose_and_what_is_chosen_is_not_given_to_another() -> None:
    assert names("old", "fraud", old="fraud") == ["fraud", names("fraud", taken=("fraud",))[0]]


@pytest.mark.parametrize("name", ["Fraud", "", "a" * 64, "-a", "a_b", "taken", "signoffs", "a\n"])
def test_a_choice_that_is_illegal_or_taken_is_wrong_use(name: str) -> None:
    with pytest.raises(WrongUse):
        names("old", taken=("taken",), old=name)


@given(st.lists(st.text(max_size=80), unique=True, max_size=12))
def test_every_name_is_legal_and_no_two_read_alike(registered: list[str]) -> None:
    found = names(*registered, taken=("credit-risk",))
    assert all(re.fullmatch(MODEL_NAME, name) for name in found)
    assert len({skeleton(name) for name in (*found, "credit-risk")}) == len(registered) + 1
