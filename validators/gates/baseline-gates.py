"""A release that enters an environment is not much worse than it was on the rows of its baseline.

Why: A score on new data that falls far below the one on the data that the monitor compares with is drift before the
first client is served.

Remedy: Collect metrics and baseline on enough rows; a release that has fallen is trained again.
"""

from collections.abc import Iterator

from modelward.rules import (
    Entry,
    EntryGate,
    Finding,
    Repository,
    fail,
    gates_into,
    inconclusive,
    measured,
    referenced,
    rule,
)


@rule(on="change", over="entry")
def baseline_gates(entry: Entry, _repository: Repository) -> Iterator[Finding]:
    """Each measured value is worse than the newest baseline's reference by at most the gate's share of it."""
    if entry.returning:
        return
    for demanded in gates_into(entry, "baseline"):
        yield from _judge(entry, demanded)


def _judge(entry: Entry, demanded: EntryGate) -> Iterator[Finding]:
    gate, notes = demanded.gate, (demanded.note,)
    what = f"{gate.metric} of release {entry.release.spec.release}"
    baseline = entry.release.newest_evidence().get("baseline")
    nows, thens = measured(entry.release, gate), [] if baseline is None else referenced(baseline, gate)
    needs = {
        "one measurement": len(nows) == 1,
        "one reference in a baseline": len(thens) == 1,
        "a declared direction": demanded.metric is not None,
    }
    if lacks := [need for need, met in needs.items() if not met]:
        said = f"{what} lacks {' and '.join(lacks)}"
        yield inconclusive(said, at=entry.release.record.place("evidence", key=True), notes=notes)
        return
    (now,), (then,) = nows, thens
    for found in (now, then):
        if not found.value.samples >= demanded.samples:
            said = f"{what} was measured on {found.value.samples} samples, fewer than {demanded.samples}"
            yield inconclusive(said, at=found.place("samples"), notes=notes)
    if then.value.value == 0:
        yield inconclusive(f"{what} was 0 in its baseline: no share of that", at=then.place("value"), notes=notes)
        return
    loss = (then.value.value - now.value.value) * (1 if demanded.metric.better == "higher" else -1)
    if not loss <= gate.relative * abs(then.value.value):
        said = f"{what} is {now.value.value:.4g}, worse than its baseline's {then.value.value:.4g} by more than "
        yield fail(f"{said}{gate.relative:.4g} of it", at=now.place("value"), notes=notes)
