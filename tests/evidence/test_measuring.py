"""Measures of decisions and scores, against numbers worked out by hand and against scikit-learn."""

import math

import numpy as np
import pytest
from sklearn import metrics

from modelward.errors import CannotEvaluate
from modelward.evidence.intervals import Bootstrap
from modelward.evidence.measuring import Measured, latency_p95, parity, performance
from modelward.specs.evidence import Measurement

BOOTSTRAP = Bootstrap(seed=11, draws=200)

# Called positive from 0.5 on: 0.9, 0.6, 0.5, 0.8. Three hits, one false alarm, one miss, three rightly left alone.
LABELS = np.array([1, 1, 1, 0, 1, 0, 0, 0])
SCORES = np.array([0.9, 0.6, 0.5, 0.8, 0.3, 0.3, 0.2, 0.1])
BY_HAND = {
    # Of 16 pairs of a positive and a negative the positive leads in 4 + 3 + 3 + 2, and ties in one.
    "auc_roc": 12.5 / 16,
    "precision": 3 / 4,
    "recall": 3 / 4,
    "f1": 3 / 4,
    "brier": (0.01 + 0.16 + 0.25 + 0.64 + 0.49 + 0.09 + 0.04 + 0.01) / 8,
    "false_positive_rate": 1 / 4,
}


def by_metric(measured: Measured) -> dict[str, Measurement]:
    return {measurement.metric: measurement for measurement in measured.measurements}


