"""Evidence about a release was produced after the release was trained.

Why: What was measured before the artifact existed was measured on another one.

Remedy: Collect the evidence from this artifact, or correct when it was trained before the release is merged.
"""

from collections.abc import Iterator
from datetime import timedelta

from modelward.rules import Envelope, Finding, Model, Note, Repository, fail, rule

# Training and measuring may run on two machines.
_SKEW = timedelta(minutes=5)


@rule(on="state", over="model")
def evidence_after_training(model: Model, _repository: Repository) -> Iterator[Finding]:
    """No document was produced more than five minutes before its release was trained."""
    for name, release in model.releases.items():
        if release.spec.trained is None:
            continue
        for evidence in release.evidence:
            if not isinstance(evidence.envelope, Envelope):
                continue
            if not evidence.envelope.produced.at >= release.spec.trained.at - _SKEW:
                yield fail(
                    f"`{evidence.pin.kind}` evidence was produced before release {name} was trained",
                    at=evidence.place("produced", "at"),
                    notes=(Note(release.record.place("trained", "at"), "trained here"),),
                )
