"""A release that enters an environment passes every gate with a fixed bound.

Why: The bounds are what the team and the organisation agreed to before they saw the numbers of this release.

Remedy: Promote a release that holds the bound; to move the bound is a change of thresholds with its own sign-off.
"""

from collections.abc import Iterator

from modelward.rules import Entry, Envelope, Finding, Gate, Note, Repository, fail, inconclusive, rule


@rule(on="change", over="entry")
def absolute_gates(entry: Entry, _repository: Repository) -> Iterator[Finding]:
    """One measurement of the gate's metric, slice and output, over enough samples, satisfies the bound."""
    if entry.returning:
        return
    thresholds = entry.model.thresholds
    for index, gate in enumerate(thresholds.spec.gates):
        if gate.absolute and entry.environment in gate.environments:
            note = Note(thresholds.place("gates", index), "the gate")
            yield from _judge(entry, gate, gate.min_samples or thresholds.spec.min_samples, note)


def _judge(entry: Entry, gate: Gate, needed: int, note: Note) -> Iterator[Finding]:
    found = [
        (evidence.place("content", "measurements", index, "value"), measurement)
        for evidence in entry.release.newest_evidence().values()
        if isinstance(evidence.envelope, Envelope)
        for index, measurement in enumerate(evidence.envelope.content.measurements)
        if (measurement.metric, measurement.slice, measurement.output) == (gate.metric, gate.slice, gate.output)
    ]
    what = f"{gate.metric} of release {entry.release.spec.release}"
    if len(found) != 1:
        said = "no evidence measures" if not found else "more than one document measures"
        yield inconclusive(f"{said} {what}", at=entry.release.record.place("evidence", key=True), notes=(note,))
        return
    place, measurement = found[0]
    if not measurement.samples >= needed:
        yield inconclusive(
            f"{what} was measured on {measurement.samples} samples, fewer than {needed}", at=place, notes=(note,)
        )
    value = measurement.value
    if gate.at_least is not None and not value >= gate.at_least:
        yield fail(f"{what} is {value:.4g}, below {gate.at_least:g}", at=place, notes=(note,))
    if gate.at_most is not None and not value <= gate.at_most:
        yield fail(f"{what} is {value:.4g}, above {gate.at_most:g}", at=place, notes=(note,))
