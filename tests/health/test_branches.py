"""What GitHub enforces: our rulesets as they are imported, and each setting taken away, by GitHub's own description."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from urllib.request import Request, urlopen

import pytest

from governed import Governed
from hosted import NAME, TOKEN, GitHub, hosting, of_kind
from repository import PROJECT

from .conftest import told

RULESETS = ("main", "ledger")
PROTECTED = (
    "github",
    "github clock",
    "gate workflow",
    "main required check",
    "main up to date",
    "main workflow",
    "main reviews",
    "main bypass",
    "main force pushes",
    "main deletion",
    "ledger bypass",
    "ledger force pushes",
    "ledger deletion",
)


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch, world: Governed) -> Iterator[GitHub]:
    """A repository on GitHub into which the rulesets that lie in ours were imported."""
    assert world.read("policies/policy.yaml").count(f"repository: {NAME}\n") == 1
    with hosting() as github:
        for name in RULESETS:
            load(github, json.loads((PROJECT / f".github/rulesets/{name}.json").read_text()))
        for name, value in github.variables().items():
            monkeypatch.setenv(name, value)
        yield github


def load(github: GitHub, ruleset: Any) -> None:
    """Import a ruleset, as `gh api repos/OWNER/REPO/rulesets --input FILE` does."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    request = Request(f"{github.address}/repos/{NAME}/rulesets", json.dumps(ruleset).encode(), headers)  # noqa: S310
    with urlopen(request) as answer:  # noqa: S310 - this machine's own server
        assert answer.status == 201


def asked(world: Governed) -> dict[str, Any]:
    return {name: check for name, check in told(world, "--github", NAME).items() if name in PROTECTED}


def states(world: Governed) -> dict[str, str]:
    return {name: check["state"] for name, check in asked(world).items()}


def rule(github: GitHub, ruleset: int, kind: str) -> Any:
    (found,) = [one for one in github.rulesets[ruleset]["rules"] if one["type"] == kind]
    return found


def without(github: GitHub, ruleset: int, kind: str) -> None:
    github.rulesets[ruleset]["rules"].remove(rule(github, ruleset, kind))


WELL = dict.fromkeys(PROTECTED, "ok") | {"main workflow": "warning"}
"""What the rulesets of one repository can reach: whose workflow it is only an organisation can say."""


def test_the_rulesets_that_we_ship_are_all_that_is_demanded_of_a_repository(world: Governed, github: GitHub) -> None:
    assert states(world) == WELL
    assert {request.method for request in github.asked[len(RULESETS) :]} == {"GET"}


def test_unless_somebody_asks_github_is_not_asked(world: Governed, github: GitHub) -> None:
    before = len(github.asked)
    check = told(world)["github"]
    assert (check["state"], check["asked"]) == ("not-checked", False)
    assert len(github.asked) == before


def test_a_repository_without_rules_fails_in_every_setting(world: Governed, github: GitHub) -> None:
    github.rulesets.clear()
    found = states(world)
    assert found.pop("main reviews") == "warning"
    well = {"github", "github clock", "gate workflow"}
    assert {name for name, state in found.items() if state == "ok"} == well
    assert {state for name, state in found.items() if name not in well} == {"failed"}
    assert world.modelward("doctor", "--github", NAME).code == 1


@pytest.mark.parametrize(
    ("ruleset", "kind", "failing"),
    [
        (0, "deletion", "main deletion"),
        (0, "non_fast_forward", "main force pushes"),
        (1, "deletion", "ledger deletion"),
        (1, "non_fast_forward", "ledger force pushes"),
    ],
)
def test_a_rule_that_is_taken_away_is_named_with_the_file_that_holds_it(
    world: Governed, github: GitHub, ruleset: int, kind: str, failing: str
) -> None:
    without(github, ruleset, kind)
    found = asked(world)
    assert [name for name, check in found.items() if check["state"] != WELL[name]] == [failing]
    file = f".github/rulesets/{RULESETS[ruleset]}.json"
    assert found[failing]["next"] == f"gh api repos/{NAME}/rulesets --input {file}"


