"""An environment uses a registry that exists, and each registry has an address of its own.

Why: One server under two names would be reconciled twice, and each would undo what the other does.

Remedy: Name a registry of environments/registries.yaml, and list each server there once.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Note, Organisation, Repository, fail, rule


@rule(on="state", over="organisation", always_mandatory=True)
def registry_known(organisation: Organisation, _repository: Repository) -> Iterator[Finding]:
    """No two registries read one variable, and each environment names one of them."""
    file = organisation.registries
    registries = file.spec.registries
    first = {}
    for name, registry in registries.items():
        other = first.setdefault(registry.uri.env, name)
        if other != name:
            yield fail(
                f"`{name}` has the address of `{other}`",
                at=file.place("registries", name, "uri"),
                notes=(Note(file.place("registries", other, "uri"), "the first"),),
            )
    for environment in organisation.environments.values():
        named = environment.spec.registry.name
        if named not in registries:
            known = ", ".join(registries) or "none"
            yield fail(f"`{named}` is no registry (known: {known})", at=environment.place("registry", "name"))
