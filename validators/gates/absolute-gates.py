"""A release that enters an environment passes every gate with a fixed bound.

Why: The bounds are what the team and the organisation agreed to before they saw the numbers of this release.

Remedy: Promote a release that holds the bound; to move the bound is a change of thresholds with its own sign-off.
"""

from collections.abc import Iterator

from modelward.rules import Entry, EntryGate, Finding, Repository, fail, gates_into, inconclusive, measured, rule


@rule(on="change", over="entry")
def absolute_gates(entry: Entry, _repository: Repository) -> Iterator[Finding]:
    """One measurement of the gate's metric, slice and output, over enough samples, satisfies the bound."""
    if entry.returning:
        return
    for demanded in gates_into(entry, None):
        yield from _judge(entry, demanded)


def _judge(entry: Entry, demanded: EntryGate) -> Iterator[Finding]:
    gate, notes = demanded.gate, (demanded.note,)
    found = measured(entry.release, gate)
    what = f"{gate.metric} of release {entry.release.spec.release}"
    if len(found) != 1:
        said = "no evidence measures" if not found else "more than one document measures"
        yield inconclusive(f"{said} {what}", at=entry.release.record.place("evidence", key=True), notes=notes)
        return
    value, samples, place = found[0].value.value, found[0].value.samples, found[0].place("value")
    if not samples >= demanded.samples:
        yield inconclusive(
            f"{what} was measured on {samples} samples, fewer than {demanded.samples}", at=place, notes=notes
        )
    if gate.at_least is not None and not value >= gate.at_least:
        yield fail(f"{what} is {value:.4g}, below {gate.at_least:g}", at=place, notes=notes)
    if gate.at_most is not None and not value <= gate.at_most:
        yield fail(f"{what} is {value:.4g}, above {gate.at_most:g}", at=place, notes=notes)
