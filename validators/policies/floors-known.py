"""Floors speak of environments and kinds of evidence that exist, each under a name of its own.

Why: A demand on an environment that is not there, or of evidence that nobody can give, is no demand, or never met.

Remedy: Name a file of environments/ and a schema of policies/schemas/evidence/; give each floor its own name.
"""

from collections.abc import Iterator

from modelward.rules import COMPUTED, Finding, Organisation, Repository, fail, rule


@rule(on="state", over="organisation", always_mandatory=True)
def floors_known(organisation: Organisation, _repository: Repository) -> Iterator[Finding]:
    """Names are distinct; environments and kinds of evidence that floors name exist; what must be signed can be."""
    floors = organisation.floors
    named = set()
    for index, floor in enumerate(floors.spec.floors):
        if floor.name in named:
            yield fail(f"two floors are called `{floor.name}`", at=floors.place("floors", index, "name"))
        named.add(floor.name)
        environments = [(name, ("evidence", name)) for name in floor.evidence]
        environments += [(name, ("canary", name)) for name in floor.canary]
        environments += [
            (name, ("gates", gate, "environments", position))
            for gate, demanded in enumerate(floor.gates)
            for position, name in enumerate(demanded.environments)
        ]
        for name, pointer in environments:
            if name not in organisation.environments:
                yield fail(f"`{name}` is no environment", at=floors.place("floors", index, *pointer, key=True))
        kinds = [(kind, ("evidence", name, kind)) for name, kinds in floor.evidence.items() for kind in kinds]
        kinds += [(kind, ("signed_evidence", position)) for position, kind in enumerate(floor.signed_evidence)]
        for kind, pointer in kinds:
            if kind not in organisation.evidence_kinds:
                yield fail(f"`{kind}` is no kind of evidence", at=floors.place("floors", index, *pointer, key=True))
            elif pointer[0] == "signed_evidence" and kind not in COMPUTED:
                said = f"nobody can compute `{kind}` evidence again, so nobody could sign it"
                remedy = f"leave it out; `modelward evidence verify` signs {', '.join(COMPUTED)}"
                yield fail(said, at=floors.place("floors", index, *pointer), remedy=remedy)
