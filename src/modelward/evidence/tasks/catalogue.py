"""Which measures each task has built in, over all rows and between groups of rows."""

from collections.abc import Iterable, Mapping
from typing import Final

from modelward.errors import WrongUse
from modelward.evidence.tasks import binary, multiclass, regression
from modelward.specs.manifest import Task
from modelward.specs.thresholds import Metric

LATENCY: Final = "latency_p95"
"""Measured when the artifact is validated, whatever its task."""

_OF_ROWS: Final[Mapping[Task, frozenset[str]]] = {
    "binary": frozenset(binary.MEASURES),
    "multiclass": frozenset(multiclass.MEASURES),
    "regression": frozenset(regression.MEASURES),
}

BETWEEN_GROUPS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "demographic_parity_difference": (("selection_rate",), "difference"),
    "demographic_parity_ratio": (("selection_rate",), "ratio"),
    "equal_opportunity_difference": (("recall",), "difference"),
    "equalized_odds_difference": (("recall", "false_positive_rate"), "difference"),
    "false_positive_rate_difference": (("false_positive_rate",), "difference"),
    "accuracy_difference": (("accuracy",), "difference"),
    "mae_difference": (("mae",), "difference"),
    "mean_error_difference": (("mean_error",), "difference"),
}
"""Measures between groups: those of rows that each group is measured by, and how the groups' values become one.

`difference` is the largest between two groups, `ratio` the smallest; of several measures the largest counts.
"""


def measures_rows(task: Task | None, name: str) -> bool:
    """Whether `name` is a built-in measure of all rows of this task."""
    return (task is not None and name in _OF_ROWS.get(task, ())) or (
        task == "regression" and regression.WITHIN.fullmatch(name) is not None
    )


def measures_groups(task: Task | None, name: str) -> bool:
    """Whether `name` is a built-in measure between groups of rows of this task."""
    return name in BETWEEN_GROUPS and all(measures_rows(task, part) for part in BETWEEN_GROUPS[name][0])


def built_in(task: Task) -> tuple[str, ...]:
    """The names of all measures of a task, as a person would write them."""
    families = ("within_N", "within_N_percent") if task == "regression" else ()
    between = (name for name in BETWEEN_GROUPS if measures_groups(task, name))
    return (*sorted(_OF_ROWS.get(task, ())), *families, *between, LATENCY)


def check_known(task: Task, metrics: Mapping[str, Metric]) -> None:
    """Raise `WrongUse` when a metric is said to be built in and is not."""
    unknown = sorted(_unknown(task, metrics))
    if unknown:
        raise WrongUse(
            f"thresholds.yaml: `{unknown[0]}` is no built-in metric of the task {task}",
            f"built in are {', '.join(built_in(task))}; declare any other `computed: reported`",
        )


def _unknown(task: Task, metrics: Mapping[str, Metric]) -> Iterable[str]:
    for name, metric in metrics.items():
        known = name == LATENCY or measures_rows(task, name) or measures_groups(task, name)
        if metric.computed == "builtin" and not known:
            yield name
