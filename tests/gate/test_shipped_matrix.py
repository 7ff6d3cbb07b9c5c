"""Whom the shipped policy asks about a change of a shipped model: the approval matrix of E7, and the board of A8."""

from typing import get_args

import pytest

from modelward.gate.fields import Change
from modelward.gate.scopes import Scope
from modelward.gate.slots import Sides, requirements_for, uncovered
from modelward.specs.scalars import EnvironmentName, ModelName
from modelward.specs.signoff import ChangeKind
from modelward.tree.directory import DirectorySource
from modelward.tree.place import Place
from modelward.tree.snapshot import Snapshot
from repository import PROJECT

SHIPPED = Snapshot(DirectorySource(PROJECT))
REQUIREMENTS = SHIPPED.signoff.spec.requirements


def change(model: str, kind: ChangeKind, environment: str | None = None) -> Change:
    scope = Scope(f"models/{model}")
    where = None if environment is None else EnvironmentName(environment)
    return Change(scope, kind, kind, Place(scope), ModelName(model), where)


def asked(model: str, kind: ChangeKind, environment: str | None = None) -> list[tuple[str, list[tuple[str, int]]]]:
    """How each requirement that applies is met, and the roles that it names with their number."""
    sides = Sides((SHIPPED.model(model).manifest.spec,))
    return [
        (
            "all" if requirement.all is not None else "any",
            [(slot.role, slot.count) for slot in requirement.all or requirement.any or ()],
        )
        for requirement, _ in requirements_for([change(model, kind, environment)], REQUIREMENTS, sides)
    ]


ENGINEER_AND_LEAD = ("all", [("ml-engineer", 1), ("team-lead", 1)])
ENGINEER_AND_OFFICER = ("all", [("ml-engineer", 1), ("bsa-officer", 1)])


@pytest.mark.parametrize(
    ("model", "kind", "environment", "expected"),
    [
        pytest.param(
            "fraud-detection",
            "promotion",
            "production",
            [ENGINEER_AND_LEAD, ENGINEER_AND_OFFICER],
            id="a fraud model under the bank secrecy act",
        ),
        pytest.param("credit-risk", "promotion", "production", [ENGINEER_AND_LEAD], id="a model under no regime"),
        pytest.param("fraud-detection", "threshold-loosened", None, [ENGINEER_AND_OFFICER], id="a scoring threshold"),
        pytest.param("fraud-detection", "threshold-tightened", None, [ENGINEER_AND_OFFICER], id="a tighter threshold"),
        pytest.param("fraud-detection", "identity", None, [ENGINEER_AND_LEAD], id="rules and their weights"),
    ],
)
def test_e7_the_matrix_asks_those_who_answer_for_the_kind_of_change(
    model: str, kind: ChangeKind, environment: str | None, expected: list[tuple[str, list[tuple[str, int]]]]
) -> None:
    assert asked(model, kind, environment) == expected


def test_a8_two_of_the_board_agree_to_a_new_model() -> None:
    for kind in ("model-added", "import"):
        assert asked("credit-risk", kind) == [("all", [("governance-board", 2)])]


def test_e14_one_person_on_call_may_switch_a_model_off_and_two_switch_it_on() -> None:
    (how, roles), *more = asked("fraud-detection", "fallback", "production")
    assert (how, more) == ("any", [])
    assert ("on-call", 1) in roles
    assert asked("fraud-detection", "enable", "production") == [ENGINEER_AND_LEAD]


@pytest.mark.parametrize("model", ["credit-risk", "delivery-eta", "fraud-detection"])
def test_no_kind_of_change_goes_unasked(model: str) -> None:
    sides = Sides((SHIPPED.model(model).manifest.spec,))
    kinds: tuple[ChangeKind, ...] = get_args(ChangeKind)
    changes = [change(model, kind, environment) for kind in kinds for environment in (None, "staging", "production")]
    of_releases = [one for one in changes if one.kind != "promotion" or one.environment is not None]
    assert list(uncovered(of_releases, REQUIREMENTS, sides)) == []
