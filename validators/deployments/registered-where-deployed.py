"""A release that is deployed stands in the registry of that environment.

Why: The reconciler moves pointers to versions of that registry alone; a release that is not in it can never arrive.

Remedy: Register the release there and add it to `registered:`, or deploy one that is.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model", always_mandatory=True)
def registered_where_deployed(model: Model, repository: Repository) -> Iterator[Finding]:
    """Each deployed release, also a tenant's, is registered where its environment looks for it."""
    for environment, deployment in model.manifest.spec.deployments.items():
        file = repository.environments.get(environment)
        if file is None:
            continue
        registry = file.spec.registry.name
        named = {("release",): deployment.release}
        named |= {("tenants", tenant): release for tenant, release in deployment.tenants.items()}
        for pointer, release in named.items():
            if release in model.release_folders and registry not in model.release(release).spec.registered:
                yield fail(
                    f"release {release} is not registered in `{registry}`",
                    at=model.manifest.place("deployments", environment, *pointer),
                    notes=(Note(file.place("registry", "name"), f"the registry of {environment}"),),
                )
