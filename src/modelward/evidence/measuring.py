"""Measures of decisions and scores on rows: pure functions from arrays to measurements.

A measure that the rows do not define is reported as a check of verdict `inconclusive`, never as a number; rows that
cannot be measured at all are refused with `CannotEvaluate`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from fairlearn.metrics import demographic_parity_difference
from numpy.typing import NDArray
from sklearn.metrics import (
    brier_score_loss,
    confusion_matrix,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

from modelward.errors import CannotEvaluate
from modelward.evidence.contents import GroupRate
from modelward.evidence.intervals import Array, Bootstrap, wilson
from modelward.specs.evidence import Check, Measurement

PERCENTILE_BOOTSTRAP = "percentile bootstrap of rows"
GROUPED_BOOTSTRAP = "percentile bootstrap of rows within groups"

Flags = NDArray[np.bool_]


class Measured(NamedTuple):
    """What the rows define, and a check for each measure that they leave undefined."""

    measurements: tuple[Measurement, ...]
    undefined: tuple[Check, ...]


class Parity(NamedTuple):
    """The difference between groups, and the rate of each group."""

    measurement: Measurement
    groups: tuple[GroupRate, ...]


@dataclass(frozen=True)
class _Sample:
    """Checked rows: the label, the probability of the positive class, and whether it reaches the threshold."""

    labels: Flags
    scores: Array
    decisions: Flags


@dataclass(frozen=True)
class _Measure:
    """One measure: its definition, when it is defined, and what is missing when it is not."""

    value: Callable[[_Sample], float]
    defined: Callable[[_Sample], bool]
    missing: str


def _false_positive_rate(rows: _Sample) -> float:
    negatives = confusion_matrix(rows.labels, rows.decisions, labels=[False, True])[0]
    return float(negatives[1] / negatives.sum())


_MEASURES: Mapping[str, _Measure] = {
    "auc_roc": _Measure(
        lambda rows: roc_auc_score(rows.labels, rows.scores),
        lambda rows: bool(rows.labels.any() and not rows.labels.all()),
        "the labels hold one class only",
    ),
    "precision": _Measure(
        lambda rows: precision_score(rows.labels, rows.decisions),
        lambda rows: bool(rows.decisions.any()),
        "no row is called positive",
    ),
    "recall": _Measure(
        lambda rows: recall_score(rows.labels, rows.decisions),
        lambda rows: bool(rows.labels.any()),
        "no label is positive",
    ),
    "f1": _Measure(
        lambda rows: f1_score(rows.labels, rows.decisions),
        lambda rows: bool(rows.labels.any() or rows.decisions.any()),
        "no label is positive and no row is called positive",
    ),
    "brier": _Measure(
        lambda rows: brier_score_loss(rows.labels, rows.scores, pos_label=True),
        lambda _: True,
        "",
    ),
    "false_positive_rate": _Measure(
        _false_positive_rate,
        lambda rows: not rows.labels.all(),
        "no label is negative",
    ),
}


def performance(labels: NDArray[Any], scores: NDArray[Any], threshold: float, bootstrap: Bootstrap) -> Measured:
    """Measure probabilities of the positive class, shape (rows,), against labels 0 and 1, shape (rows,).

    Measures are `auc_roc`, `precision`, `recall`, `f1`, `brier` and `false_positive_rate`, ratios between 0 and 1; a
    row is called positive when its score is at least `threshold`. Intervals resample rows. Raises `CannotEvaluate`
    when there is no row, shapes differ, a label is neither 0 nor 1, or a score is no number from 0 to 1.
    """
    sample = _sample(labels, scores, threshold)
    draws = _draws(sample, bootstrap)
    measurements = []
    undefined = []
    for metric, measure in _MEASURES.items():
        if not measure.defined(sample):
            slug = f"{metric.replace('_', '-')}-defined"
            detail = f"{metric} is undefined: {measure.missing}"
            undefined.append(Check(check=slug, verdict="inconclusive", detail=detail))
            continue
        measurements.append(
            Measurement(
                metric=metric,
                value=float(measure.value(sample)),
                samples=len(sample.labels),
                unit="ratio",
                interval=bootstrap.interval(draws[metric], PERCENTILE_BOOTSTRAP),
            )
        )
    return Measured(tuple(measurements), tuple(undefined))


def parity(scores: NDArray[Any], threshold: float, groups: NDArray[Any], slice_: str, bootstrap: Bootstrap) -> Parity:
    """The demographic parity difference between the groups of the column `slice_`, and each group's rate.

    It is the largest difference between two groups in the share of rows whose score is at least `threshold`
    (fairlearn's `demographic_parity_difference`). `groups` names each row's group in a string, shape (rows,). The
    interval resamples rows within each group, whose size is no matter of chance. Raises `CannotEvaluate` for scores
    that `performance` refuses, for groups that are no strings, and for fewer than two groups.
    """
    checked = _probabilities(scores)
    if groups.shape != checked.shape:
        raise CannotEvaluate(f"{groups.shape} groups for {checked.shape} scores", "give one group for each score")
    if groups.dtype.kind != "U":
        raise CannotEvaluate(f"groups of `{slice_}` are no strings", "name each group, also that of a missing value")
    names, members = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        raise CannotEvaluate(f"`{slice_}` has fewer than two groups", "compare a column that parts the rows")
    decisions = checked >= threshold
    sizes = np.bincount(members)
    selected = np.bincount(members, weights=decisions).astype(np.int64)
    rates = tuple(
        GroupRate(
            slice=slice_,
            group=str(name),
            samples=int(size),
            selection_rate=float(chosen / size),
            interval=wilson(int(chosen), int(size), bootstrap.confidence),
        )
        for name, size, chosen in zip(names, sizes, selected, strict=True)
    )
    # To draw a group's rows with replacement and count the selected ones is to draw from a binomial distribution.
    generator = np.random.default_rng(bootstrap.seed)
    drawn = generator.binomial(sizes, selected / sizes, size=(bootstrap.draws, len(names))) / sizes
    measurement = Measurement(
        metric="demographic_parity_difference",
        value=float(demographic_parity_difference(decisions, decisions, sensitive_features=members)),
        samples=int(sizes.min()),
        unit="ratio",
        slice=slice_,
        interval=bootstrap.interval(np.ptp(drawn, axis=1), GROUPED_BOOTSTRAP),
    )
    return Parity(measurement, rates)


def latency_p95(milliseconds: NDArray[Any]) -> Measurement:
    """The 95th percentile of call durations by nearest rank: the smallest one that 95 % of the calls do not exceed.

    Raises `CannotEvaluate` when there is no call, or a duration is negative or no number.
    """
    durations = np.asarray(milliseconds, dtype=np.float64)
    if durations.ndim != 1 or durations.size == 0 or not (durations >= 0).all() or not np.isfinite(durations).all():
        raise CannotEvaluate("latency was not measured in finite milliseconds", "measure at least one call")
    value = float(np.quantile(durations, 0.95, method="inverted_cdf"))
    return Measurement(metric="latency_p95", value=value, samples=durations.size, unit="ms")


def _sample(labels: NDArray[Any], scores: NDArray[Any], threshold: float) -> _Sample:
    checked = _probabilities(scores)
    if labels.shape != checked.shape:
        raise CannotEvaluate(f"{labels.shape} labels for {checked.shape} scores", "give one label for each score")
    if not np.isin(labels, (0, 1)).all():
        raise CannotEvaluate("a label is neither 0 nor 1", "map the positive class to 1 and every other to 0")
    return _Sample(labels.astype(np.bool_), checked, checked >= threshold)


def _probabilities(scores: NDArray[Any]) -> Array:
    checked = np.asarray(scores, dtype=np.float64)
    if checked.ndim != 1 or checked.size == 0:
        raise CannotEvaluate(f"scores have the shape {checked.shape}", "give one score a row, and at least one row")
    bad = int(np.count_nonzero(~((checked >= 0) & (checked <= 1))))
    if bad:
        raise CannotEvaluate(f"{bad} of {checked.size} scores are no probabilities", "mend the model or its input")
    return checked


def _draws(rows: _Sample, bootstrap: Bootstrap) -> Mapping[str, Array]:
    """Every measure for every resample; NaN where a resample leaves it undefined."""
    blocks = [_weighted(rows, counts) for counts in bootstrap.resamples(len(rows.labels))]
    return {metric: np.concatenate([block[metric] for block in blocks]) for metric in _MEASURES}


def _weighted(rows: _Sample, counts: Array) -> Mapping[str, Array]:
    """Every measure when row `i` stands `counts[:, i]` times; `counts` has the shape (resamples, rows)."""
    positive = counts @ rows.labels
    called = counts @ rows.decisions
    hits = counts @ (rows.labels & rows.decisions)
    total = counts.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "auc_roc": _weighted_auc(rows, counts, positive),
            "precision": hits / called,
            "recall": hits / positive,
            "f1": 2 * hits / (positive + called),
            "brier": counts @ np.square(rows.scores - rows.labels) / total,
            "false_positive_rate": (called - hits) / (total - positive),
        }


def _weighted_auc(rows: _Sample, counts: Array, positive: Array) -> Array:
    """The share of pairs of a positive and a negative row in which the positive scores higher, ties counting half.

    Hanley and McNeil, Radiology 143, 1982: the area under the curve is the Mann-Whitney statistic.
    """
    order = np.argsort(rows.scores, kind="stable")
    ranked = rows.scores[order]
    starts = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1])))
    of_positives = np.add.reduceat((counts * rows.labels)[:, order], starts, axis=1)
    of_negatives = np.add.reduceat((counts * ~rows.labels)[:, order], starts, axis=1)
    below = np.cumsum(of_negatives, axis=1) - of_negatives
    wins = (of_positives * (below + of_negatives / 2)).sum(axis=1)
    area: Array = wins / (positive * (counts.sum(axis=1) - positive))
    return area
