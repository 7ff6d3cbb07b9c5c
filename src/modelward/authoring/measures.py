"""Outputs, metrics and gates that a new model starts from, by its task and the organisation's floors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from modelward.specs.manifest import Task
from modelward.specs.scalars import EnvironmentName
from modelward.specs.thresholds import Better, Gate
from modelward.tree.edit import Value

_LATENCY: Final = "latency_p95"
_LATENCY_BOUND: Final = 200
# Enough calls for a 95th percentile; fewer rows than a measure of quality needs.
_LATENCY_SAMPLES: Final = 100


@dataclass(frozen=True)
class _Start:
    """What a task is measured by: metrics with the better direction, and the first is what releases compete in."""

    metrics: Mapping[str, Better]
    absolute: Mapping[str, float]
    """Bounds to start from, for metrics whose scale does not depend on the data."""
    between_groups: tuple[str, float] | None = None
    """The measure of fairness, and the most that it may be."""


_STARTS: Final[Mapping[Task | None, _Start]] = {
    "binary": _Start(
        {
            "auc_roc": "higher",
            "precision": "higher",
            "recall": "higher",
            "f1": "higher",
            "brier": "lower",
            "false_positive_rate": "lower",
        },
        {"auc_roc": 0.7, "precision": 0.5},
        ("demographic_parity_difference", 0.1),
    ),
    "multiclass": _Start(
        {"macro_f1": "higher", "accuracy": "higher", "log_loss": "lower"},
        {"macro_f1": 0.6},
        ("accuracy_difference", 0.1),
    ),
    "regression": _Start({"mae": "lower", "rmse": "lower", "r2": "higher"}, {"r2": 0.5}),
}
_MARGIN: Final = 0.02
_NO_START: Final = _Start({}, {})
_UNITS: Final = {_LATENCY: "ms", "mae": "units of the label", "rmse": "units of the label", "log_loss": "nats"}
_OUTPUTS: Final[Mapping[Task | None, Mapping[str, Value]]] = {
    "binary": {"name": "probability", "kind": "probability", "range": [0, 1], "positive": 1, "threshold": 0.5},
    "multiclass": {"name": "predicted", "kind": "class"},
    "regression": {"name": "predicted", "kind": "number"},
    "forecast": {"name": "predicted", "kind": "number"},
    "ranking": {"name": "ranked", "kind": "ranking"},
    "generation": {"name": "generated", "kind": "text"},
}
NUMERIC: Final[tuple[Task, ...]] = ("regression", "forecast")
"""Tasks whose answer is a number, of which only the team knows the range."""


def outputs(task: Task | None, range_: tuple[float, float] | None) -> list[Value]:
    """What a model of a task returns; nothing for a task that is not known."""
    output = _OUTPUTS.get(task)
    if output is None:
        return []
    return [output if range_ is None or task not in NUMERIC else {**output, "range": list(range_)}]


def competed_in(task: Task | None) -> str | None:
    """The metric in which releases of a task compete, or None when nothing of the task is built in."""
    return next(iter(_STARTS.get(task, _NO_START).metrics), None)


def competed_within(task: Task | None, range_: tuple[float, float] | None) -> tuple[str, float] | None:
    """The metric in which releases compete while both serve, and by how much one may be worse and still go on.

    Never by 0: samples show of nothing that it is equal. An error in units of the label may be worse by a share of
    the range.
    """
    metric = competed_in(task)
    if metric is None:
        return None
    span = 1.0 if task not in NUMERIC or range_ is None else range_[1] - range_[0]
    return metric, float(f"{_MARGIN * span:.1g}") if span > 0 else _MARGIN


def metrics(task: Task | None, group: str | None, floors: Sequence[Gate]) -> dict[str, Value]:
    """The metrics to declare: those of the task, latency, and what floors speak of."""
    start = _STARTS.get(task, _NO_START)
    known: dict[str, Better] = dict(start.metrics)
    if group is not None and start.between_groups is not None:
        known[start.between_groups[0]] = "lower"
    known[_LATENCY] = "lower"
    declared: dict[str, Value] = {name: _metric(name, better, "builtin") for name, better in known.items()}
    for gate in floors:
        better: Better = "higher" if gate.at_least is not None else "lower"
        declared.setdefault(gate.metric, _metric(gate.metric, better, "reported"))
    return declared


def gates(
    task: Task | None,
    group: str | None,
    floors: Sequence[Gate],
    environments: Sequence[EnvironmentName],
    replacing: Sequence[EnvironmentName],
) -> list[Value]:
    """The gates to start from: bounds that no floor undercuts, the floors' other gates, and the champion.

    Bounds hold in all `environments`, the comparison with the champion in those that releases are promoted to.
    """
    start = _STARTS.get(task, _NO_START)
    bounds = [_Bound(metric, start.metrics[metric], bound) for metric, bound in start.absolute.items()]
    if group is not None and start.between_groups is not None:
        bounds.append(_Bound(start.between_groups[0], "lower", start.between_groups[1], group))
    bounds.append(_Bound(_LATENCY, "lower", _LATENCY_BOUND, least_samples=_LATENCY_SAMPLES))
    bounds = [bound.under(floors) for bound in bounds] if environments else []
    written: list[Value] = [bound.gate(environments) for bound in bounds]
    written.extend(_written(floor) for floor in floors if not any(bound.speaks_of(floor) for bound in bounds))
    competed = competed_in(task)
    if competed is not None and replacing:
        champion: dict[str, Value] = {"metric": competed, "environments": list(replacing), "versus": "champion"}
        written.append(champion | {"worse_by_at_most": 0.0, "test": "point"})
    return written


@dataclass(frozen=True)
class _Bound:
    """A fixed bound of one metric, over all rows or between the groups of a column."""

    metric: str
    better: Better
    value: float
    group: str | None = None
    least_samples: int | None = None

    def speaks_of(self, floor: Gate) -> bool:
        """Whether a floor's gate bounds the same value from the same side."""
        side = floor.at_least if self.better == "higher" else floor.at_most
        same = (floor.metric, floor.slice, floor.output) == (self.metric, self.group, None)
        return same and floor.absolute and side is not None and floor.min_samples is None

    def under(self, floors: Sequence[Gate]) -> "_Bound":
        """The bound, or the strictest that the floors set on the same value."""
        values = [self.value]
        for floor in filter(self.speaks_of, floors):
            values.extend(side for side in (floor.at_least, floor.at_most) if side is not None)
        return replace(self, value=max(values) if self.better == "higher" else min(values))

    def gate(self, environments: Sequence[EnvironmentName]) -> Value:
        """The gate that demands it."""
        gate: dict[str, Value] = {"metric": self.metric}
        if self.group is not None:
            gate["slice"] = self.group
        gate |= {"environments": list(environments), "at_least" if self.better == "higher" else "at_most": self.value}
        return gate if self.least_samples is None else gate | {"min_samples": self.least_samples}


def _metric(name: str, better: Better, computed: str) -> Value:
    return {"better": better, "unit": _UNITS.get(name, "ratio"), "computed": computed}


def _written(gate: Gate) -> dict[str, Value]:
    """The gate as its floor writes it."""
    return {name: value for name, value in gate.model_dump(mode="json").items() if value is not None}
