"""Those who sign together for a model are not all of one team.

Why: Two people of the team that made a change see it with the same eyes; a second look should come from outside.

Remedy: Give one of the roles to somebody of another team, or demand a standing role.
"""

from collections.abc import Iterator

from modelward.rules import Applied, Asked, Finding, Model, Repository, asked_of, fail, rule


@rule(on="state", over="model")
def signers_of_one_team(model: Model, repository: Repository) -> Iterator[Finding]:
    """Where a requirement needs several people of the model's own roles, no team has all who hold them."""
    for applied, team in asked_of(model, repository).once(_of_one_team):
        yield fail(
            f"all who can sign `{applied.requirement.name}` are of the team `{team}`",
            at=model.approvers.place("roles", key=True),
            notes=(applied.note(model, repository),),
        )


def _of_one_team(asked: Asked) -> Iterator[tuple[Applied, str]]:
    for applied in asked.requirements:
        slots = applied.requirement.all or ()
        if sum(slot.count for slot in slots) < 2 or any(slot.role in asked.policy_roles for slot in slots):
            continue
        signers = frozenset().union(*(asked.roles.get(slot.role, ()) for slot in slots))
        for team, members in asked.teams.items():
            if signers and signers <= set(members):
                yield applied, team
