"""A measure of groups carries an interval when its release enters an environment.

Why: Between small groups chance alone makes differences; a number without its interval hides how much of it is chance.

Remedy: Collect the evidence with `modelward evidence collect`, which gives each group measure its interval.
"""

from collections.abc import Iterator

from modelward.rules import Entry, Envelope, Finding, Repository, inconclusive, rule

_CONFIDENCE = 0.90


@rule(on="change", over="entry")
def group_intervals(entry: Entry, _repository: Repository) -> Iterator[Finding]:
    """Each measurement with a slice has an interval of at least 90 % confidence."""
    if entry.returning:
        return
    for evidence in entry.release.newest_evidence().values():
        if not isinstance(evidence.envelope, Envelope):
            continue
        for index, measurement in enumerate(evidence.envelope.content.measurements):
            interval = measurement.interval
            if measurement.slice is not None and (interval is None or not interval.confidence >= _CONFIDENCE):
                yield inconclusive(
                    f"{measurement.metric} by {measurement.slice} of release {entry.release.spec.release} has no "
                    f"interval of at least {_CONFIDENCE:.0%} confidence",
                    at=evidence.place("content", "measurements", index),
                )
