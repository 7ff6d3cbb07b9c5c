"""The answer: allow only when nothing at all stands against a change, and error when something could not be told."""

from dataclasses import replace
from typing import Any

import pytest

from modelward.gate.scopes import Scope
from modelward.gate.slots import RequirementState
from modelward.gate.verdict import Proposal, Rejection, Verdict
from modelward.rules.face import Finding
from modelward.rules.judgement import Judged, Judgement
from modelward.specs.scalars import PersonName
from modelward.specs.signoff import Requirement
from modelward.tree.place import Place

A = Scope("models/a")
LEAD = PersonName("lead-1")
NOTHING = Verdict("0" * 64, (), Judgement(), (), (), (), (), ())
REQUIREMENT = Requirement.model_validate({"name": "r", "when": {}, "all": ({"role": "lead"},)})
UNMET = RequirementState(REQUIREMENT, A, (), ())


def finding(verdict: Any, path: str = "models/a/manifest.yaml") -> Judged:
    return Judged("rule", "mandatory", Finding(verdict, "wrong", Place(path)), None, "")


@pytest.mark.parametrize(("demanded", "by", "missing"), [(True, (), True), (True, (LEAD,), False), (False, (), False)])
def test_a_proposal_is_missing_when_it_is_demanded_and_nobody_made_it(
    demanded: bool, by: tuple[PersonName, ...], missing: bool
) -> None:
    assert Proposal(A, demanded, by).missing == missing


def test_what_nothing_stands_against_is_allowed() -> None:
    fine = replace(NOTHING, proposals=(Proposal(A, demanded=True, by=(LEAD,)), Proposal(A, demanded=False, by=())))
    assert (fine.answer, fine.blocked_scopes) == ("allow", frozenset())
    assert NOTHING.answer == "allow"


AGAINST: dict[str, dict[str, Any]] = {
    "a finding": {"denying": (finding("fail"),)},
    "a finding that could not tell": {"denying": (finding("inconclusive"),)},
    "a rejection": {"rejections": (Rejection(A, LEAD, "no"),)},
    "a missing proposal": {"proposals": (Proposal(A, demanded=True, by=()),)},
    "a requirement that is not met": {"requirements": (UNMET,)},
}


@pytest.mark.parametrize("what", AGAINST)
def test_any_one_thing_denies_and_blocks_its_scope(what: str) -> None:
    verdict = replace(NOTHING, **AGAINST[what])
    assert verdict.answer == "deny"
    assert verdict.blocked_scopes == {A}


def test_what_could_not_be_told_is_an_error_whatever_else_denies() -> None:
    every = {name: value for one in AGAINST.values() for name, value in one.items()}
    verdict = replace(NOTHING, **{**every, "denying": (finding("fail"), finding("error"))})
    assert verdict.answer == "error"


def test_only_what_denies_blocks() -> None:
    shown = replace(NOTHING, judgement=Judgement(findings=[finding("fail"), finding("error")]))
    assert (shown.answer, shown.blocked_scopes) == ("allow", frozenset())


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("policies/floors.yaml", "policies"),
        ("policies/people.yaml", "policies/people.yaml"),
        ("Makefile", "repository"),
        ("models/a", "repository"),
    ],
)
def test_a_finding_blocks_the_scope_of_its_place(path: str, scope: str) -> None:
    verdict = replace(NOTHING, denying=(finding("fail"), finding("fail", path)))
    assert verdict.blocked_scopes == {A, scope}
