"""Every requirement that can come upon a model can be filled, and by others than whoever makes the change.

Why: A requirement that nobody can fill is found out on the day of the rollback that it stops.

Remedy: Give the roles of approvers.yaml to more people; a person counts once in a requirement.
"""

from collections.abc import Iterator

from modelward.rules import Applied, Asked, Finding, Model, Repository, asked_of, can_fill, fail, rule


@rule(on="state", over="model")
def requirements_fillable(model: Model, repository: Repository) -> Iterator[Finding]:
    """Distinct people fill each requirement; if the proposer may not sign, also without one of the model's people."""
    for applied, why in asked_of(model, repository).once(_unfillable):
        yield fail(
            f"nobody can fill `{applied.requirement.name}`: {why}",
            at=model.approvers.place("roles", key=True),
            notes=(applied.note(model, repository),),
        )


def _unfillable(asked: Asked) -> Iterator[tuple[Applied, str]]:
    for applied in asked.requirements:
        needed = applied.requirement
        if not can_fill(needed, asked.roles):
            yield applied, "too few people hold its roles"
        elif asked.own and needed.proposer is None and not any(can_fill(needed, asked.roles, one) for one in asked.own):
            yield applied, "it needs everybody who could propose the change"
