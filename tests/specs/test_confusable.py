"""Names that look alike have one skeleton, and names that do not have two."""

from itertools import combinations

import pytest

from modelward.specs.confusable import skeleton


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("fraud-v1", "fraud-vl"),
        ("fraud-vi", "fraud-vl"),
        ("credit-risk", "creditrisk"),
        ("Credit_Risk", "credit-risk"),
        ("model-0", "model-o"),
        ("churn", "chum"),
        ("view", "vievv"),
        ("s3-load", "53-load"),
        ("faq", "fa9"),
        ("zip", "2ip"),
        ("bot", "8ot"),
    ],
)
def test_t52_names_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


def test_names_that_differ_in_a_digit_stay_apart() -> None:
    for one, other in combinations("0123456789", 2):
        assert skeleton(f"fraud-v{one}") != skeleton(f"fraud-v{other}")


@pytest.mark.parametrize(("one", "other"), [("credit-risk", "credit-fraud"), ("eta", "beta"), ("a-b", "b-a")])
def test_other_names_stay_apart(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)
