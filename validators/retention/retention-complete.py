"""Every kind of record has a time for which it is kept.

Why: What nobody said how long to keep is thrown away by whoever tidies up first.

Remedy: Name each kind under `keep:`, with a time above zero.
"""

from collections.abc import Iterator

from modelward.rules import RECORD_KINDS, Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def retention_complete(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Each kind of record is kept for some time."""
    keep = model.retention.spec.keep
    for kind in RECORD_KINDS:
        if kind not in keep:
            yield fail(f"nothing says how long {kind} is kept", at=model.retention.place("keep", key=True))
        elif not (keep[kind].months or keep[kind].fixed):
            yield fail(f"{kind} is kept for no time", at=model.retention.place("keep", kind))
