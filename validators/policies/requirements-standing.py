"""Standing roles alone can fill what is demanded where no model's roles count.

Why: A new model has no roles yet, and policy has none but its own; a demand for others is one that nobody can meet.

Remedy: Demand roles of `standing_roles:` for these changes, and give them to people enough.
"""

from collections.abc import Iterator

from modelward.rules import WITHOUT_MODEL, Finding, Organisation, Repository, can_fill, covers, fail, policy_roles, rule


@rule(on="state", over="organisation", always_mandatory=True)
def requirements_standing(organisation: Organisation, _repository: Repository) -> Iterator[Finding]:
    """Distinct people in the roles that policy assigns fill each requirement for a new model, policy or environment."""
    signoff = organisation.signoff
    roles = policy_roles(organisation.people.spec)
    for index, requirement in enumerate(signoff.spec.requirements):
        kinds = [kind for kind in WITHOUT_MODEL if covers(requirement.when, kind)]
        # None of these changes is of an environment's deployments.
        if kinds and requirement.when.environment is None and not can_fill(requirement, roles):
            yield fail(
                f"too few people with standing roles can fill `{requirement.name}` for {kinds[0]}",
                at=signoff.place("requirements", index),
            )
