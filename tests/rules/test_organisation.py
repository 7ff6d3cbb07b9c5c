"""Rules on policies and environments where the base judges the head: what belongs together is read from one side."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from modelward.rules.loading import load_rules
from modelward.rules.running import Judge
from modelward.tree.directory import DirectorySource
from modelward.tree.memory import MemorySource, files_of
from modelward.tree.snapshot import Snapshot
from repository import EXAMPLE, NOW, PROJECT

ENFORCEMENT = "policies/enforcement.yaml"
WAIVABLE = "schema: enforcement/v1\nlevels:\n  - {rule: view-refresh, level: waivable}\n"
WAIVER = "policies/waivers/w-1.yaml"
FOR_NINETY_DAYS = """\
schema: waiver/v1
waiver: w-1
rule: view-refresh
model: credit-score
reason: the feed is late
ticket: MLGOV-7
expires_at: "2027-02-18T09:00:00Z"
"""
EUROPE = """\
schema: environment/v1
environment: europe
registry: {name: main, alias: europe}
traffic: {kind: none}
drift: enforce
"""


@cache
def example() -> Mapping[str, bytes]:
    return files_of(DirectorySource(EXAMPLE.parent), EXAMPLE.name)


def snapshot(changes: Mapping[str, str]) -> Snapshot:
    """The example with some files changed."""
    return Snapshot(MemorySource("example", {**example(), **{path: text.encode() for path, text in changes.items()}}))


def said(base: Mapping[str, str], head: Mapping[str, str], *names: str) -> list[tuple[str, str]]:
    """What the rules of these names say of the head's organisation under the base's policies."""
    rules = load_rules(Snapshot(DirectorySource(PROJECT)))
    judge = Judge(snapshot(head), rules, NOW, only=set(names), policies=snapshot(base))
    judge.organisation()
    return [(judged.rule, str(judged.finding.place)) for judged in judge.judgement.findings]


def test_what_a_change_adds_together_fits_together() -> None:
    signoff = example()["policies/signoff.yaml"].decode()
    people = example()["policies/people.yaml"].decode()
    asked = "  - {name: europe, when: {change: [policy], environment: [europe]}, all: [{role: board}]}\n"
    asked += "  - {name: board, when: {change: [people]}, all: [{role: board}]}\n"
    floor = "{name: all, when: {}, evidence: {europe: {fairness: {}}}}"
    freeze = '{name: all, reason: none, environments: [europe], cron: "0 0 1 1 *", duration: 1d, timezone: UTC}'
    head = {
        "environments/europe.yaml": EUROPE,
        "policies/signoff.yaml": signoff + asked,
        "policies/people.yaml": people + "  board: [owner-1]\n",
        "policies/floors.yaml": f"schema: floors/v1\nfloors: [{floor}]\n",
        "policies/freezes.yaml": f"schema: freezes/v1\nfreezes: [{freeze}]\n",
        "policies/schemas/evidence/fairness.schema.json": "{}",
        WAIVER: FOR_NINETY_DAYS.replace("reason:", "environment: europe\nreason:"),
    }
    names = (
        "signoff-known",
        "signoff-covers",
        "requirements-standing",
        "floors-known",
        "freezes-valid",
        "waiver-known",
    )
    assert said({}, head, *names) == []


@pytest.mark.parametrize(
    ("base", "head", "longer"),
    [
        ("90d", "90d", False),
        ("89d", "90d", True),
        ("90d", "89d", True),
        ("91d", "90d", False),
    ],
)
def test_t06_the_shorter_bound_of_base_and_head_holds_for_a_waiver(base: str, head: str, longer: bool) -> None:
    bounds = [{ENFORCEMENT: f"{WAIVABLE}waivers: {{max_age: {bound}}}\n"} for bound in (base, head)]
    found = said(bounds[0], bounds[1] | {WAIVER: FOR_NINETY_DAYS}, "waiver-bounded")
    assert found == ([("waiver-bounded", f"{WAIVER}:7:13")] if longer else [])


@pytest.mark.parametrize("by_base", [True, False])
@pytest.mark.parametrize("by_head", [True, False])
def test_t08_a_rule_is_waived_only_where_base_and_head_let_it_be(by_base: bool, by_head: bool) -> None:
    levels = {True: {ENFORCEMENT: WAIVABLE}, False: dict[str, str]()}
    found = said(levels[by_base], levels[by_head] | {WAIVER: FOR_NINETY_DAYS}, "waiver-allowed")
    assert found == ([] if by_base and by_head else [("waiver-allowed", f"{WAIVER}:3:7")])


def test_a_rule_exists_when_the_head_has_its_file() -> None:
    named = {ENFORCEMENT: "schema: enforcement/v1\nlevels:\n  - {rule: brand-new, level: advisory}\n"}
    added = {"validators/area/brand-new.py": ""}
    assert said({}, named | added, "enforcement-known") == []
    assert said(added, named | {"validators/area/other.py": ""}, "enforcement-known") == [
        ("enforcement-known", f"{ENFORCEMENT}:3:12")
    ]


def test_a_rule_of_the_engine_always_exists() -> None:
    named = {ENFORCEMENT: "schema: enforcement/v1\nlevels:\n  - {rule: waiver-needed, level: advisory}\n"}
    assert said({}, named | {"validators/area/other.py": ""}, "enforcement-known") == []


def test_the_organisations_of_this_project_and_of_the_example_pass_every_rule() -> None:
    rules = load_rules(Snapshot(DirectorySource(PROJECT)))
    for root in (PROJECT, Path(EXAMPLE)):
        judge = Judge(Snapshot(DirectorySource(root)), rules, NOW)
        judge.organisation()
        assert judge.judgement.findings == []
