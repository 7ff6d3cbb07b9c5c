"""What aliases and stages of others say of each environment. Row G8 of the mission."""

from collections.abc import Mapping

import pytest

from modelward.authoring.serving import Pointer, Serving, serving
from modelward.reconcile.desired import Topology, topology
from modelward.registry.interface import RegisteredModel, RegisteredVersion, Stage
from modelward.specs.environment import Environment
from modelward.specs.scalars import EnvironmentName

STAGING, PRODUCTION = EnvironmentName("staging"), EnvironmentName("production")
NOTHING: Mapping[EnvironmentName, Pointer] = {}
STAGES: Mapping[str, Stage] = {"S": "Staging", "P": "Production", "A": "Archived", "-": "None"}


def environments(*, stages: bool = True) -> Topology:
    """Staging, and production after it."""
    rows = ((STAGING, "staging", "Staging", None), (PRODUCTION, "champion", "Production", STAGING))
    return topology(
        {
            name: Environment.model_validate(
                {
                    "schema": "environment/v1",
                    "environment": name,
                    "promotes_from": earlier,
                    "registry": {"name": "main", "alias": alias} | ({"stage": stage} if stages else {}),
                    "traffic": {"kind": "none"},
                    "drift": "enforce",
                }
            )
            for name, alias, stage, earlier in rows
        }
    )


def seen(stages: str, said: Mapping[EnvironmentName, Pointer] = NOTHING, /, **aliases: int) -> Serving:
    """What a model serves whose versions 1, 2, ... stand in the stages that the letters name."""
    versions = {
        number: RegisteredVersion(number, STAGES[letter], None, ready=True) for number, letter in enumerate(stages, 1)
    }
    return serving(RegisteredModel("m", aliases, {}, versions), environments(), said)


@pytest.mark.parametrize(
    ("stages", "aliases", "versions"),
    [
        ("---", {}, {}),
        ("---", {"champion": 1, "staging": 2}, {STAGING: 2, PRODUCTION: 1}),
        ("P-S", {}, {STAGING: 3, PRODUCTION: 1}),
        ("P-S", {"champion": 1, "staging": 3}, {STAGING: 3, PRODUCTION: 1}),
        # A version has one stage, that of the furthest environment that it serves.
        ("P--", {"champion": 1, "staging": 1}, {STAGING: 1, PRODUCTION: 1}),
        ("P-S", {"champion": 1, "staging": 1}, {STAGING: 1, PRODUCTION: 1}),
        # Candidates may stand in the first stage.
        ("PSS", {"champion": 1, "staging": 2}, {STAGING: 2, PRODUCTION: 1}),
        ("P-S", {"champion": 1, "staging": 2}, {STAGING: 2, PRODUCTION: 1}),
        # An alias decides between two in its stage, and where its version is archived.
        ("PP-", {"champion": 2}, {PRODUCTION: 2}),
        ("A--", {"champion": 1}, {PRODUCTION: 1}),
        ("---", {"best": 3}, {}),
        ("P--", {"Champion": 1}, {PRODUCTION: 1}),
        ("---", {"champion": 1, "Champion": 2}, {PRODUCTION: 1}),
    ],
)
def test_aliases_say_what_serves_and_stages_where_no_alias_stands(
    stages: str, aliases: Mapping[str, int], versions: Mapping[EnvironmentName, int]
) -> None:
    found = seen(stages, NOTHING, **aliases)
    assert found.versions == versions
    assert found.unclear == {}


@pytest.mark.parametrize(
    ("stages", "aliases", "environment", "why"),
    [
        ("P--", {"champion": 2}, PRODUCTION, "alias `champion` names version 2, and Production holds 1"),
        ("PP-", {"champion": 3}, PRODUCTION, "alias `champion` names version 3, and Production holds 1 and 2"),
        ("PP-", {}, PRODUCTION, "versions 1 and 2 are all in Production"),
        ("SS-", {}, STAGING, "versions 1 and 2 are all in Staging"),
        ("---", {"champion": 9}, PRODUCTION, "alias `champion` names version 9, which does not exist"),
        ("P--", {"champion": 9}, PRODUCTION, "alias `champion` names version 9, which does not exist"),
        ("---", {"Champion": 2}, PRODUCTION, "alias `Champion` names version 2; the environment's is `champion`"),
        (
            "P--",
            {"CHAMPION": 2},
            PRODUCTION,
            "alias `CHAMPION` names version 2; the environment's is `champion`, and Production holds 1",
        ),
    ],
)
def test_what_contradicts_itself_or_leads_nowhere_is_left_for_a_person(
    stages: str, aliases: Mapping[str, int], environment: EnvironmentName, why: str
) -> None:
    found = seen(stages, NOTHING, **aliases)
    assert found.unclear == {environment: why}
    assert environment not in found.versions


def test_a_person_says_which_pointer_counts() -> None:
    by_stage = seen("P--", {PRODUCTION: Pointer(stage="Production")}, champion=2)
    assert (by_stage.versions, by_stage.unclear) == ({PRODUCTION: 1}, {})
    assert by_stage.notes == ("production is blocked in a plan until alias `champion` shows it too",)
    by_alias = seen("P--", {PRODUCTION: Pointer(alias="champion")}, champion=2)
    assert by_alias.versions == {PRODUCTION: 2}
    other = seen("---", {PRODUCTION: Pointer(alias="Live")}, Live=3, champion=1)
    assert other.versions == {PRODUCTION: 3}


def test_what_a_person_names_may_be_unset_dangling_or_held_by_two() -> None:
    assert seen("---", {PRODUCTION: Pointer(alias="Live")}, champion=1).versions == {}
    assert "which does not exist" in seen("---", {PRODUCTION: Pointer(alias="Live")}, Live=9).unclear[PRODUCTION]
    assert "are all in" in seen("PP-", {PRODUCTION: Pointer(stage="Production")}).unclear[PRODUCTION]


def test_every_version_that_a_pointer_of_an_environment_names_is_pointed_to() -> None:
    assert seen("PPS-A", champion=4, best=5, CHAMPION=9).pointed == {1, 2, 3, 4}
    assert seen("----", {PRODUCTION: Pointer(alias="Live")}, Live=3).pointed == {3}


def test_what_else_stands_in_a_stage_or_is_nearly_called_like_an_alias_is_noted() -> None:
    assert seen("PP--", champion=2, Champion=3).notes == (
        "production serves version 2; Production also holds 1",
        "production serves version 2; alias `Champion`, which is not `champion`, names 3",
    )


def test_an_environment_without_a_stage_is_told_by_its_alias_alone() -> None:
    versions = {
        1: RegisteredVersion(1, "Production", None, ready=True),
        2: RegisteredVersion(2, "None", None, ready=True),
    }
    found = serving(RegisteredModel("m", {"champion": 2}, {}, versions), environments(stages=False), {})
    assert found == Serving({PRODUCTION: 2}, {}, (), frozenset({2}))