def test_without_reviews_by_code_owners_a_pull_request_may_bring_its_own_workflow(
    world: Governed, github: GitHub
) -> None:
    rule(github, 0, "pull_request")["parameters"]["require_code_owner_review"] = False
    found = states(world)
    assert (found["main reviews"], found["main workflow"]) == ("warning", "failed")
    workflows = [{"path": ".github/workflows/gate.yml", "repository_id": 1}]
    github.rulesets[0]["rules"].append({"type": "workflows", "parameters": {"workflows": workflows}})
    assert states(world)["main workflow"] == "ok"


def test_a_workflow_that_is_demanded_and_is_another_one_judges_nothing(world: Governed, github: GitHub) -> None:
    workflows = [{"path": ".github/workflows/validate.yml", "repository_id": 1}]
    github.rulesets[0]["rules"].append({"type": "workflows", "parameters": {"workflows": workflows}})
    assert states(world)["main workflow"] == "warning"


def test_a_required_check_that_is_taken_away_fails_with_what_keeps_it_up_to_date(
    world: Governed, github: GitHub
) -> None:
    without(github, 0, "required_status_checks")
    found = states(world)
    assert (found["main required check"], found["main up to date"]) == ("failed", "failed")


@pytest.mark.parametrize("context", ["judge", "Modelward gate", "gate / modelward gate"])
def test_another_check_than_the_one_that_always_runs_fails(world: Governed, github: GitHub, context: str) -> None:
    rule(github, 0, "required_status_checks")["parameters"]["required_status_checks"][0]["context"] = context
    assert states(world)["main required check"] == "failed"


def test_a_check_that_anybody_can_report_fails(world: Governed, github: GitHub) -> None:
    del rule(github, 0, "required_status_checks")["parameters"]["required_status_checks"][0]["integration_id"]
    check = asked(world)["main required check"]
    assert check["state"] == "failed"
    assert "from any source" in check["reason"]


def test_a_branch_that_need_not_be_up_to_date_fails_unless_there_is_a_queue(world: Governed, github: GitHub) -> None:
    rule(github, 0, "required_status_checks")["parameters"]["strict_required_status_checks_policy"] = False
    assert states(world)["main up to date"] == "failed"
    github.rulesets[0]["rules"].append({"type": "merge_queue"})
    assert states(world)["main up to date"] == "ok"


@pytest.mark.parametrize("ruleset", [0, 1])
def test_whoever_passes_by_is_named(world: Governed, github: GitHub, ruleset: int) -> None:
    actor = {"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}
    github.rulesets[ruleset]["bypass_actors"] = [actor]
    check = asked(world)[f"{RULESETS[ruleset]} bypass"]
    assert check["state"] == "failed"
    assert "RepositoryRole 5" in check["reason"]


def test_who_passes_by_is_unknown_and_not_well_when_it_is_not_told(world: Governed, github: GitHub) -> None:
    github.told_who_bypasses = False
    ended = world.modelward("doctor", "--github", NAME, "--format", "json")
    assert ended.code == 3
    found = {check["name"]: check for check in ended.json["checks"]}
    assert (found["main bypass"]["state"], found["main bypass"]["asked"]) == ("not-checked", True)
    assert "GITHUB_TOKEN" in found["main bypass"]["next"]


def test_a_protection_that_administrators_pass_by_fails(world: Governed, github: GitHub) -> None:
    github.rulesets.clear()
    checks = {"strict": True, "contexts": [], "checks": [{"context": "modelward gate", "app_id": 15368}]}
    github.protections["main"] = of_kind("branch-protection") | {"required_status_checks": checks}
    found = states(world)
    assert (found["main required check"], found["main up to date"]) == ("ok", "ok")
    assert found["main bypass"] == "failed"


def test_a_repository_of_another_name_fails(world: Governed, github: GitHub) -> None:
    found = told(world, "--github", "acme/other")
    assert found["github"]["state"] == "failed"
    assert "GitHub calls it `acme/other` and policy `acme/example`" in found["github"]["reason"]
    assert github.asked


def test_a_clock_that_is_far_from_github_s_fails(world: Governed, github: GitHub) -> None:
    github.date = "Fri, 20 Nov 2020 09:00:00 GMT"
    assert states(world)["github clock"] == "failed"


def test_without_its_workflow_nothing_reports_the_check(world: Governed, github: GitHub) -> None:
    world.remove(".github/workflows/gate.yml")
    world.commit()
    assert states(world)["gate workflow"] == "failed"
    assert github.asked


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("if: ${{ always() }}", "if: ${{ success() }}"),
        ("    if: ${{ always() }}\n", ""),
        ("name: modelward gate", "name: modelward-gate"),
        ("\njobs:", "\njob:"),
        ("  pull_request:\n", "  pull_request_target:\n"),
        ("\non:\n", "\nwhen:\n"),
    ],
)
def test_a_workflow_whose_last_job_is_skipped_or_called_otherwise_fails(
    world: Governed, github: GitHub, old: str, new: str
) -> None:
    world.replace(".github/workflows/gate.yml", old, new)
    world.commit()
    assert states(world)["gate workflow"] == "failed"
    assert github.asked


