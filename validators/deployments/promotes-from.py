"""A release enters an environment only from the one that it promotes from.

Why: Staging finds what no offline number shows; a release that skips it is tried on customers.

Remedy: Promote the release to the earlier environment first, and merge that.
"""

from collections.abc import Iterator

from modelward.rules import Entry, Finding, Note, Repository, deployed, fail, rule


@rule(on="change", over="entry")
def promotes_from(entry: Entry, repository: Repository) -> Iterator[Finding]:
    """At the base, the earlier environment runs the release that now enters; a rollback needs no second way in."""
    environment = repository.environments.get(entry.environment)
    if environment is None or environment.spec.promotes_from is None or entry.returning:
        return
    earlier = environment.spec.promotes_from
    held = None if entry.before is None else deployed(entry.before).get(earlier)
    if held != entry.release.spec.release:
        yield fail(
            f"release {entry.release.spec.release} enters {entry.environment}, and {earlier} runs {held or 'none'}",
            at=entry.model.manifest.place("deployments", entry.environment, "release"),
            notes=(Note(environment.place("promotes_from"), "demanded here"),),
        )
