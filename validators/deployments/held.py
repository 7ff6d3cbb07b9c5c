"""No new release enters an environment that is held.

Why: Somebody has stopped this environment for a reason; a change that lifts the stop by passing it was never asked.

Remedy: Wait until the hold ends, or lift it first by a change of its own.
"""

from collections.abc import Iterator

from modelward.rules import Entry, Finding, Repository, fail, rule


@rule(on="change", over="entry", open_only=True)
def held(entry: Entry, repository: Repository) -> Iterator[Finding]:
    """Neither the base nor the change holds the environment now; a rollback is no new release."""
    if entry.returning:
        return
    for model in (entry.before, entry.model):
        deployment = None if model is None else model.manifest.spec.deployments.get(entry.environment)
        hold = None if deployment is None else deployment.hold
        if hold is not None and repository.now < hold.until:
            yield fail(
                f"{entry.environment} is held until {hold.until:%Y-%m-%dT%H:%M:%SZ}: {hold.reason}",
                at=entry.model.manifest.place("deployments", entry.environment, "release"),
            )
            return
