"""An artifact and a registry version belong to one release.

Why: If two releases were one artifact, evidence and sign-offs of the one would speak for the other.

Remedy: Pin the artifact and the version that this release really has.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Fleet, Note, Repository, fail, rule


@rule(on="state", over="fleet", always_mandatory=True)
def artifact_claimed_once(fleet: Fleet, _repository: Repository) -> Iterator[Finding]:
    """No digest and no version of a registered model is pinned twice."""
    first = {}
    for model in fleet:
        for release in model.releases:
            claims = [(("artifact", release.artifact), ("artifact", "digest"))]
            for registry, version in release.registered:
                claim = (registry, model.registered_model.casefold(), version)
                claims.append((claim, ("registered", registry, "version")))
            for claim, pointer in claims:
                if claim not in first:
                    first[claim] = (model, release, pointer)
                    continue
                other, other_release, other_pointer = first[claim]
                yield fail(
                    f"release {release.release} of `{model.name}` pins what release {other_release.release} of "
                    f"`{other.name}` pins",
                    at=model.release_place(release.release, *pointer),
                    notes=(Note(other.release_place(other_release.release, *other_pointer), "pinned first here"),),
                )
