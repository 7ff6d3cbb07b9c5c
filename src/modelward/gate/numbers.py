"""What evidence says of the releases that a change moves in, beside the bounds that it is held against: for signers."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from modelward.gate.step import Step
from modelward.rules.gating import BACKTEST, Found, compared, measured
from modelward.rules.subjects import Change, Entry
from modelward.specs.evidence import Comparison, Measurement
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName
from modelward.specs.thresholds import Gate
from modelward.tree.model import ReleaseFolder
from modelward.tree.place import Place, Unreadable

NOT_FOUND: Final = "not measured"


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
            for gate in entry.model.thresholds.spec.gates:
                if entry.environment in gate.environments:
                    yield _number(entry, gate)


def _number(entry: Entry, gate: Gate) -> Number:
    known = (entry.model.manifest.spec.model, entry.environment, entry.release.spec.release)
    one = found(entry.release, gate)
    if one is None:
        return Number(*known, named(gate), demanded(gate), NOT_FOUND, None, None)
    place = one.place("challenger" if isinstance(one.value, Comparison) else "value")
    return Number(*known, named(gate), demanded(gate), worded(one.value), one.value.samples, place)


def found(release: ReleaseFolder, gate: Gate) -> Found[Measurement] | Found[Comparison] | None:
    """What evidence says of a gate's metric: of the challenger and the champion where the gate compares them."""
    if gate.versus != "champion":
        return next(iter(measured(release, gate)), None)
    backtest = release.newest_evidence().get(BACKTEST)
    return None if backtest is None else next(iter(compared(backtest, gate)), None)


def named(gate: Gate) -> str:
    """A gate's metric, with the slice and the output that it is of."""
    return " ".join(filter(None, (gate.metric, gate.slice and f"of {gate.slice}", gate.output and f"({gate.output})")))


def demanded(gate: Gate) -> str:
    """What a gate asks for, in words."""
    if gate.at_least is not None:
        return f"at least {gate.at_least:g}"
    if gate.at_most is not None:
        return f"at most {gate.at_most:g}"
    if gate.relative is not None:
        return f"worse than the baseline by at most {gate.relative:.0%}"
    if gate.better_by_at_least is not None:
        return f"better than the champion by at least {gate.better_by_at_least:g} (superiority)"
    return f"worse than the champion by at most {gate.worse_by_at_most:g} ({gate.test})"


def worded(value: Measurement | Comparison) -> str:
    """A value of evidence, in words."""
    if isinstance(value, Measurement):
        return f"{value.value:.6g} {value.unit}"
    return f"{value.challenger:.6g} against {value.champion:.6g} {value.unit}, difference {value.difference:+.6g}"
