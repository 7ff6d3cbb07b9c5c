"""Evidence for a release that enters an environment is not older than the floors allow there.

Why: A release that waited was measured on data, and against clients, that are no more.

Remedy: Collect the evidence again, and pin the new document at the end of `evidence:`.
"""

from collections.abc import Iterator

from modelward.rules import Entry, Envelope, Finding, Repository, evidence_for, fail, rule


@rule(on="change", over="entry")
def evidence_fresh(entry: Entry, repository: Repository) -> Iterator[Finding]:
    """The newest document of each demanded kind was produced within the shortest age that a floor gives."""
    if entry.returning:
        return
    newest = entry.release.newest_evidence()
    for kind, demand in evidence_for(entry, repository).items():
        oldest = demand.value.max_age
        if oldest is None or kind not in newest or not isinstance(newest[kind].envelope, Envelope):
            continue
        if not repository.now - newest[kind].envelope.produced.at <= oldest.fixed:
            yield fail(
                f"`{kind}` evidence of release {entry.release.spec.release} was produced more than {oldest} ago",
                at=newest[kind].place("produced", "at"),
                notes=(repository.demanded(demand),),
            )
