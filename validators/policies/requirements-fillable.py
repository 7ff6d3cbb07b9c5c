"""Every requirement that can come upon a model can be filled, and by others than whoever makes the change.

Why: A requirement that nobody can fill is found out on the day of the rollback that it stops.

Remedy: Give the roles of approvers.yaml to more people; a person counts once in a requirement.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, can_fill, fail, requirements_on, roles_of, rule


@rule(on="state", over="model")
def requirements_fillable(model: Model, repository: Repository) -> Iterator[Finding]:
    """Distinct people fill each requirement; if the proposer may not sign, also without one of the model's people."""
    roles = roles_of(model, repository)
    own = sorted(set().union(*(roles[role] for role in model.approvers.spec.roles)))
    for applied in requirements_on(model, repository):
        requirement = applied.requirement
        if not can_fill(requirement, roles):
            said = "too few people hold its roles"
        elif own and requirement.proposer is None and not any(can_fill(requirement, roles, one) for one in own):
            said = "it needs everybody who could propose the change"
        else:
            continue
        yield fail(
            f"nobody can fill `{requirement.name}`: {said}",
            at=model.approvers.place("roles", key=True),
            notes=(applied.note(),),
        )
