"""No release enters an environment during a freeze that does not allow it.

Why: In these weeks nobody is there to notice that a release does harm, or nobody may change what auditors count.

Remedy: Wait until the window ends; what is urgent needs a change of policies/freezes.yaml with its own sign-off.
"""

from collections.abc import Iterator

from modelward.rules import Entry, Finding, Note, Repository, fail, rule


@rule(on="change", over="entry", open_only=True)
def frozen(entry: Entry, repository: Repository) -> Iterator[Finding]:
    """Every window that is open in the environment allows the promotion, or the rollback."""
    window = repository.freezing(entry.environment, "rollback" if entry.returning else "promotion")
    if window is not None:
        yield fail(
            f"{entry.environment} is frozen until {window.end:%Y-%m-%dT%H:%M:%SZ}: {window.freeze.reason}",
            at=entry.model.manifest.place("deployments", entry.environment, "release"),
            notes=(Note(repository.organisation.freezes.place("freezes", window.index), "by this freeze"),),
        )
