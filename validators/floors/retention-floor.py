"""Records are kept at least as long as the floors demand.

Why: An auditor asks years later, and the law says how many.

Remedy: Keep the records longer.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, never_shorter, rule


@rule(on="state", over="model")
def retention_floor(model: Model, repository: Repository) -> Iterator[Finding]:
    """Each kind that a floor names is kept, and on whatever day a record is made, as long as every floor demands."""
    retention = model.retention
    for kind, demands in repository.demands(model.manifest.spec).retention().items():
        kept = retention.spec.keep.get(kind)
        undercut = [demand for demand in demands if kept is None or not never_shorter(kept, demand.value)]
        if undercut:
            yield fail(
                f"{kind} is kept {kept or 'for no time'}, which is not always {undercut[0].value}",
                at=retention.place("keep", kind),
                notes=(repository.demanded(undercut[0]),),
            )
