"""A deployment names a release of the model and an environment of the organisation.

Why: The reconciler can only move what exists; a name that leads nowhere hides what really serves.

Remedy: Name a folder under `releases/` and a file under `environments/`.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model", always_mandatory=True)
def deployment_exists(model: Model, repository: Repository) -> Iterator[Finding]:
    """Each environment is known, and each release, also a tenant's, has a folder."""
    for environment, deployment in model.manifest.spec.deployments.items():
        if environment not in repository.environments:
            known = ", ".join(sorted(repository.environments)) or "none"
            yield fail(
                f"`{environment}` is no environment (known: {known})",
                at=model.manifest.place("deployments", environment, key=True),
            )
        named = {("release",): deployment.release}
        named |= {("tenants", tenant): release for tenant, release in deployment.tenants.items()}
        for pointer, release in named.items():
            if release not in model.releases:
                known = ", ".join(sorted(model.releases)) or "none"
                yield fail(
                    f"release {release} does not exist (known: {known})",
                    at=model.manifest.place("deployments", environment, *pointer),
                )
