"""A change of policy: what it would mean for what serves is shown before it is merged, and its own cases must hold."""

from pathlib import Path

import pytest

from governed import Governed
from repository import PROJECT

AT = ("--at", "2026-11-21T12:00:00Z")
FLOORS = "policies/floors.yaml"
STRICTER = """\
  - name: ranking
    when: {}
    gates:
      - {metric: auc_roc, environments: [production], at_least: 0.9}
"""


@pytest.fixture
def world(tmp_path: Path) -> Governed:
    return Governed.started(tmp_path)


def test_g7_a_policy_shows_the_live_deployments_that_it_puts_in_breach(world: Governed) -> None:
    world.write(FLOORS, world.read(FLOORS) + STRICTER)
    world.commit("Rank better", "owner-1")
    ended = world.modelward("impact", "--format", "json", *AT)
    assert ended.code == 1
    breaches = ended.json["breaches"]
    assert {(one["model"], one["environment"]) for one in breaches} == {
        ("credit-score", "staging"),
        ("credit-score", "production"),
    }
    rules = {finding["rule"] for one in breaches for finding in one["findings"]}
    assert rules == {"gates-floor"}
    assert "live deployments would be in breach" in world.modelward("impact", *AT).out


def test_a_policy_that_breaks_nothing_has_no_impact(world: Governed) -> None:
    world.write(FLOORS, world.read(FLOORS) + "# as agreed\n")
    world.commit("Words", "owner-1")
    ended = world.modelward("impact", *AT)
    assert (ended.code, ended.out.strip()) == (0, "no live deployment is put in breach")


def test_a_policy_change_is_signed_by_its_owner_and_the_board(world: Governed) -> None:
    world.write(FLOORS, world.read(FLOORS) + "# as agreed\n")
    world.commit("Words", "owner-1")
    world.signed(
        ("owner-1", "policy-owner", "propose"),
        ("owner-2", "policy-owner", "approve"),
        ("board-1", "governance-board", "approve"),
    )
    assert world.gate().json["verdict"] == "allow"


CASES = """\
schema: cases/v1
cases:
  - name: a model as it stands
    given: {change: []}
    expect: {folder-name: pass}
  - name: a model without an owner
    given: {change: [{replace: {in: models/credit-score/manifest.yaml, text: "sponsor: head-of-credit\\n", with: ""}}]}
    expect: {ownership-named: fail}
"""


def with_cases(world: Governed) -> Governed:
    world.git("switch", "--quiet", "main")
    world.write("policies/tests/owner.yaml", CASES)
    for path in (PROJECT / "tests" / "example").rglob("*"):
        if path.is_file():
            world.write(f"tests/example/{path.relative_to(PROJECT / 'tests' / 'example')}", path.read_bytes())
    world.commit("Cases")
    world.git("push", "--quiet", "origin", "main")
    world.git("fetch", "--quiet", "origin")
    return world.branch("later")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{ownership-named: fail}", "{ownership-named: pass}", "expects `pass` of ownership-named"),
        ("schema: cases/v1", "schema: cases/v2", "policies/tests/owner.yaml"),
    ],
)
def test_a_policy_whose_own_cases_do_not_hold_is_denied(world: Governed, old: str, new: str, said: str) -> None:
    with_cases(world)
    world.replace("policies/tests/owner.yaml", old, new)
    world.commit("Cases", "owner-1")
    ended = world.gate()
    assert ended.code == 1
    messages = [finding["message"] + finding["path"] for finding in ended.json["findings"]]
    assert any(said in message for message in messages), messages


def test_cases_that_are_taken_away_hold_nothing(world: Governed) -> None:
    with_cases(world)
    world.remove("policies/tests/owner.yaml")
    world.commit("No cases", "owner-1")
    messages = [finding["message"] for finding in world.gate().json["findings"]]
    assert any("the policy has no cases" in message for message in messages), messages


def test_rules_that_could_not_judge_the_next_change_are_denied_and_never_run(world: Governed) -> None:
    world.write("validators/identity/evil.py", "import os\nopen('owned', 'w').close()\nraise SystemExit(0)\n")
    world.commit("A rule", "owner-1")
    ended = world.gate()
    assert ended.code == 1
    findings = [finding for finding in ended.json["findings"] if finding["path"] == "validators/identity/evil.py"]
    assert [finding["rule"] for finding in findings] == ["rules-loadable"]
    assert "no complete docstring" in findings[0]["message"]
    assert not (world.root / "owned").exists()
