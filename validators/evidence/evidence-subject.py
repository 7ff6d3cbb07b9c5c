"""Evidence speaks of the release that pins it.

Why: Good numbers of another model, release or artifact say nothing about this one.

Remedy: Collect the evidence for this release, from its own artifact and data.
"""

from collections.abc import Iterator

from modelward.rules import Envelope, Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model", always_mandatory=True)
def evidence_subject(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Model, release and artifact of the subject are the release's own; its datasets are among the release's."""
    for release in model.releases.values():
        pinned = {dataset.digest for dataset in release.spec.datasets}
        for evidence in release.evidence:
            if not isinstance(evidence.envelope, Envelope):
                continue
            subject = evidence.envelope.subject
            expected = (
                ("model", subject.model, model.name, model.manifest, ("model",)),
                ("release", subject.release, release.spec.release, release.record, ("release",)),
                ("artifact", subject.artifact, release.spec.artifact.digest, release.record, ("artifact", "digest")),
            )
            for field, said, is_, file, pointer in expected:
                if said != is_:
                    yield fail(
                        f"the evidence speaks of {field} `{said}`, not `{is_}`",
                        at=evidence.place("subject", field),
                        notes=(Note(file.place(*pointer), "the release is this one"),),
                    )
            for index, digest in enumerate(subject.datasets):
                if digest not in pinned:
                    yield fail(
                        f"the evidence was measured on data that release {release.spec.release} does not name",
                        at=evidence.place("subject", "datasets", index),
                    )
