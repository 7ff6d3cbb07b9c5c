"""A release is named by its semantic version, and its folder bears that name.

Why: Records, sign-offs and audits speak of a release by its version; a second spelling would be a second release.

Remedy: Name the folder `releases/<version>` after the `release:` in its record.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model", always_mandatory=True)
def release_version_semantic(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Each folder under `releases/` equals the version in its record, which the spec holds to be semantic."""
    for folder, release in model.releases.items():
        if release.spec.release != folder:
            yield fail(
                f"the record in `releases/{folder}` calls itself `{release.spec.release}`",
                at=release.record.place("release"),
            )
