"""Evidence is the document that was pinned, byte for byte.

Why: What was signed is a digest; a document that differs by one byte is another document.

Remedy: Restore the document, or pin a new one at the end of `evidence:`.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model", always_mandatory=True)
def evidence_digest(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Each pinned document exists, and its SHA-256 is the pinned one."""
    for release in model.releases.values():
        for index, evidence in enumerate(release.evidence):
            pinned = (
                release.record.place("evidence", index, "digest") if evidence.digest != evidence.pin.digest else None
            )
            if pinned is None:
                continue
            if evidence.digest is None:
                yield fail(f"`{evidence.path}` is missing or too large", at=pinned)
            else:
                yield fail(
                    f"`{evidence.pin.path}` has another digest than the one pinned",
                    at=pinned,
                    notes=(Note(evidence.place(), f"this document is {evidence.digest}"),),
                )
