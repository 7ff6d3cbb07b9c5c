"""A model names who is called for which incident, one contact for each.

Why: In an incident nobody should have to find out whom to call, or have to choose between two answers.

Remedy: List `escalation: [{incident: ..., contact: ..., within: ...}]`, each incident once.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model")
def escalation_contacts(model: Model, _repository: Repository) -> Iterator[Finding]:
    """There is a contact, and no incident stands twice."""
    escalation = model.manifest.spec.escalation
    if not escalation:
        yield fail("the manifest names nobody to escalate to", at=model.manifest.place("escalation", key=True))
    first = {}
    for index, entry in enumerate(escalation):
        other = first.setdefault(entry.incident, index)
        if other != index:
            yield fail(
                f"`{entry.incident}` has two contacts",
                at=model.manifest.place("escalation", index, "incident"),
                notes=(Note(model.manifest.place("escalation", other, "incident"), "the first"),),
            )
