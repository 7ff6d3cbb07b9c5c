"""A release that enters an environment has every kind of evidence that the floors demand there.

Why: What nobody measured, nobody holds against a bound; a report that is missing would pass by its absence.

Remedy: Produce the kind that is missing with `modelward evidence collect`, or attach another tool's document.
"""

from collections.abc import Iterator

from modelward.rules import Entry, Envelope, Finding, Repository, evidence_for, fail, rule


@rule(on="change", over="entry")
def evidence_present(entry: Entry, repository: Repository) -> Iterator[Finding]:
    """A readable document of each demanded kind is pinned."""
    if entry.returning:
        return
    newest = entry.release.newest_evidence()
    for kind, demand in evidence_for(entry, repository).items():
        if kind not in newest or not isinstance(newest[kind].envelope, Envelope):
            yield fail(
                f"release {entry.release.spec.release} enters {entry.environment} without `{kind}` evidence",
                at=entry.release.record.place("evidence", key=True),
                notes=(repository.demanded(demand),),
            )
