"""An alias and a stage of a registry belong to one environment.

Why: Two environments that claim one pointer would move it away from each other for ever.

Remedy: Give each environment aliases and a stage of its own.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Note, Organisation, Repository, fail, rule


@rule(on="state", over="organisation", always_mandatory=True)
def pointers_claimed_once(organisation: Organisation, _repository: Repository) -> Iterator[Finding]:
    """No registry has an alias, a challenger's alias or a stage that two environments name."""
    first = {}
    for file in organisation.environments.values():
        pointers = file.spec.registry
        claims = (
            ("alias", ("alias", pointers.alias)),
            ("challenger_alias", ("alias", pointers.challenger_alias)),
            ("stage", ("stage", pointers.stage)),
        )
        for field, claim in claims:
            if claim[1] is None:
                continue
            other, other_field = first.setdefault((pointers.name, claim), (file, field))
            if other is not file:
                yield fail(
                    f"`{claim[1]}` of the registry `{pointers.name}` is claimed by {other.spec.environment} as well",
                    at=file.place("registry", field),
                    notes=(Note(other.place("registry", other_field), "claimed first here"),),
                )
