"""Requirements have names of their own, and speak of environments that exist.

Why: A requirement for an environment of another name is met by every change: nobody is ever asked.

Remedy: Name a file of environments/; give each requirement its own name.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Organisation, Repository, fail, rule


@rule(on="state", over="organisation", always_mandatory=True)
def signoff_known(organisation: Organisation, _repository: Repository) -> Iterator[Finding]:
    """Names are distinct, and the environments of conditions exist."""
    signoff = organisation.signoff
    named = set()
    for index, requirement in enumerate(signoff.spec.requirements):
        if requirement.name in named:
            yield fail(
                f"two requirements are called `{requirement.name}`", at=signoff.place("requirements", index, "name")
            )
        named.add(requirement.name)
        for position, environment in enumerate(requirement.when.environment or ()):
            if environment not in organisation.environments:
                yield fail(
                    f"`{environment}` is no environment",
                    at=signoff.place("requirements", index, "when", "environment", position),
                )
