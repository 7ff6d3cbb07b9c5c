"""Nothing was measured later than now.

Why: A date in the future keeps old evidence fresh for ever.

Remedy: Set the clock of the machine that wrote the document, and produce it again.
"""

from collections.abc import Iterator
from datetime import timedelta

from modelward.rules import Envelope, Finding, Model, Repository, fail, rule

_SKEW = timedelta(minutes=5)


@rule(on="state", over="model", always_mandatory=True)
def evidence_not_from_future(model: Model, repository: Repository) -> Iterator[Finding]:
    """No document was produced more than five minutes from now."""
    latest = repository.now + _SKEW
    for name, release in model.releases.items():
        for evidence in release.evidence:
            if isinstance(evidence.envelope, Envelope) and not evidence.envelope.produced.at <= latest:
                yield fail(
                    f"`{evidence.pin.kind}` evidence of release {name} was produced in the future",
                    at=evidence.place("produced", "at"),
                )
