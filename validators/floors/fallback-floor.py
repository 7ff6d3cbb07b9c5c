"""A model's fallback is one that the floors allow.

Why: When the last release fails and none before it is good, something must answer the clients.

Remedy: Set `fallback:` in the manifest to one that is allowed, and see to it that it can serve.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def fallback_floor(model: Model, repository: Repository) -> Iterator[Finding]:
    """The fallback stands in each list of a floor."""
    manifest = model.manifest
    for demand in repository.demands(manifest.spec).fallback():
        if manifest.spec.fallback not in demand.value:
            yield fail(
                f"the fallback is `{manifest.spec.fallback}`; allowed is `{'` or `'.join(demand.value)}`",
                at=manifest.place("fallback"),
                notes=(repository.demanded(demand),),
            )
