"""A model gives away no role that policy assigns.

Why: A model that names its own officer would approve itself.

Remedy: Remove the role from approvers.yaml; who holds it is said in policies/people.yaml.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model", always_mandatory=True)
def policy_roles_kept(model: Model, repository: Repository) -> Iterator[Finding]:
    """No role of the model is a standing one, or stands beside a person."""
    for role in model.approvers.spec.roles:
        if role in repository.policy_roles:
            yield fail(f"`{role}` is assigned by policy alone", at=model.approvers.place("roles", role, key=True))
