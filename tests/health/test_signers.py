"""People, keys and requirements: who lacks a key, and which requirement nobody could fill."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from governed import Governed

from .conftest import PEOPLE, state

SIGNOFF = "policies/signoff.yaml"


def until(world: Governed, person: str, at: datetime) -> None:
    """Let the key of a person or machine count until a time."""
    pattern = rf'^(  {person}: .*valid_until: ")[^"]+'
    text, found = re.subn(pattern, rf"\g<1>{at:%Y-%m-%dT%H:%M:%SZ}", world.read(PEOPLE), flags=re.MULTILINE)
    assert found == 1
    world.write(PEOPLE, text)


def keyless(world: Governed, *people: str) -> None:
    """Take the keys of some people away."""
    for person in people:
        text, found = re.subn(rf"^(  {person}: .*)keys: \[.*?\]", r"\1keys: []", world.read(PEOPLE), flags=re.MULTILINE)
        assert found == 1
        world.write(PEOPLE, text)
    world.commit()


def test_people_with_keys_enough_for_every_requirement_are_ok(world: Governed) -> None:
    for name in ("keys", "keys that expire", "requirements"):
        assert state(world, name)[0] == "ok", name


def test_a_person_without_a_key_is_named(world: Governed) -> None:
    keyless(world, "engineer-2")
    found, why = state(world, "keys")
    assert found == "warning"
    assert "no key counts now of engineer-2" in why
    assert "modelward people add-key" in why


def test_nobody_with_a_key_fails(world: Governed) -> None:
    text = re.sub(r"keys: \[.*?\]", "keys: []", world.read(PEOPLE))
    world.write(PEOPLE, text)
    world.commit()
    assert state(world, "keys")[0] == "failed"
    assert state(world, "requirements")[0] == "failed"


@pytest.mark.parametrize(("days", "expected"), [(-1, "ok"), (29, "warning"), (31, "ok")])
def test_a_key_that_expires_soon_is_warned_of(world: Governed, days: int, expected: str) -> None:
    until(world, "lead-2", datetime.now(UTC) + timedelta(days=days))
    world.commit()
    found, why = state(world, "keys that expire")
    assert found == expected
    assert ("`lead-2` has none after" in why) == (expected == "warning")
    assert (state(world, "keys")[0] == "warning") == (days < 0)


def test_a_machine_whose_key_expires_soon_is_warned_of(world: Governed) -> None:
    until(world, "reconciler", datetime.now(UTC) + timedelta(days=3))
    world.commit()
    assert "machine `reconciler` has none after" in state(world, "keys that expire")[1]


def test_a_requirement_that_nobody_with_a_key_could_fill_fails_by_name(world: Governed) -> None:
    keyless(world, "board-1")
    found, why = state(world, "requirements")
    assert found == "failed"
    assert "nobody can fill `new model`" in why
    assert "promotion" not in why


def test_a_requirement_of_a_model_is_named_with_it(world: Governed) -> None:
    keyless(world, "lead-1", "lead-2")
    assert "`promotion` of credit-score" in state(world, "requirements")[1]


def test_a_requirement_that_needs_everybody_who_could_propose_fails(world: Governed) -> None:
    keyless(world, "engineer-2", "lead-2")
    assert "`promotion` of credit-score" in state(world, "requirements")[1]


def test_a_review_speaks_for_whoever_has_a_login_and_no_key(world: Governed) -> None:
    world.replace(
        SIGNOFF,
        "all: [{role: governance-board, count: 2}]",
        "all: [{role: governance-board, count: 2}], accept: [review]",
    )
    keyless(world, "board-1")
    assert state(world, "requirements")[0] == "ok"


def test_a_requirement_that_leans_on_one_person_is_warned_of(world: Governed) -> None:
    assert state(world, "requirements without their author")[0] == "warning"
    found, why = state(world, "requirements without their author")
    assert found == "warning"
    assert "`new model` for a change by board-1" in why
    assert "`policy`" not in why


def test_a_model_that_cannot_be_read_leaves_it_unknown(world: Governed) -> None:
    world.write("models/credit-score/approvers.yaml", "schema: approvers/v1\n")
    world.commit()
    ended = world.modelward("doctor", "--format", "json")
    found = {check["name"]: check for check in ended.json["checks"]}
    assert found["requirements"]["state"] == "not-checked"
    assert found["requirements"]["asked"]
    assert "models/credit-score" in found["requirements"]["reason"]
    assert ended.code == 3
