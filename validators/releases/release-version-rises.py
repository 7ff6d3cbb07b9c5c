"""A new release has a higher version than every release before it.

Why: A version that falls or is used again makes "the newest release" and "the one before" mean two things.

Remedy: Take the next free version above the highest one.
"""

from collections.abc import Iterator

from modelward.rules import Change, Finding, Note, Repository, SemanticVersion, fail, rule


@rule(on="change", over="change", always_mandatory=True)
def release_version_rises(change: Change, _repository: Repository) -> Iterator[Finding]:
    """Each release that the base does not know is above the base's highest."""
    if change.before is None or not change.before.release_folders:
        return
    known = change.before.releases
    highest = max(known, key=SemanticVersion.parse)
    for name, release in change.after.releases.items():
        if name not in known and highest == max(name, highest, key=SemanticVersion.parse):
            yield fail(
                f"release {name} is new, and not above {highest}",
                at=release.record.place("release"),
                notes=(Note(change.after.releases[highest].record.place("release"), "the highest release"),)
                if highest in change.after.releases
                else (),
            )
