"""What the organisation says of itself, broken one by one; and what is generated, made stale."""

import pytest

from governed import Governed

from .conftest import state, told

POLICY = "policies/policy.yaml"
ON_GITHUB = "https://github.com/acme/example.git"


def test_policies_that_can_be_read_are_ok(world: Governed) -> None:
    world.git("remote", "set-url", "origin", ON_GITHUB)
    found = told(world)
    names = ("policies", "rules", "engine", "repository name", "CODEOWNERS", "schemas")
    assert {name: found[name]["state"] for name in names} == dict.fromkeys(names, "ok")


@pytest.mark.parametrize("path", ["policies/floors.yaml", "environments/production.yaml", "policies/people.yaml"])
def test_a_policy_that_cannot_be_read_fails_with_its_place(world: Governed, path: str) -> None:
    world.write(path, world.read(path) + "unknown: 1\n")
    world.commit()
    found, why = state(world, "policies")
    assert found == "failed"
    assert f"{path}:" in why


@pytest.mark.parametrize("path", ["policies/signoff.yaml", "policies/policy.yaml", "environments/registries.yaml"])
def test_a_policy_that_is_missing_fails_and_what_rests_on_it_is_not_well(world: Governed, path: str) -> None:
    world.remove(path)
    world.commit()
    ended = world.modelward("doctor", "--format", "json")
    assert ended.code == 3
    found = {check["name"]: check for check in ended.json["checks"]}
    assert found["policies"]["state"] == "failed"
    assert path in found["policies"]["reason"]


def test_a_repository_without_policies_is_none(world: Governed) -> None:
    world.remove("policies")
    world.commit()
    assert state(world, "policies")[0] == "failed"


def test_rules_are_counted_as_validate_counts_them(world: Governed) -> None:
    counted = world.modelward("validate", "--format", "json").json["counts"]["rules"]
    said = told(world)["rules"]["reason"]
    assert said == f"{counted} rules: {counted - 2} under validators/, and 2 of the engine"


def test_a_rule_that_is_none_fails(world: Governed) -> None:
    world.write("validators/identity/folder-name.py", "import os\n")
    world.commit()
    assert state(world, "rules")[0] == "failed"


def test_another_engine_fails(world: Governed) -> None:
    world.replace(POLICY, ">=0.1,<1", ">=7")
    world.commit()
    found, why = state(world, "engine")
    assert found == "failed"
    assert "pip install 'modelward>=7'" in why


def test_a_repository_that_nobody_has_named_fails(world: Governed) -> None:
    world.replace(POLICY, "acme/example", "your-organisation/example")
    world.commit()
    found, why = state(world, "repository name")
    assert found == "failed"
    assert "nothing can be signed or merged" in why
    assert "set `repository: OWNER/NAME` in policies/policy.yaml" in why


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://github.com/acme/example.git", "ok"),
        ("git@github.com:Acme/example", "ok"),
        ("ssh://git@git.example/other/example.git", "warning"),
    ],
)
def test_a_clone_of_another_repository_is_warned_of(world: Governed, url: str, expected: str) -> None:
    world.git("remote", "set-url", "origin", url)
    assert state(world, "repository name")[0] == expected


def test_a_clone_without_a_remote_has_the_name_that_policy_gives(world: Governed) -> None:
    world.git("remote", "remove", "origin")
    assert state(world, "repository name")[0] == "ok"


def test_a_team_that_changes_makes_codeowners_stale(world: Governed) -> None:
    world.git("remote", "set-url", "origin", ON_GITHUB)
    path = "models/credit-score/approvers.yaml"
    world.write(path, world.read(path).replace("engineer-2", "engineer-1"))
    world.commit()
    found, why = state(world, "CODEOWNERS")
    assert found == "failed"
    assert "modelward codeowners --write" in why


def test_without_codeowners_nobody_asks_for_it(world: Governed) -> None:
    world.remove(".github/CODEOWNERS")
    world.commit()
    assert state(world, "CODEOWNERS")[0] == "not-checked"


def test_codeowners_that_nobody_could_be_asked_by_fails(world: Governed) -> None:
    world.git("remote", "set-url", "origin", ON_GITHUB)
    people = world.read("policies/people.yaml")
    world.write("policies/people.yaml", people.replace("logins: {github: ", "logins: {other: "))
    world.commit()
    found, why = state(world, "CODEOWNERS")
    assert found == "failed"
    assert "none has a login" in why


@pytest.mark.parametrize(
    ("address", "looked_at"),
    [
        ("https://github.com/acme/ml-governance.git", True),
        ("git@github.com:acme/ml-governance.git", True),
        ("github:acme/ml-governance", True),
        ("ssh://git@github.acme.example:22/acme/ml-governance", True),
        ("https://someone:secret@acme.ghe.com/acme/ml-governance", True),
        ("/srv/github/ml-governance.git", False),
        ("file:///srv/github.com/ml-governance.git", False),
        ("git@git.acme.example:github/ml-governance.git", False),
        ("https://gitlab.com/github.com/ml-governance", False),
    ],
)
def test_codeowners_counts_where_a_remote_is_on_github(world: Governed, address: str, looked_at: bool) -> None:
    world.write(".github/CODEOWNERS", "* @nobody\n")
    world.commit()
    world.git("remote", "set-url", "origin", address)
    found, why = state(world, "CODEOWNERS")
    assert found == ("failed" if looked_at else "not-checked")
    assert "secret" not in why


def test_codeowners_is_looked_at_where_no_remote_tells_or_somebody_asks_for_github(world: Governed) -> None:
    world.write(".github/CODEOWNERS", "* @nobody\n")
    world.commit()
    assert state(world, "CODEOWNERS")[0] == "not-checked"
    world.git("remote", "remove", "origin")
    assert state(world, "CODEOWNERS")[0] == "failed"


@pytest.mark.parametrize("how", ["edited", "missing"])
def test_a_schema_that_is_not_what_the_engine_writes_fails(world: Governed, how: str) -> None:
    path = "policies/schemas/manifest.schema.json"
    if how == "edited":
        world.write(path, "{}\n")
    else:
        world.remove(path)
    world.commit()
    found, why = state(world, "schemas")
    assert found == "failed"
    assert path in why


def test_the_commit_that_is_named_is_looked_at(world: Governed) -> None:
    world.replace(POLICY, ">=0.1,<1", ">=7")
    world.commit()
    assert state(world, "engine", "--ref", "HEAD~1")[0] == "ok"
    assert state(world, "engine")[0] == "failed"
