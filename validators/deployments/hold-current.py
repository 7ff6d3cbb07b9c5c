"""A hold on an environment has not ended yet.

Why: A hold that is over stops nothing, and whoever reads it believes that it does.

Remedy: Remove the `hold:`, or set a new `until:` by a change with its own sign-off.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def hold_current(model: Model, repository: Repository) -> Iterator[Finding]:
    """Each hold ends in the future."""
    for environment, deployment in model.manifest.spec.deployments.items():
        hold = deployment.hold
        if hold is not None and not repository.now < hold.until:
            yield fail(
                f"the hold on {environment} has ended",
                at=model.manifest.place("deployments", environment, "hold", "until"),
            )
