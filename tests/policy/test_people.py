"""Who holds which role, and whose keys are on record."""

from modelward.policy.people import keys_on_record, model_roles, policy_roles
from modelward.specs.approvers import Approvers
from modelward.specs.policy import People

KEY = {"key": "ssh-ed25519 AAAA", "valid_from": "2026-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z"}
PEOPLE = People.model_validate(
    {
        "schema": "people/v1",
        "people": {
            "engineer-1": {"name": "Engineer", "emails": (), "keys": (KEY, KEY)},
            "lead-1": {"name": "Lead", "emails": (), "roles": ("incident-lead",)},
            "owner-1": {"name": "Owner", "emails": (), "keys": (KEY,), "roles": ("policy-owner",)},
            "owner-2": {"name": "Owner", "emails": ()},
        },
        "teams": {"leads": ("lead-1", "lead-9")},
        "standing_roles": {"policy-owner": ("owner-2", "owner-9"), "board": ()},
        "machines": {"reconciler": {"keys": (KEY,), "may": ("ledger",)}},
    }
)
OF_POLICY = {"policy-owner": {"owner-1", "owner-2"}, "board": set(), "incident-lead": {"lead-1"}}


def approvers(**roles: tuple[object, ...]) -> Approvers:
    """Approvers of a model with these roles; an underscore is a hyphen."""
    named = {role.replace("_", "-"): members for role, members in roles.items()}
    return Approvers.model_validate({"schema": "approvers/v1", "roles": named})


def test_policy_assigns_standing_roles_and_those_beside_a_person_and_only_to_people() -> None:
    assert policy_roles(PEOPLE) == OF_POLICY


def test_a_model_adds_its_own_roles_by_person_and_by_team() -> None:
    held = model_roles(
        PEOPLE, policy_roles(PEOPLE), approvers(ml_engineer=("engineer-1", "engineer-9"), lead=({"team": "leads"},))
    )
    assert held == OF_POLICY | {"ml-engineer": {"engineer-1"}, "lead": {"lead-1"}}


def test_a_role_that_policy_assigns_is_not_the_models_to_give() -> None:
    held = model_roles(PEOPLE, policy_roles(PEOPLE), approvers(board=("engineer-1",), policy_owner=("engineer-1",)))
    assert held == OF_POLICY


def test_a_team_that_does_not_exist_has_no_members() -> None:
    held = model_roles(PEOPLE, {}, approvers(lead=({"team": "no-team"}, "owner-1")))
    assert held == {"lead": {"owner-1"}}


def test_every_key_is_listed_with_its_place_and_its_holder() -> None:
    assert [(key.pointer, key.holder) for key in keys_on_record(PEOPLE)] == [
        (("people", "engineer-1", "keys", 0), "`engineer-1`"),
        (("people", "engineer-1", "keys", 1), "`engineer-1`"),
        (("people", "owner-1", "keys", 0), "`owner-1`"),
        (("machines", "reconciler", "keys", 0), "machine `reconciler`"),
    ]
