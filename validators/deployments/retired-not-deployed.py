"""A model that has ended is deployed nowhere.

Why: What was declared at its end and still serves is watched by nobody.

Remedy: Remove the deployments of the model, or its `retired:`.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model", always_mandatory=True)
def retired_not_deployed(model: Model, _repository: Repository) -> Iterator[Finding]:
    """A retired model has no deployment."""
    if model.manifest.spec.retired is None:
        return
    for environment in model.manifest.spec.deployments:
        yield fail(
            f"the model is retired, and deployed to {environment}",
            at=model.manifest.place("deployments", environment, key=True),
            notes=(Note(model.manifest.place("retired", key=True), "retired here"),),
        )
