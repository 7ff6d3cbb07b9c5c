"""A model gives its roles to known people and teams, and none that policy assigns.

Why: A model that names its own officer would approve itself; and a name that is nobody approves nothing.

Remedy: Name people or teams of policies/people.yaml; leave the roles that are assigned there to it.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model", always_mandatory=True)
def approvers_known(model: Model, repository: Repository) -> Iterator[Finding]:
    """No role is one of policy, or given to a stranger; requirements speak of environments that exist."""
    approvers = model.approvers
    people = repository.organisation.people.spec
    for role, members in approvers.spec.roles.items():
        if role in repository.policy_roles:
            yield fail(f"`{role}` is assigned by policy alone", at=approvers.place("roles", role, key=True))
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
