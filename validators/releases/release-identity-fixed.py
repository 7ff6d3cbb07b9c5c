"""A merged release never changes, but for evidence that is added.

Why: Sign-offs and deployments speak of a release by its version; what the version means must stay what was signed.

Remedy: Restore the release as it was, and publish what differs as a new release.
"""

from collections.abc import Iterator

from modelward.rules import Change, Finding, Repository, fail, rule


@rule(on="change", over="change", always_mandatory=True)
def release_identity_fixed(change: Change, _repository: Repository) -> Iterator[Finding]:
    """Every release of the base is still there, with equal fields, and its evidence list only grew at its end."""
    if change.before is None:
        return
    for name, before in change.before.releases.items():
        after = change.after.releases.get(name)
        if after is None:
            yield fail(f"release {name} was removed", at=change.after.manifest.place("model"))
            continue
        for field in type(before.spec).model_fields:
            if field != "evidence" and getattr(after.spec, field) != getattr(before.spec, field):
                yield fail(f"`{field}` of release {name} was changed", at=after.record.place(field, key=True))
        kept = len(before.spec.evidence)
        if after.spec.evidence[:kept] != before.spec.evidence:
            yield fail(
                f"evidence of release {name} was changed or removed", at=after.record.place("evidence", key=True)
            )
