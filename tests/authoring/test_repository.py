"""A new repository: what the project carries, without what is the project's own."""

import pytest

from modelward.authoring.repository import lay_out, name_in_remote, placeholders
from modelward.errors import WrongUse
from modelward.specs.policy import People, Policy
from modelward.specs.scalars import PersonName, RoleName
from modelward.tree.file import typed
from repository import PROJECT

PEOPLE = "policies/people.yaml"
BOARD = {RoleName("governance-board"): [PersonName("ada"), PersonName("bert"), PersonName("cyd")]}


def test_the_policy_says_which_repository_it_is() -> None:
    files = lay_out("bank/models", {})
    assert typed("policies/policy.yaml", files["policies/policy.yaml"], Policy).repository == "bank/models"
    assert b"@bank/policy-owners" in files[".github/CODEOWNERS"]
    assert files["README.md"].startswith(b"# bank/models\n")
    assert b"value: git@github.com:bank/models.git\n" in files["deploy/kubernetes/cronjob.yaml"]


def test_nothing_of_this_project_s_people_and_owner_goes_along() -> None:
    files = lay_out("bank/models", {})
    people = typed(PEOPLE, files[PEOPLE], People)
    ours = typed(PEOPLE, (PROJECT / PEOPLE).read_bytes(), People)
    standing = {person for members in ours.standing_roles.values() for person in members}
    assert set(people.people) == standing
    for person in people.people.values():
        assert (person.emails, dict(person.logins), person.roles, person.keys) == ((), {}, (), ())
    assert people.teams == {}
    assert all(machine.keys == () for machine in people.machines.values())
    for path, data in files.items():
        if not path.startswith("tests/"):
            assert b"acme" not in data, path
            assert b"credit-risk" not in data, path


def test_people_who_are_named_take_the_place_of_placeholders() -> None:
    files = lay_out("bank/models", BOARD)
    people = typed(PEOPLE, files[PEOPLE], People)
    assert people.standing_roles[RoleName("governance-board")] == ("ada", "bert", "cyd")
    assert "board-1" not in people.people
    assert people.people[PersonName("ada")].name == "ada"
    assert placeholders(files, BOARD) == ("officer-1", "owner-1", "owner-2")


def test_a_role_that_policy_does_not_give_and_a_name_that_is_none_are_refused() -> None:
    with pytest.raises(WrongUse, match="`board` is no standing role") as refused:
        lay_out("bank/models", {RoleName("board"): [PersonName("ada")]})
    assert "governance-board" in refused.value.remedy
    with pytest.raises(WrongUse, match="`Ada L` is no name of a person"):
        lay_out("bank/models", {RoleName("governance-board"): [PersonName("Ada L")]})


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("git@github.com:acme/ml-governance.git", "acme/ml-governance"),
        ("https://github.com/acme/ml-governance", "acme/ml-governance"),
        ("https://token:secret@git.example.org/acme/ml-governance.git/", "acme/ml-governance"),
        ("ssh://git@git.example.org:2222/group/sub/models.git", "group/sub/models"),
        ("/srv/git/acme/models.git", None),
        ("../models", None),
        ("https://example.org/models.git", None),
        ("", None),
    ],
)
def test_a_remote_says_what_a_repository_is_called(url: str, name: str | None) -> None:
    assert name_in_remote(url) == name
