"""The policy's own cases: what does not end as expected, and each demand that no case would miss, is named."""

from pathlib import Path

import pytest

from modelward.rules.cases import PolicyCases
from modelward.rules.loading import load_rules
from repository import Repository

CASES = "policies/tests/owner.yaml"
RULE = '''\
"""The organisation's floors speak of a tier.

Why: To have a rule that reads a floor.

Remedy: Change the tier.
"""

from modelward.rules import fail, rule


@rule(on="state", over="model")
def named(model, repository):
    """No floor by this name binds the tier of the model."""
    for index, floor in enumerate(repository.organisation.floors.spec.floors):
        if floor.ticket is not None and floor.when.tier == (model.manifest.spec.tier,):
            yield fail(f"bound by {floor.name}", at=repository.organisation.floors.place("floors", index, "name"))
'''
FLOORS = """\
schema: floors/v1
floors:
  - {name: high, when: {tier: [high]}, ticket: {prefix: GOV-}}
"""
HIGH = "{replace: {in: models/credit-score/manifest.yaml, text: 'tier: medium', with: 'tier: high'}}"
REFUSED = f"  - {{name: a high tier, given: {{change: [{HIGH}]}}, expect: {{tier-bound: fail}}}}\n"
ALLOWED = "  - {name: a medium tier, given: {change: []}, expect: {tier-bound: pass}}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    repository = Repository.of_example(tmp_path / "repository")
    for folder in ("environments", "models"):
        repository.copy(folder, f"tests/example/{folder}")
    repository.write("validators/tier/tier-bound.py", RULE)
    repository.write("policies/floors.yaml", FLOORS)
    repository.write(CASES, f"schema: cases/v1\ncases:\n{REFUSED}{ALLOWED}")
    return repository


def complaints(repository: Repository) -> dict[str, tuple[str, ...]]:
    snapshot = repository.snapshot()
    rules = [rule for rule in load_rules(snapshot) if rule.name in ("tier-bound", "promotes-from")]
    return {one.name: one.complaints for one in PolicyCases(snapshot.source, rules).outcomes() if one.complaints}


def test_cases_that_end_as_expected_and_need_each_demand_have_no_complaint(repository: Repository) -> None:
    assert complaints(repository) == {}


def test_a_case_that_ends_otherwise_is_named_with_what_the_rule_said(repository: Repository) -> None:
    repository.replace(CASES, "{tier-bound: fail}", "{tier-bound: pass}")
    assert complaints(repository) == {
        "a high tier": ("expects `pass` of tier-bound, which says `fail`: bound by high",)
    }


def test_a_case_whose_rule_never_ran_is_named(repository: Repository) -> None:
    repository.replace(CASES, "{tier-bound: pass}", "{promotes-from: pass}")
    assert complaints(repository) == {"a medium tier": ("expects `pass` of promotes-from, which says `not-evaluated`",)}


def test_a_case_of_no_rule_is_named(repository: Repository) -> None:
    repository.replace(CASES, "{tier-bound: pass}", "{no-such-rule: pass}")
    assert complaints(repository) == {"a medium tier": ("there is no rule `no-such-rule`",)}


def test_a_case_that_cannot_be_made_is_named(repository: Repository) -> None:
    repository.replace(CASES, "given: {change: []}", "given: {change: [{remove: models/none}]}")
    assert complaints(repository) == {"a medium tier": ("nothing stands at models/none",)}


def test_a_demand_that_no_case_needs_is_named(repository: Repository) -> None:
    repository.replace(CASES, REFUSED, "")
    assert complaints(repository) == {
        "floor `high`: ticket": ("no case would end otherwise without it; add one that it refuses",)
    }


def test_a_freeze_that_no_case_needs_is_named(repository: Repository) -> None:
    freeze = "{name: year-end, reason: x, environments: [staging], cron: '0 0 20 12 *', duration: 14d, timezone: UTC}"
    repository.write("policies/freezes.yaml", f"schema: freezes/v1\nfreezes:\n  - {freeze}\n")
    assert list(complaints(repository)) == ["freeze `year-end`"]


def test_a_policy_without_cases_is_refused(repository: Repository) -> None:
    repository.remove(CASES)
    assert complaints(repository) == {"policy": ("the policy has no cases: nothing tells what it refuses",)}


def test_cases_that_cannot_be_read_are_named_with_their_place(repository: Repository) -> None:
    repository.write("policies/tests/other.yaml", "schema: cases/v1\ncases: []\n")
    (complaint,) = complaints(repository)["policies/tests/other.yaml"]
    assert complaint.startswith("policies/tests/other.yaml:2:8:")
