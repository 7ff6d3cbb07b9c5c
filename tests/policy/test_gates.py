"""Which of two gates demands more."""

from typing import Any

import pytest

from modelward.policy.gates import at_least_as_strict
from modelward.specs.thresholds import Gate


def gate(**form: Any) -> Gate:
    return Gate.model_validate({"metric": "auc_roc", "environments": ("production",)} | form)


def champion(test: str, margin: float) -> dict[str, Any]:
    name = "better_by_at_least" if test == "superiority" else "worse_by_at_most"
    return {"versus": "champion", "test": test, name: margin}


def baseline(relative: float) -> dict[str, Any]:
    return {"versus": "baseline", "relative": relative}


@pytest.mark.parametrize(
    ("form", "other"),
    [
        ({"at_least": 0.7}, {"at_least": 0.7}),
        ({"at_least": 0.8}, {"at_least": 0.7}),
        ({"at_most": 200}, {"at_most": 200}),
        ({"at_most": 100}, {"at_most": 200}),
        (baseline(0.1), baseline(0.1)),
        (baseline(0.0), baseline(0.1)),
        (champion("point", 0.01), champion("point", 0.02)),
        (champion("non_inferiority", 0.02), champion("point", 0.02)),
        (champion("superiority", 0.0), champion("non_inferiority", 0.0)),
        (champion("superiority", 0.0), champion("point", 0.02)),
        (champion("superiority", 0.02), champion("superiority", 0.01)),
        ({"at_least": 0.7, "slice": "SEX"}, {"at_least": 0.7, "slice": "SEX"}),
        ({"at_least": 0.7, "output": "score"}, {"at_least": 0.7, "output": "score"}),
    ],
)
def test_a_gate_that_demands_as_much_or_more_is_at_least_as_strict(form: dict[str, Any], other: dict[str, Any]) -> None:
    assert at_least_as_strict(gate(**form), gate(**other), 300)


@pytest.mark.parametrize(
    ("form", "other"),
    [
        ({"at_least": 0.69}, {"at_least": 0.7}),
        ({"at_most": 0.7}, {"at_least": 0.7}),
        ({"at_most": 201}, {"at_most": 200}),
        ({"at_least": 200}, {"at_most": 200}),
        (baseline(0.11), baseline(0.1)),
        (champion("point", 0.03), champion("point", 0.02)),
        (champion("point", 0.0), champion("non_inferiority", 0.02)),
        (champion("non_inferiority", 0.03), champion("point", 0.02)),
        (champion("non_inferiority", 0.0), champion("superiority", 0.0)),
        (champion("superiority", 0.01), champion("superiority", 0.02)),
        (champion("point", 0.0), baseline(0.1)),
        (baseline(0.0), champion("point", 0.0)),
        (champion("point", 0.0), {"at_least": 0.1}),
        ({"at_least": 0.9}, champion("point", 0.0)),
        ({"at_least": 0.7, "slice": "SEX"}, {"at_least": 0.7}),
        ({"at_least": 0.7}, {"at_least": 0.7, "output": "score"}),
        ({"at_least": 0.7, "metric": "f1"}, {"at_least": 0.7}),
    ],
)
def test_a_gate_that_demands_less_or_another_thing_is_not(form: dict[str, Any], other: dict[str, Any]) -> None:
    assert not at_least_as_strict(gate(**form), gate(**other), 300)


@pytest.mark.parametrize(
    ("own", "default", "demanded", "holds"),
    [
        (None, 300, 300, True),
        (None, 299, 300, False),
        (300, 1, 300, True),
        (299, 900, 300, False),
        (None, 1, None, True),
    ],
)
def test_the_samples_of_the_gate_itself_come_before_the_models(
    own: int | None, default: int, demanded: int | None, holds: bool
) -> None:
    one = gate(at_least=0.7, min_samples=own)
    assert at_least_as_strict(one, gate(at_least=0.7, min_samples=demanded), default) is holds
