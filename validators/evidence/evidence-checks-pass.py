"""Every check in the newest evidence of a release that enters an environment says pass.

Why: A model that does not load, or scores outside its range, fails its clients however good its numbers are.

Remedy: Promote a release whose checks pass; where a check could not tell, collect the evidence on enough rows.
"""

from collections.abc import Iterator

from modelward.rules import Entry, Envelope, Finding, Repository, fail, inconclusive, rule


@rule(on="change", over="entry")
def evidence_checks_pass(entry: Entry, _repository: Repository) -> Iterator[Finding]:
    """No check fails, ends in an error, or cannot tell."""
    if entry.returning:
        return
    for kind, evidence in entry.release.newest_evidence().items():
        if not isinstance(evidence.envelope, Envelope):
            continue
        for index, check in enumerate(evidence.envelope.content.checks):
            if check.verdict == "pass":
                continue
            finding = inconclusive if check.verdict == "inconclusive" else fail
            yield finding(
                f"the check `{check.check}` in the `{kind}` evidence of release {entry.release.spec.release} "
                f"says {check.verdict}: {check.detail}",
                at=evidence.place("content", "checks", index, "verdict"),
            )
