"""From samples to measurements: values with their resamples, over all rows and between groups of them.

A measure that the rows do not define is reported as a check of verdict `inconclusive`, never as a number.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from modelward.errors import CannotEvaluate
from modelward.evidence.tasks.catalogue import BETWEEN_GROUPS
from modelward.evidence.tasks.interface import Sample
from modelward.evidence.terms import Wanted
from modelward.specs.evidence import Check, Comparison, Measurement
from modelward.statistics.bootstrap import Array, Bootstrap

ROWS = "percentile bootstrap of rows"
WITHIN_GROUPS = "percentile bootstrap of rows within groups"
PAIRED = "paired percentile bootstrap of rows; `low` is the one-sided 5 % bound"
PAIRED_WITHIN_GROUPS = "paired percentile bootstrap of rows within groups; `low` is the one-sided 5 % bound"
MOST_GROUPS = 50


class Estimate(NamedTuple):
    """A value over `samples` rows, and the same value for each resample; not finite where it is undefined."""

    value: float
    draws: Array
    samples: int
    missing: str


Estimates = Mapping[Wanted, Estimate]


def estimate(samples: Sequence[Sample], wanted: Sequence[Wanted], bootstrap: Bootstrap) -> list[Estimates]:
    """Estimates for each of the samples, which hold the same rows: each resample is drawn once for all of them."""
    names = list(dict.fromkeys(one.metric for one in wanted))
    drawn = _drawn(samples, names, bootstrap, stratum=0)
    return [
        {one: Estimate(point[one.metric], draws[one.metric], sample.rows, sample.missing(one.metric)) for one in wanted}
        for sample, point, draws in zip(samples, map(partial(_point, names), samples), drawn, strict=True)
    ]


@dataclass(frozen=True)
class Groups:
    """The groups of a column: their names, sorted, and the rows of each."""

    slice: str
    of_row: NDArray[np.str_]
    names: tuple[str, ...]
    rows: tuple[NDArray[np.intp], ...]

    @classmethod
    def of(cls, slice_: str, values: NDArray[np.str_]) -> "Groups":
        """The groups that the values of a column form; refuses fewer than two, and more than `MOST_GROUPS`."""
        names = tuple(map(str, np.unique(values)))
        if len(names) < 2:
            raise CannotEvaluate(f"`{slice_}` has one group only", "give rows of at least two groups")
        if len(names) > MOST_GROUPS:
            raise CannotEvaluate(
                f"`{slice_}` has {len(names)} groups, over the limit of {MOST_GROUPS}",
                "name a column of few groups, such as bands of age",
            )
        return cls(slice_, values, names, tuple(np.flatnonzero(values == name) for name in names))

    @property
    def smallest(self) -> int:
        """The size of the smallest group."""
        return min(map(len, self.rows))


class OfGroups(NamedTuple):
    """Estimates between the groups, and the value of each measure in each group with its resamples."""

    between: Estimates
    each: Mapping[str, Mapping[str, Estimate]]


def estimate_groups(
    samples: Sequence[Sample], wanted: Sequence[Wanted], groups: Groups, bootstrap: Bootstrap
) -> list[OfGroups]:
    """Estimates between groups for each of the samples, which hold the same rows.

    Rows are resampled within each group, whose size is no matter of chance. What is wanted is a measure between
    groups, or a measure of rows, which then is that of the group where it is worst. A largest difference is larger in
    resamples than in the rows, as chance is added to each group, so that its interval errs on the strict side.
    """
    names = list(dict.fromkeys(part for one in wanted for part in _parts(one)))
    drawn: list[list[Mapping[str, Array]]] = [[] for _ in samples]
    for number, rows in enumerate(groups.rows):
        of_group = [sample.take(rows) for sample in samples]
        for found, draws in zip(drawn, _drawn(of_group, names, bootstrap, stratum=number + 1), strict=True):
            found.append(draws)
    return [_of_groups(sample, wanted, names, groups, draws) for sample, draws in zip(samples, drawn, strict=True)]


def _of_groups(
    sample: Sample, wanted: Sequence[Wanted], names: list[str], groups: Groups, drawn: list[Mapping[str, Array]]
) -> OfGroups:
    from fairlearn.metrics import MetricFrame

    rows = np.arange(sample.rows)
    frame = MetricFrame(
        metrics={name: partial(_of_rows, sample, name) for name in names},
        y_true=rows,
        y_pred=rows,
        sensitive_features=groups.of_row,
    )
    each = {
        group: {
            name: Estimate(float(frame.by_group.loc[group, name]), draws[name], len(members), sample.missing(name))
            for name in names
        }
        for group, members, draws in zip(groups.names, groups.rows, drawn, strict=True)
    }
    between = {}
    for one in wanted:
        parts = _parts(one)
        undefined = [
            f"in group {group}, {values[part].missing}"
            for group, values in each.items()
            for part in parts
            if not np.isfinite(values[part].value)
        ]
        value = np.nan if undefined else _aggregated(one, frame)
        stacked = [np.stack([of_group[part] for of_group in drawn], axis=1) for part in parts]
        with np.errstate(invalid="ignore", divide="ignore"):
            draws = np.max([_AGGREGATES[_how(one)](values) for values in stacked], axis=0)
        missing = undefined[0] if undefined else "every group has the value 0"
        between[one] = Estimate(float(value), draws, groups.smallest, missing)
    return OfGroups(between, each)


def _of_rows(sample: Sample, name: str, rows: NDArray[np.intp], _same: object) -> float:
    return _point([name], sample.take(np.asarray(rows)))[name]


def _parts(one: Wanted) -> tuple[str, ...]:
    """The measures of rows that a measure between groups is made of."""
    return BETWEEN_GROUPS[one.metric][0] if one.metric in BETWEEN_GROUPS else (one.metric,)


def _how(one: Wanted) -> str:
    """How the values of groups become one: by the measure's own way, or the worst of them."""
    if one.metric in BETWEEN_GROUPS:
        return BETWEEN_GROUPS[one.metric][1]
    return "lowest" if one.better == "higher" else "highest"


