"""What evidence says of the releases that a change moves in, beside the bounds that it is held against: for signers."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from modelward.gate.step import Step
from modelward.rules.gating import BACKTEST, EntryGate, compared, gates_into, measured
from modelward.rules.subjects import Change, Entry
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName
from modelward.specs.thresholds import Gate
from modelward.tree.place import Place, Unreadable

_AGAINST: Final[tuple[Literal["champion", "baseline"] | None, ...]] = (None, "baseline", "champion")


@dataclass(frozen=True)
class Number:
    """One gate of an entry: what it asks for, and what evidence says; `place` is None where nothing says it."""

    model: ModelName
    environment: EnvironmentName
    release: ReleaseName
    metric: str
    bound: str
    value: str
    samples: int | None
    place: Place | None


def numbers(step: Step) -> Iterator[Number]:
    """The numbers of every release that the change moves into an environment; of a rollback none are asked for."""
    for scope in step.scopes:
        if scope.startswith("models/"):
            try:
                yield from _of_model(step, ModelName(scope.removeprefix("models/")))
            except Unreadable:
                # A finding of its own, which denies.
                continue


def _of_model(step: Step, name: ModelName) -> Iterator[Number]:
    if name not in step.head.model_names():
        return
    before = step.base.model(name) if name in step.base.model_names() else None
    for entry in Change(before, step.head.model(name), partial(step.held, name)).entries:
        if not entry.returning:
            for versus in _AGAINST:
                for demanded in gates_into(entry, versus):
                    yield _number(entry, demanded)


def _number(entry: Entry, demanded: EntryGate) -> Number:
    gate = demanded.gate
    value, samples, place = "not in evidence", None, None
    if gate.versus == "champion":
        backtest = entry.release.newest_evidence().get(BACKTEST)
        for found in [] if backtest is None else compared(backtest, gate):
            one = found.value
            interval = f"{one.interval.low:.4g} to {one.interval.high:.4g}"
            value = f"{one.challenger:.4g} against {one.champion:.4g} (difference {interval})"
            samples, place = one.samples, found.place("challenger")
    else:
        for measurement in measured(entry.release, gate):
            value, samples = f"{measurement.value.value:.4g}", measurement.value.samples
            place = measurement.place("value")
    known = (entry.model.manifest.spec.model, entry.environment, entry.release.spec.release)
    return Number(*known, _metric(gate), _bound(gate), value, samples, place)


def _metric(gate: Gate) -> str:
    return gate.metric + (f" of {gate.output}" if gate.output else "") + (f" by {gate.slice}" if gate.slice else "")


def _bound(gate: Gate) -> str:
    if gate.versus == "baseline":
        return f"worse than the baseline by at most {gate.relative:.0%}"
    if gate.better_by_at_least is not None:
        return f"better than the champion by at least {gate.better_by_at_least:g}"
    if gate.worse_by_at_most is not None:
        return f"worse than the champion by at most {gate.worse_by_at_most:g}"
    return f"at least {gate.at_least:g}" if gate.at_least is not None else f"at most {gate.at_most:g}"
