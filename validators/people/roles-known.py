"""Teams and standing roles are made of people who are known.

Why: A role that nobody holds can sign nothing; and a name that is nobody could be taken by anybody later.

Remedy: Name people of policies/people.yaml, or remove the team or the role.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Organisation, Repository, fail, rule


@rule(on="state", over="organisation", always_mandatory=True)
def roles_known(organisation: Organisation, _repository: Repository) -> Iterator[Finding]:
    """No team and no standing role is empty, or names somebody who is not there."""
    people = organisation.people
    for field, groups in (("teams", people.spec.teams), ("standing_roles", people.spec.standing_roles)):
        for name, members in groups.items():
            if not members:
                yield fail(f"`{name}` has no members", at=people.place(field, name, key=True))
            for index, member in enumerate(members):
                if member not in people.spec.people:
                    yield fail(f"`{member}` is no person", at=people.place(field, name, index))
