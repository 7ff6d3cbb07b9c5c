"""What serves customers was trained no longer ago than its model allows.

Why: The data that a model has learned from drifts away from the world, whether a monitor sees it or not.

Remedy: Train a release on fresh data and promote it.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, inconclusive, rule


@rule(on="state", over="model")
def retraining_due(model: Model, repository: Repository) -> Iterator[Finding]:
    """In each environment that no other promotes from, the release is not older than `retraining.max_age`."""
    retraining = model.manifest.spec.retraining
    if retraining is None:
        return
    passed_through = {file.spec.promotes_from for file in repository.environments.values()}
    for environment, deployment in model.manifest.spec.deployments.items():
        if environment in passed_through or deployment.release not in model.release_folders:
            continue
        trained = model.release(deployment.release).spec.trained
        if trained is None:
            yield inconclusive(
                f"release {deployment.release} does not say when it was trained",
                at=model.manifest.place("deployments", environment, "release"),
            )
        elif not repository.now - trained.at <= retraining.max_age.fixed:
            yield fail(
                f"release {deployment.release} was trained {(repository.now - trained.at).days} days ago",
                at=model.manifest.place("deployments", environment, "release"),
                notes=(Note(model.manifest.place("retraining", "max_age"), f"at most {retraining.max_age}"),),
            )
