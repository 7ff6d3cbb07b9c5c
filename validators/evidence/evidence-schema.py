"""Evidence has the form that the organisation demands of its kind.

Why: A number that stands elsewhere than a gate looks for it is a number that no gate sees.

Remedy: Produce the document again with a tool that writes this form, or correct the kind.
"""

from collections.abc import Iterator

from modelward.rules import Envelope, Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model", always_mandatory=True)
def evidence_schema(model: Model, repository: Repository) -> Iterator[Finding]:
    """Each document is an envelope of its kind, and fits the kind's schema."""
    for release in model.releases.values():
        for index, evidence in enumerate(release.evidence):
            if evidence.data is None:
                continue
            if not isinstance(evidence.envelope, Envelope):
                for problem in evidence.envelope:
                    yield fail(problem.message, at=problem.place, notes=problem.notes, remedy=problem.remedy)
                continue
            pin = evidence.pin
            errors = repository.evidence_errors(pin.kind, evidence.document)
            if errors is None:
                yield fail(f"`{pin.kind}` is no kind of evidence", at=release.record.place("evidence", index, "kind"))
                continue
            if evidence.envelope.kind != pin.kind:
                yield fail(
                    f"the document is of kind `{evidence.envelope.kind}`",
                    at=evidence.place("kind"),
                    notes=(Note(release.record.place("evidence", index, "kind"), f"pinned as `{pin.kind}`"),),
                )
            for error in errors:
                yield fail(error.message, at=evidence.place(*error.pointer))
