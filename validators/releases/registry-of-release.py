"""A release is registered in registries that exist.

Why: A registry that nobody knows is read by no reconciler; what is registered there can never serve.

Remedy: Name a registry of environments/registries.yaml.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def registry_of_release(model: Model, repository: Repository) -> Iterator[Finding]:
    """Each registry that a release names is known."""
    known = repository.organisation.registries.spec.registries
    for release in model.releases.values():
        for registry in release.spec.registered:
            if registry not in known:
                yield fail(
                    f"`{registry}` is no registry (known: {', '.join(known) or 'none'})",
                    at=release.record.place("registered", registry, key=True),
                )
