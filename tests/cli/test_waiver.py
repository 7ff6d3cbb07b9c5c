"""waiver new: an exception to one rule for one model, with its end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modelward.tree.yaml_reader import read_yaml
from repository import Repository

GIVEN = ("--reason", "The bureau delivers late until spring", "--ticket", "MLGOV-7")
WAIVABLE = (
    "  - {rule: view-refresh, level: waivable}\n"
    "  - {rule: absolute-gates, level: waivable}\n"
    "  - {rule: ownership-named, level: advisory}\n"
    "  - {rule: feature-views, level: mandatory, when: {tier: [high]}}\n"
    "  - {rule: feature-views, level: waivable}\n"
)


@pytest.fixture
def waivable(repository: Repository) -> Repository:
    """A repository in which some rules may be waived."""
    repository.replace("policies/enforcement.yaml", "levels:\n", f"levels:\n{WAIVABLE}")
    repository.commit("Let some rules be waived")
    return repository


def read(repository: Repository, name: str) -> dict[str, Any]:
    return read_yaml(repository.read(f"policies/waivers/{name}.yaml").encode())


def test_a_waiver_covers_what_the_rule_finds(waivable: Repository) -> None:
    waivable.replace("models/credit-risk/manifest.yaml", "ttl: 12h", "ttl: 1h")
    assert waivable.modelward("validate").code == 1
    ended = waivable.modelward("waiver", "new", "view-refresh", "credit-risk", *GIVEN, "--expires", "30d")
    assert ended.code == 0, ended.err
    judged = waivable.modelward("validate", "--format", "json")
    assert judged.code == 0, judged.out
    (finding,) = judged.json["findings"]
    assert finding["waived_by"] == "w-1"


def test_a_waiver_says_what_it_excepts_why_and_until_when(waivable: Repository) -> None:
    assert waivable.modelward("waiver", "new", "view-refresh", "credit-risk", *GIVEN, "--expires", "30d").code == 0
    waiver = read(waivable, "w-1")
    expires = datetime.fromisoformat(waiver.pop("expires_at"))
    assert waiver == {
        "schema": "waiver/v1",
        "waiver": "w-1",
        "rule": "view-refresh",
        "model": "credit-risk",
        "reason": "The bureau delivers late until spring",
        "ticket": "MLGOV-7",
    }
    assert timedelta(days=29) < expires - datetime.now(UTC) <= timedelta(days=30)


def test_a_waiver_for_an_environment_is_for_rules_over_what_enters_it(waivable: Repository) -> None:
    arguments = ("credit-risk", "--environment", "production", *GIVEN, "--expires", "1w")
    assert waivable.modelward("waiver", "new", "absolute-gates", *arguments).code == 0
    assert read(waivable, "w-1")["environment"] == "production"
    ended = waivable.modelward("waiver", "new", "view-refresh", *arguments)
    assert ended.code == 2
    assert "leave out --environment" in ended.err


def test_a_name_is_never_given_twice_also_after_its_waiver_is_gone(waivable: Repository) -> None:
    for name, rule in (("w-1", "view-refresh"), ("w-2", "absolute-gates")):
        ended = waivable.modelward("waiver", "new", rule, "credit-risk", *GIVEN, "--expires", "30d", "--branch", name)
        assert ended.code == 0, ended.err
    waivable.remove("policies/waivers/w-2.yaml")
    waivable.commit("It is mended")
    assert waivable.modelward("waiver", "new", "absolute-gates", "credit-risk", *GIVEN, "--expires", "30d").code == 0
    assert read(waivable, "w-3")["rule"] == "absolute-gates"


def test_what_a_waiver_in_force_covers_needs_no_second(waivable: Repository) -> None:
    arguments = ("view-refresh", "credit-risk", *GIVEN, "--expires", "30d")
    waivable.modelward("waiver", "new", *arguments)
    ended = waivable.modelward("waiver", "new", *arguments)
    assert ended.code == 1
    assert "the waiver `w-1` covers this until" in ended.err


def test_an_expired_waiver_does_not_stand_in_the_way(waivable: Repository) -> None:
    arguments = ("view-refresh", "credit-risk", *GIVEN, "--expires", "30d")
    waivable.modelward("waiver", "new", *arguments)
    expires = read(waivable, "w-1")["expires_at"]
    waivable.replace("policies/waivers/w-1.yaml", expires, "2026-01-01T00:00:00Z")
    assert waivable.modelward("waiver", "new", *arguments).code == 0


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("folder-name", "validators/identity/folder-name.py fixes its level"),
        ("readable", "the engine fixes its level"),
        ("canary-weights-rise", "no line of policies/enforcement.yaml says otherwise"),
        ("feature-views", "policies/enforcement.yaml:7:5"),
        ("registered-model-unique", "judges more than one model"),
        ("ownership-named", "advisory for `credit-risk` and denies nothing: policies/enforcement.yaml:6:5"),
    ],
)
def test_t08_a_rule_that_cannot_be_waived_is_refused_with_the_place_that_says_so(
    waivable: Repository, rule: str, said: str
) -> None:
    ended = waivable.modelward("waiver", "new", rule, "credit-risk", *GIVEN, "--expires", "30d")
    assert ended.code == 1, ended
    assert said in ended.err
    assert waivable.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("view-refesh", "credit-risk", "--expires", "30d"), "did you mean `view-refresh`?"),
        (("*", "credit-risk", "--expires", "30d"), "there is no rule `*`"),
        (("view-refresh", "credit-rik", "--expires", "30d"), "did you mean `credit-risk`?"),
        (("view-refresh", "credit-risk"), "Missing option '--expires'"),
        (("view-refresh", "credit-risk", "--expires", "never"), "is no time"),
        (("view-refresh", "credit-risk", "--expires", "2020-01-01T00:00:00Z"), "has passed"),
        (("view-refresh", "credit-risk", "--expires", "91d"), "at most: policies/enforcement.yaml:"),
        (("view-refresh", "credit-risk", "--expires", "9999-12-31T00:00:00Z"), "holds for 90d at most"),
        (("view-refresh", "credit-risk", "--expires", "1y"), "give --expires 90d or less"),
        (("view-refresh", "credit-risk", "--expires", "30d", "--ticket", "JIRA-1"), "does not start with `MLGOV-`"),
        (("view-refresh", "credit-risk", "--expires", "30d", "--reason", " "), "there is no text in it"),
        (("absolute-gates", "credit-risk", "--expires", "3d", "--environment", "moon"), "are production, staging"),
    ],
)
def test_t06_wrong_arguments_are_exit_2_with_what_would_be_right(
    waivable: Repository, arguments: tuple[str, ...], said: str
) -> None:
    ended = waivable.modelward("waiver", "new", *GIVEN, *arguments)
    assert ended.code == 2, ended
    assert said in ended.err
    assert waivable.git("status", "--porcelain") == ""


def test_without_a_bound_of_its_own_a_waiver_holds_for_ninety_days_at_most(waivable: Repository) -> None:
    waivable.replace("policies/enforcement.yaml", "waivers: {max_age: 90d}\n", "")
    arguments = ("view-refresh", "credit-risk", *GIVEN)
    assert "at most" in waivable.modelward("waiver", "new", *arguments, "--expires", "91d").err
    assert waivable.modelward("waiver", "new", *arguments, "--expires", "90d").code == 0