def test_a_queue_that_the_workflow_does_not_answer_fails(world: Governed, github: GitHub) -> None:
    world.replace(".github/workflows/gate.yml", "  merge_group:\n    types: [checks_requested]\n", "")
    world.commit()
    assert states(world)["gate workflow"] == "ok"
    github.rulesets[0]["rules"].append({"type": "merge_queue"})
    assert states(world)["gate workflow"] == "failed"


@pytest.mark.parametrize(
    "text",
    [
        "jobs: [",
        "jobs: []\non: pull_request\n",
        "- a\n",
        "",
        "on: [pull_request]\njobs: x\n",
        "on: pull_request_target\n",
    ],
)
def test_a_workflow_that_is_none_is_not_well(world: Governed, github: GitHub, text: str) -> None:
    world.write(".github/workflows/gate.yml", text)
    world.commit()
    assert states(world)["gate workflow"] in ("failed", "not-checked")
    assert github.asked


def test_without_rulesets_of_its_own_a_repository_is_held_against_those_that_are_shipped(
    world: Governed, github: GitHub
) -> None:
    world.remove(".github/rulesets")
    world.commit()
    assert states(world) == WELL
    assert github.asked


def test_a_ruleset_of_its_own_that_demands_more_is_what_it_is_held_against(world: Governed, github: GitHub) -> None:
    path = ".github/rulesets/main.json"
    more = json.loads(world.read(path))
    checks = next(one for one in more["rules"] if one["type"] == "required_status_checks")["parameters"]
    checks["required_status_checks"].append({"context": "validate", "integration_id": 15368})
    world.write(path, json.dumps(more))
    world.commit()
    assert "does not demand validate" in asked(world)["main required check"]["reason"]
    load(github, deepcopy(more))
    assert asked(world)["main required check"]["state"] == "ok"


def test_a_ruleset_of_its_own_that_demands_another_check_is_not_enough(world: Governed, github: GitHub) -> None:
    path = ".github/rulesets/main.json"
    world.replace(path, "modelward gate", "lint")
    world.replace(".github/workflows/gate.yml", "name: modelward gate", "name: lint")
    world.commit()
    github.rulesets.clear()
    load(github, json.loads(world.read(path)))
    found = asked(world)
    assert "does not demand modelward gate" in found["main required check"]["reason"]
    assert found["gate workflow"]["state"] == "failed"


@pytest.mark.parametrize("text", ["[]", "{", '{"name": "x"}'])
def test_a_ruleset_that_is_none_leaves_the_branch_unknown(world: Governed, github: GitHub, text: str) -> None:
    world.write(".github/rulesets/main.json", text)
    world.commit()
    ended = world.modelward("doctor", "--github", NAME, "--format", "json")
    found = {check["name"]: check for check in ended.json["checks"]}
    assert ended.code == 3
    assert (found["main protection"]["state"], found["main protection"]["asked"]) == ("not-checked", True)
    assert found["ledger bypass"]["state"] == "ok"
    assert github.asked


def test_a_forge_that_is_away_is_exit_3(world: Governed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:1")
    ended = world.modelward("doctor", "--github", NAME, "--format", "json")
    assert ended.code == 3
    assert [one["state"] for one in ended.json["checks"] if one["name"] == "github"] == ["not-checked"]


@pytest.mark.parametrize("name", ["acme", "acme/x#1", "github:acme/x", "-x/y", "a/../b", ""])
def test_what_names_no_repository_is_exit_2(world: Governed, name: str) -> None:
    ended = world.modelward("doctor", "--github", name)
    assert ended.code == 2
    assert "names no repository" in ended.err