def random_rows(seed: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels that follow their scores, which are rounded so that many tie."""
    generator = np.random.default_rng(seed)
    scores = generator.random(rows).round(2)
    return (generator.random(rows) < scores).astype(np.int64), scores


def test_measures_equal_those_worked_out_by_hand() -> None:
    measured = by_metric(performance(LABELS, SCORES, 0.5, BOOTSTRAP))
    assert {metric: measurement.value for metric, measurement in measured.items()} == pytest.approx(BY_HAND)


def test_every_measure_counts_all_rows_and_is_a_ratio() -> None:
    measured = performance(LABELS, SCORES, 0.5, BOOTSTRAP).measurements
    assert {(measurement.samples, measurement.unit) for measurement in measured} == {(8, "ratio")}


@pytest.mark.parametrize("seed", range(5))
def test_measures_equal_those_of_scikit_learn(seed: int) -> None:
    labels, scores = random_rows(seed, 300)
    decisions = scores >= 0.4
    expected = {
        "auc_roc": metrics.roc_auc_score(labels, scores),
        "precision": metrics.precision_score(labels, decisions),
        "recall": metrics.recall_score(labels, decisions),
        "f1": metrics.f1_score(labels, decisions),
        "brier": metrics.brier_score_loss(labels, scores),
        "false_positive_rate": 1 - metrics.recall_score(1 - labels, ~decisions),
    }
    measured = by_metric(performance(labels, scores, 0.4, BOOTSTRAP))
    assert {metric: measurement.value for metric, measurement in measured.items()} == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(3))
def test_intervals_equal_those_of_scikit_learn_on_the_same_resamples(seed: int) -> None:
    labels, scores = random_rows(seed, 120)
    bootstrap = Bootstrap(seed=seed, draws=40)
    resamples = [np.repeat(np.arange(120), row.astype(int)) for block in bootstrap.resamples(120) for row in block]
    drawn = [(labels[rows], scores[rows], scores[rows] >= 0.5) for rows in resamples]
    slow = {
        "auc_roc": [metrics.roc_auc_score(y, s) for y, s, _ in drawn],
        "precision": [metrics.precision_score(y, d) for y, _, d in drawn],
        "recall": [metrics.recall_score(y, d) for y, _, d in drawn],
        "f1": [metrics.f1_score(y, d) for y, _, d in drawn],
        "brier": [metrics.brier_score_loss(y, s) for y, s, _ in drawn],
        "false_positive_rate": [1 - metrics.recall_score(1 - y, ~d) for y, _, d in drawn],
    }
    measured = by_metric(performance(labels, scores, 0.5, bootstrap))
    assert measured.keys() == slow.keys()
    for metric, values in slow.items():
        interval = measured[metric].interval
        assert interval is not None
        assert (interval.low, interval.high) == pytest.approx(tuple(np.quantile(values, [0.025, 0.975]))), metric


def test_the_interval_of_a_share_is_as_wide_as_its_standard_error_says() -> None:
    labels, scores = random_rows(1, 4000)
    recall = by_metric(performance(labels, scores, 0.5, Bootstrap(seed=1)))["recall"]
    assert recall.interval is not None
    expected = 2 * 1.96 * math.sqrt(recall.value * (1 - recall.value) / labels.sum())
    assert recall.interval.high - recall.interval.low == pytest.approx(expected, rel=0.15)


def test_a_second_run_gives_the_same_numbers() -> None:
    assert performance(LABELS, SCORES, 0.5, BOOTSTRAP) == performance(LABELS, SCORES, 0.5, BOOTSTRAP)


def test_a_score_equal_to_the_threshold_is_called_positive() -> None:
    measured = by_metric(performance(np.array([1, 0]), np.array([0.5, 0.4]), 0.5, BOOTSTRAP))
    assert measured["recall"].value == 1.0


@pytest.mark.parametrize(
    ("labels", "scores", "undefined"),
    [
        ([0, 0, 0], [0.9, 0.2, 0.1], {"auc-roc-defined", "recall-defined"}),
        ([1, 1, 1], [0.9, 0.2, 0.1], {"auc-roc-defined", "false-positive-rate-defined"}),
        ([1, 0, 0], [0.4, 0.2, 0.1], {"precision-defined"}),
        ([0, 0, 0], [0.4, 0.2, 0.1], {"auc-roc-defined", "precision-defined", "recall-defined", "f1-defined"}),
    ],
    ids=["no positive label", "no negative label", "nothing called positive", "neither"],
)
def test_a_measure_that_the_rows_do_not_define_is_inconclusive_and_has_no_number(
    labels: list[int], scores: list[float], undefined: set[str]
) -> None:
    measured = performance(np.array(labels), np.array(scores), 0.5, BOOTSTRAP)
    assert {check.check for check in measured.undefined} == undefined
    assert {check.verdict for check in measured.undefined} == {"inconclusive"}
    named = {f"{metric.replace('_', '-')}-defined" for metric in by_metric(measured)}
    assert not named & undefined
    assert len(named) + len(undefined) == len(BY_HAND)


def test_a_measure_that_some_resamples_do_not_define_has_no_interval() -> None:
    # One positive label among eight rows: about a third of the resamples have none.
    labels = np.array([1, 0, 0, 0, 0, 0, 0, 0])
    measured = by_metric(performance(labels, SCORES, 0.5, BOOTSTRAP))
    assert measured["recall"].interval is None
    assert measured["brier"].interval is not None


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, -0.01, 1.01])
def test_scores_that_are_no_probabilities_are_refused_and_counted(bad: float) -> None:
    scores = np.array([bad, *SCORES[1:]])
    with pytest.raises(CannotEvaluate, match="1 of 8 scores are no probabilities"):
        performance(LABELS, scores, 0.5, BOOTSTRAP)
    with pytest.raises(CannotEvaluate, match="1 of 8 scores are no probabilities"):
        parity(scores, 0.5, np.array(["a", "b"] * 4), "SEX", BOOTSTRAP)


@pytest.mark.parametrize("bad", [2, -1, math.nan, 0.5])
def test_labels_other_than_0_and_1_are_refused(bad: float) -> None:
    with pytest.raises(CannotEvaluate, match="neither 0 nor 1"):
        performance(np.array([bad, *LABELS[1:]]), SCORES, 0.5, BOOTSTRAP)


def test_labels_and_scores_of_different_length_are_refused() -> None:
    with pytest.raises(CannotEvaluate, match=r"\(7,\) labels for \(8,\) scores"):
        performance(LABELS[1:], SCORES, 0.5, BOOTSTRAP)


def test_no_rows_at_all_are_refused() -> None:
    with pytest.raises(CannotEvaluate, match="shape"):
        performance(np.array([]), np.array([]), 0.5, BOOTSTRAP)


def test_both_columns_of_a_binary_model_at_once_are_refused() -> None:
    with pytest.raises(CannotEvaluate, match="shape"):
        performance(LABELS, np.column_stack([1 - SCORES, SCORES]), 0.5, BOOTSTRAP)


def test_parity_is_the_largest_difference_between_the_rates_of_two_groups() -> None:
    # Called positive: 3 of 4 in a, 1 of 4 in b, 2 of 4 in c.
    scores = np.array([0.9, 0.8, 0.7, 0.1, 0.9, 0.1, 0.1, 0.1, 0.9, 0.9, 0.1, 0.1])
    groups = np.array(["a"] * 4 + ["b"] * 4 + ["c"] * 4)
    between = parity(scores, 0.5, groups, "REGION", BOOTSTRAP)
    assert between.measurement.value == pytest.approx(0.5)
    assert between.measurement.slice == "REGION"
    assert [(rate.group, rate.samples, rate.selection_rate) for rate in between.groups] == [
        ("a", 4, 0.75),
        ("b", 4, 0.25),
        ("c", 4, 0.5),
    ]


def test_groups_that_are_treated_alike_differ_by_nothing() -> None:
    scores = np.array([0.9, 0.1, 0.9, 0.1])
    assert parity(scores, 0.5, np.array(["a", "a", "b", "b"]), "SEX", BOOTSTRAP).measurement.value == 0.0


def test_parity_takes_a_score_equal_to_the_threshold_for_positive() -> None:
    scores = np.array([0.5, 0.5, 0.5, 0.4])
    assert parity(scores, 0.5, np.array(["a", "a", "b", "b"]), "SEX", BOOTSTRAP).measurement.value == 0.5


def test_parity_counts_the_rows_of_the_smallest_group() -> None:
    groups = np.array(["a"] * 6 + ["b"] * 2)
    assert parity(SCORES, 0.5, groups, "SEX", BOOTSTRAP).measurement.samples == 2


def test_the_interval_of_parity_is_as_wide_as_its_standard_error_says() -> None:
    generator = np.random.default_rng(5)
    groups = np.array(["a"] * 2000 + ["b"] * 1000)
    scores = np.where(generator.random(3000) < np.where(groups == "a", 0.5, 0.3), 0.9, 0.1)
    between = parity(scores, 0.5, groups, "SEX", Bootstrap(seed=5))
    (rate_a, rate_b), interval = (rate.selection_rate for rate in between.groups), between.measurement.interval
    assert interval is not None
    expected = 2 * 1.96 * math.sqrt(rate_a * (1 - rate_a) / 2000 + rate_b * (1 - rate_b) / 1000)
    assert interval.high - interval.low == pytest.approx(expected, rel=0.15)
    assert interval.low < between.measurement.value < interval.high


def test_a_single_group_has_no_parity() -> None:
    with pytest.raises(CannotEvaluate, match="`SEX` has fewer than two groups"):
        parity(SCORES, 0.5, np.array(["a"] * 8), "SEX", BOOTSTRAP)


def test_groups_without_names_are_refused_so_that_a_missing_value_is_no_group_by_accident() -> None:
    with pytest.raises(CannotEvaluate, match="groups of `SEX` are no strings"):
        parity(SCORES, 0.5, np.array([1.0, 2.0] * 3 + [1.0, math.nan]), "SEX", BOOTSTRAP)


def test_groups_of_another_length_are_refused() -> None:
    with pytest.raises(CannotEvaluate, match="groups for"):
        parity(SCORES, 0.5, np.array(["a", "b"]), "SEX", BOOTSTRAP)


def test_latency_is_the_smallest_duration_that_95_of_100_calls_do_not_exceed() -> None:
    durations = np.arange(100.0, 0.0, -1.0)
    measurement = latency_p95(durations)
    assert (measurement.value, measurement.samples, measurement.unit) == (95.0, 100, "ms")


def test_the_latency_of_few_calls_is_the_slowest_one() -> None:
    assert latency_p95(np.array([1.0, 9.0, 3.0])).value == 9.0


@pytest.mark.parametrize("durations", [[], [1.0, math.nan], [1.0, math.inf], [-1.0, 2.0]])
def test_latency_that_was_not_measured_is_refused(durations: list[float]) -> None:
    with pytest.raises(CannotEvaluate, match="latency was not measured"):
        latency_p95(np.array(durations))
