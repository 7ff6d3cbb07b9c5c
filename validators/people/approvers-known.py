"""A model gives its roles to people and teams that are known, and speaks of environments that exist.

Why: A name that is nobody approves nothing, and could be taken by anybody later.

Remedy: Name people or teams of policies/people.yaml. Whoever leaves stays there, with every key revoked.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def approvers_known(model: Model, repository: Repository) -> Iterator[Finding]:
    """Each member of a role is a person or a team; each environment of a requirement is one."""
    approvers = model.approvers
    people = repository.organisation.people.spec
    for role, members in approvers.spec.roles.items():
        for index, member in enumerate(members):
            if isinstance(member, str):
                if member not in people.people:
                    yield fail(f"`{member}` is no person", at=approvers.place("roles", role, index))
            elif member.team not in people.teams:
                yield fail(f"`{member.team}` is no team", at=approvers.place("roles", role, index, "team"))
    for index, requirement in enumerate(approvers.spec.requirements):
        for position, environment in enumerate(requirement.when.environment or ()):
            if environment not in repository.environments:
                yield fail(
                    f"`{environment}` is no environment",
                    at=approvers.place("requirements", index, "when", "environment", position),
                )
