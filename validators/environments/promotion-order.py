"""Environments promote from one another without a circle.

Why: In a circle no release can enter anywhere; and a soak without an earlier environment asks for what cannot be.

Remedy: Name an earlier environment in `promotes_from:`, or leave it out where releases enter first.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Organisation, Repository, fail, rule


@rule(on="state", over="organisation", always_mandatory=True)
def promotion_order(organisation: Organisation, _repository: Repository) -> Iterator[Finding]:
    """Each `promotes_from` exists and does not lead back; only an environment that has one has a `min_soak`."""
    environments = organisation.environments
    for name, file in environments.items():
        earlier = file.spec.promotes_from
        if earlier is None:
            if file.spec.min_soak is not None:
                yield fail(f"{name} promotes from nowhere, where no release can soak", at=file.place("min_soak"))
            continue
        if earlier not in environments:
            known = ", ".join(sorted(environments))
            yield fail(f"`{earlier}` is no environment (known: {known})", at=file.place("promotes_from"))
        way = [name]
        for _ in environments:
            if earlier in environments and earlier not in way:
                way.append(earlier)
                earlier = environments[earlier].spec.promotes_from
        if earlier == name:
            yield fail(f"{name} promotes from itself: {' from '.join((*way, name))}", at=file.place("promotes_from"))
