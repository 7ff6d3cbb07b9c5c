"""Floors name environments, kinds of evidence, tiers and regimes that exist.

Why: A mistyped name binds nobody, and nobody misses what it was to demand.

Remedy: Correct the name; a kind of evidence exists when its schema stands in policies/schemas/evidence/.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Organisation, Repository, fail, rule


@rule(on="state", over="organisation")
def floors_known(organisation: Organisation, repository: Repository) -> Iterator[Finding]:
    """Environments and kinds are known, and no condition is an empty list."""
    floors = organisation.floors
    for index, floor in enumerate(floors.spec.floors):
        here = ("floors", index)
        for field, condition in (("tier", floor.when.tier), ("compliance", floor.when.compliance)):
            if condition == ():
                yield fail(f"the floor `{floor.name}` binds nobody", at=floors.place(*here, "when", field))
        named = [(environment, ("evidence", environment)) for environment in floor.evidence]
        named += [(environment, ("canary", environment)) for environment in floor.canary]
        for place, gate in enumerate(floor.gates):
            named += [(name, ("gates", place, "environments", at)) for at, name in enumerate(gate.environments)]
        for environment, pointer in named:
            if environment not in repository.environments:
                yield fail(f"`{environment}` is no environment", at=floors.place(*here, *pointer, key=True))
        kinds = [(kind, ("signed_evidence", place)) for place, kind in enumerate(floor.signed_evidence)]
        kinds += [(kind, ("evidence", name, kind)) for name, required in floor.evidence.items() for kind in required]
        for kind, pointer in kinds:
            if not repository.is_evidence(kind):
                yield fail(f"`{kind}` is no kind of evidence", at=floors.place(*here, *pointer, key=True))
