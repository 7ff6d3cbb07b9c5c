"""A release that enters an environment passes every gate against the champion, the release that it replaces there.

Why: A release can hold every fixed bound and still be worse than the one that serves. Both are scored on the same rows,
and how far chance may have helped stands in the interval of their difference.

Remedy: Collect a backtest against the present champion on enough rows; a release that is worse on them stays out.
"""

from collections.abc import Iterator

from modelward.rules import (
    BACKTEST,
    Entry,
    EntryGate,
    Envelope,
    Evidence,
    Finding,
    Note,
    Repository,
    compared,
    fail,
    gates_into,
    inconclusive,
    rule,
)

# The lower end of a two-sided interval of 90 % is the bound that the truth undercuts in 5 % of all cases.
_CONFIDENCE = 0.90


@rule(on="change", over="entry")
def champion_gates(entry: Entry, _repository: Repository) -> Iterator[Finding]:
    """The newest backtest is against the champion, and each comparison passes; without a champion there is none."""
    gates = list(gates_into(entry, "champion"))
    if entry.returning or entry.champion is None or not gates:
        return
    holds, notes = entry.champion.spec, (Note(entry.champion.record.place("release"), "the champion"), gates[0].note)
    backtest = entry.release.newest_evidence().get(BACKTEST)
    scored = None
    if backtest is not None and isinstance(backtest.envelope, Envelope):
        scored = backtest.envelope.content.champion
    if scored is None:
        said = f"no backtest compares release {entry.release.spec.release} with the champion {holds.release}"
        yield inconclusive(said, at=entry.release.record.place("evidence", key=True), notes=notes)
    elif (scored.release, scored.artifact) != (holds.release, holds.artifact.digest):
        other = "another artifact of " if scored.release == holds.release else ""
        said = f"the backtest compares with {scored.release}, and {entry.environment} runs {other}{holds.release}"
        yield inconclusive(said, at=backtest.place("content", "champion"), notes=notes)
    else:
        for demanded in gates:
            yield from _judge(entry, demanded, backtest)


def _judge(entry: Entry, demanded: EntryGate, backtest: Evidence) -> Iterator[Finding]:
    gate, notes = demanded.gate, (demanded.note,)
    what = f"{gate.metric} of release {entry.release.spec.release}"
    found = compared(backtest, gate)
    if len(found) != 1 or demanded.metric is None:
        said = "is compared more than once" if found else "is not compared with the champion's"
        said = said if demanded.metric else "has no direction in which it is better"
        yield inconclusive(f"{what} {said}", at=backtest.place("content", "comparisons", key=True), notes=notes)
        return
    value, sign = found[0].value, 1 if demanded.metric.better == "higher" else -1
    if not value.samples >= demanded.samples:
        said = f"{what} was compared on {value.samples} samples, fewer than {demanded.samples}"
        yield inconclusive(said, at=found[0].place("samples"), notes=notes)
    if gate.test == "point":
        gain, place = sign * value.difference, found[0].place("difference")
        if not gain >= -gate.worse_by_at_most:
            said = f"{what} is {value.challenger:.4g}, worse than the champion's {value.champion:.4g} by more than "
            yield fail(f"{said}{gate.worse_by_at_most:g}", at=place, notes=notes)
        return
    if not value.interval.confidence >= _CONFIDENCE:
        said = f"{what} is compared at a confidence of {value.interval.confidence:g}, below {_CONFIDENCE:g}"
        yield inconclusive(said, at=found[0].place("interval", "confidence"), notes=notes)
        return
    end = {1: "low", -1: "high"}[sign]
    least, place = sign * getattr(value.interval, end), found[0].place("interval", end)
    if gate.test == "non_inferiority" and not least > -gate.worse_by_at_most:
        said = f"{what} may be {-least:.4g} worse than the champion's {value.champion:.4g}, which is not less than "
        yield fail(f"{said}{gate.worse_by_at_most:g}", at=place, notes=notes)
    if gate.test == "superiority" and not (least >= gate.better_by_at_least and least > 0):
        said = f"{what} is not shown to be better than the champion's {value.champion:.4g} by "
        yield fail(f"{said}{gate.better_by_at_least:g}: it may be {least:.4g}", at=place, notes=notes)
