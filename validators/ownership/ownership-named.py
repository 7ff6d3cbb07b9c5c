"""A model names its owner, its sponsor, who is on call, and a tier.

Why: At three in the morning somebody must be called, and in an audit somebody must answer.

Remedy: Add `owner:`, `sponsor:`, `on_call:` and `tier:` to the manifest.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def ownership_named(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Owner, sponsor, on-call and tier are given."""
    manifest = model.manifest.spec
    given = {
        "owner": manifest.owner,
        "sponsor": manifest.sponsor,
        "on_call": manifest.on_call,
        "tier": manifest.tier,
    }
    for field, value in given.items():
        if value is None:
            yield fail(f"the manifest names no `{field}`", at=model.manifest.place(field, key=True))