def _aggregated(one: Wanted, frame: Any) -> float:
    values = {
        "difference": lambda: frame.difference(method="between_groups"),
        "ratio": lambda: frame.ratio(method="between_groups"),
        "lowest": frame.group_min,
        "highest": frame.group_max,
    }[_how(one)]()
    return float(max(values[part] for part in _parts(one)))


_AGGREGATES: Mapping[str, Callable[[Array], Array]] = {
    "difference": lambda values: np.ptp(values, axis=1),
    "ratio": lambda values: values.min(axis=1) / values.max(axis=1),
    "lowest": lambda values: values.min(axis=1),
    "highest": lambda values: values.max(axis=1),
}


def measurements(estimates: Estimates, bootstrap: Bootstrap, method: str) -> tuple[list[Measurement], list[Check]]:
    """What is measured with its interval, and a check for each measure that is not."""
    found: list[Measurement] = []
    undefined: list[Check] = []
    for one, (value, draws, samples, missing) in estimates.items():
        interval = bootstrap.interval(draws, method)
        if not np.isfinite(value):
            undefined.append(_undefined(one, f"{one.metric} is undefined: {missing}"))
        elif interval is None:
            undefined.append(_undefined(one, f"{one.metric} has no interval: in some resamples, {missing}"))
        else:
            found.append(
                Measurement(
                    metric=one.metric,
                    value=value,
                    samples=samples,
                    unit=one.unit,
                    slice=one.slice,
                    output=one.output,
                    interval=interval,
                )
            )
    return found, undefined


def comparisons(
    challenger: Estimates, champion: Estimates, bootstrap: Bootstrap, method: str
) -> tuple[list[Comparison], list[Check]]:
    """Both releases' values with the interval of their difference, and a check for each measure that has none."""
    found: list[Comparison] = []
    undefined: list[Check] = []
    for one, ours in challenger.items():
        theirs = champion[one]
        missing = theirs.missing if np.isfinite(ours.value) else ours.missing
        interval = bootstrap.interval(ours.draws - theirs.draws, method)
        if not (np.isfinite(ours.value) and np.isfinite(theirs.value)):
            undefined.append(_undefined(one, f"{one.metric} is undefined: {missing}"))
        elif interval is None:
            undefined.append(_undefined(one, f"{one.metric} has no interval: in some resamples, {missing}"))
        else:
            found.append(
                Comparison(
                    metric=one.metric,
                    champion=theirs.value,
                    challenger=ours.value,
                    difference=ours.value - theirs.value,
                    samples=ours.samples,
                    unit=one.unit,
                    slice=one.slice,
                    output=one.output,
                    interval=interval,
                )
            )
    return found, undefined


def _undefined(one: Wanted, detail: str) -> Check:
    return Check(check=f"{one.slug}-defined", verdict="inconclusive", detail=detail)


def _point(names: Iterable[str], sample: Sample) -> dict[str, float]:
    values = sample.measured(names, np.ones((1, sample.rows)))
    return {name: float(value[0]) for name, value in values.items()}


def _drawn(
    samples: Sequence[Sample], names: list[str], bootstrap: Bootstrap, stratum: int
) -> list[Mapping[str, Array]]:
    """Every measure for every resample, for each of the samples."""
    blocks: list[list[Mapping[str, Array]]] = [[] for _ in samples]
    for counts in bootstrap.resamples(samples[0].rows, stratum):
        for sample, found in zip(samples, blocks, strict=True):
            found.append(sample.measured(names, counts))
    return [_joined(names, found) for found in blocks]


def _joined(names: Iterable[str], blocks: list[Mapping[str, Array]]) -> dict[str, Array]:
    return {name: np.concatenate([block[name] for block in blocks]) for name in names}
