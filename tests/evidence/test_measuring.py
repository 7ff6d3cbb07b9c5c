"""From samples to measurements: values with intervals, between groups as fairlearn has them, and against a champion."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import fairlearn.metrics
import numpy as np
import pytest

from modelward.errors import CannotEvaluate
from modelward.evidence import measuring
from modelward.evidence.measuring import Groups
from modelward.evidence.tasks.binary import BinarySample
from modelward.evidence.tasks.regression import RegressionSample
from modelward.evidence.terms import Wanted
from modelward.specs.evidence import Comparison, Measurement
from modelward.statistics.bootstrap import Bootstrap

BOOTSTRAP = Bootstrap(seed=11, draws=200)
FAIRLEARN: dict[str, Callable[..., Any]] = {
    "demographic_parity_difference": fairlearn.metrics.demographic_parity_difference,
    "demographic_parity_ratio": fairlearn.metrics.demographic_parity_ratio,
    "equal_opportunity_difference": fairlearn.metrics.equal_opportunity_difference,
    "equalized_odds_difference": fairlearn.metrics.equalized_odds_difference,
}


def wanted(*names: str, slice_: str | None = None, better: str = "higher") -> list[Wanted]:
    return [Wanted(name, "ratio", better, slice_) for name in names]


def clients(seed: int, rows: int) -> tuple[BinarySample, np.ndarray]:
    """Labels that follow their scores, in three groups."""
    generator = np.random.default_rng(seed)
    scores = generator.random(rows).round(2)
    labels = generator.random(rows) < scores
    groups = generator.choice(["a", "b", "c"], rows, p=[0.5, 0.3, 0.2])
    return BinarySample(labels, scores, scores >= 0.5, probabilities=True), groups


def measured(sample: Any, names: Sequence[Wanted], bootstrap: Bootstrap = BOOTSTRAP) -> dict[str, Measurement]:
    (estimates,) = measuring.estimate([sample], names, bootstrap)
    found, _ = measuring.measurements(estimates, bootstrap, measuring.ROWS)
    return {one.metric: one for one in found}


def between(sample: BinarySample, groups: np.ndarray, names: Sequence[Wanted]) -> dict[str, Measurement]:
    (found,) = measuring.estimate_groups([sample], names, Groups.of("region", groups), BOOTSTRAP)
    values, _ = measuring.measurements(found.between, BOOTSTRAP, measuring.WITHIN_GROUPS)
    return {one.metric: one for one in values}


def test_a_measurement_counts_all_rows_and_says_how_its_interval_was_made() -> None:
    sample, _ = clients(1, 300)
    recall = measured(sample, wanted("recall"))["recall"]
    assert (recall.samples, recall.unit, recall.slice, recall.output) == (300, "ratio", None, None)
    assert recall.interval is not None
    assert (recall.interval.method, recall.interval.draws, recall.interval.seed) == (measuring.ROWS, 200, 11)
    assert recall.interval.low < recall.value < recall.interval.high


def test_the_interval_of_a_share_is_as_wide_as_its_standard_error_says() -> None:
    sample, _ = clients(1, 4000)
    recall = measured(sample, wanted("recall"), Bootstrap(seed=1, draws=1000))["recall"]
    assert recall.interval is not None
    expected = 2 * 1.96 * math.sqrt(recall.value * (1 - recall.value) / sample.labels.sum())
    assert recall.interval.high - recall.interval.low == pytest.approx(expected, rel=0.15)


def test_a_second_run_gives_the_same_numbers() -> None:
    sample, groups = clients(1, 300)
    assert measured(sample, wanted("auc_roc")) == measured(sample, wanted("auc_roc"))
    names = wanted("demographic_parity_difference", slice_="region")
    assert between(sample, groups, names) == between(sample, groups, names)


def test_a_measure_that_the_rows_do_not_define_is_inconclusive_and_has_no_number() -> None:
    sample = BinarySample(np.zeros(20, dtype=np.bool_), np.linspace(0, 1, 20), None, probabilities=True)
    (estimates,) = measuring.estimate([sample], wanted("auc_roc", "brier", "precision"), BOOTSTRAP)
    found, undefined = measuring.measurements(estimates, BOOTSTRAP, measuring.ROWS)
    assert [one.metric for one in found] == ["brier"]
    assert [(check.check, check.verdict, check.detail) for check in undefined] == [
        ("auc-roc-defined", "inconclusive", "auc_roc is undefined: the labels hold one class only"),
        ("precision-defined", "inconclusive", "precision is undefined: the output declares no threshold"),
    ]


def test_a_measure_that_some_resamples_do_not_define_is_inconclusive_too() -> None:
    # One positive label among eight rows: about a third of the resamples have none.
    labels = np.array([True] + [False] * 7)
    sample = BinarySample(labels, np.linspace(0.9, 0.1, 8), None, probabilities=True)
    (estimates,) = measuring.estimate([sample], wanted("auc_roc"), BOOTSTRAP)
    found, undefined = measuring.measurements(estimates, BOOTSTRAP, measuring.ROWS)
    assert found == []
    assert undefined[0].detail == "auc_roc has no interval: in some resamples, the labels hold one class only"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", FAIRLEARN)
def test_measures_between_groups_are_those_of_fairlearn(name: str, seed: int) -> None:
    sample, groups = clients(seed, 400)
    found = between(sample, groups, wanted(name, slice_="region"))[name]
    expected = FAIRLEARN[name](sample.labels, sample.decisions, sensitive_features=groups)
    assert found.value == pytest.approx(expected)
    assert found.samples == min(np.count_nonzero(groups == group) for group in "abc")
    assert found.slice == "region"
    assert found.interval is not None
    assert found.interval.low < found.interval.high


@pytest.mark.parametrize("name", FAIRLEARN)
def test_resamples_between_groups_are_drawn_within_each_group(name: str) -> None:
    sample, groups = clients(3, 150)
    of = Groups.of("region", groups)
    (found,) = measuring.estimate_groups([sample], wanted(name, slice_="region"), of, Bootstrap(seed=2, draws=8))
    (estimate,) = found.between.values()
    drawn = [next(Bootstrap(seed=2, draws=8).resamples(len(rows), number + 1)) for number, rows in enumerate(of.rows)]
    assert sample.decisions is not None
    for draw in range(8):
        rows = np.concatenate(
            [np.repeat(members, counts[draw].astype(int)) for members, counts in zip(of.rows, drawn, strict=True)]
        )
        expected = FAIRLEARN[name](sample.labels[rows], sample.decisions[rows], sensitive_features=groups[rows])
        assert estimate.draws[draw] == pytest.approx(expected)


@pytest.mark.parametrize(("better", "worst"), [("higher", min), ("lower", max)])
def test_a_measure_of_rows_over_groups_is_that_of_the_group_where_it_is_worst(
    better: str, worst: Callable[[list[float]], float]
) -> None:
    sample, groups = clients(4, 400)
    found = between(sample, groups, wanted("accuracy", slice_="region", better=better))["accuracy"]
    assert sample.decisions is not None
    right = sample.decisions == sample.labels
    assert found.value == pytest.approx(worst([float(right[groups == group].mean()) for group in "abc"]))


def test_each_group_is_measured_alone() -> None:
    sample, groups = clients(5, 300)
    names = wanted("equalized_odds_difference", slice_="region")
    (found,) = measuring.estimate_groups([sample], names, Groups.of("region", groups), BOOTSTRAP)
    assert list(found.each) == ["a", "b", "c"]
    assert sample.decisions is not None
    of_a = (groups == "a") & sample.labels
    assert found.each["a"]["recall"].value == pytest.approx(float(sample.decisions[of_a].mean()))
    assert found.each["a"]["recall"].samples == np.count_nonzero(groups == "a")


def test_a_group_that_leaves_a_measure_undefined_is_named() -> None:
    sample, groups = clients(6, 60)
    labels = sample.labels & (groups != "c")
    without = BinarySample(labels, sample.scores, sample.decisions, probabilities=True)
    names = wanted("equal_opportunity_difference", slice_="region")
    (found,) = measuring.estimate_groups([without], names, Groups.of("region", groups), BOOTSTRAP)
    values, undefined = measuring.measurements(found.between, BOOTSTRAP, measuring.WITHIN_GROUPS)
    assert values == []
    assert undefined[0].check == "equal-opportunity-difference-region-defined"
    assert undefined[0].detail == "equal_opportunity_difference is undefined: in group c, no label is positive"


def test_a_difference_between_groups_of_numbers_is_in_their_unit() -> None:
    labels = np.array([10.0, 10.0, 20.0, 20.0])
    sample = RegressionSample(labels, labels + np.array([1.0, -1.0, 4.0, 4.0]))
    groups = Groups.of("vehicle", np.array(["bike", "bike", "car", "car"]))
    (found,) = measuring.estimate_groups([sample], wanted("mae_difference", slice_="vehicle"), groups, BOOTSTRAP)
    assert [estimate.value for estimate in found.between.values()] == [3.0]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["a"] * 4, "has one group only"),
        ([f"g{number}" for number in range(51)], "has 51 groups, over the limit of 50"),
    ],
)
def test_one_group_and_too_many_groups_are_refused(values: list[str], said: str) -> None:
    with pytest.raises(CannotEvaluate, match=said):
        Groups.of("region", np.array(values))


def compared(challenger: BinarySample, champion: BinarySample, name: str) -> Comparison:
    bootstrap = Bootstrap(seed=2, draws=300, confidence=0.9)
    ours, theirs = measuring.estimate([challenger, champion], wanted(name), bootstrap)
    (found,), undefined = measuring.comparisons(ours, theirs, bootstrap, measuring.PAIRED)
    assert undefined == []
    return found


def test_a_comparison_is_challenger_less_champion() -> None:
    champion, _ = clients(8, 500)
    assert champion.scores is not None
    better = BinarySample(champion.labels, (champion.scores + champion.labels) / 2, None, probabilities=True)
    found = compared(better, champion, "auc_roc")
    assert found.difference == found.challenger - found.champion
    assert found.difference > 0
    assert found.interval.low > 0
    assert (found.samples, found.interval.confidence, found.interval.method) == (500, 0.9, measuring.PAIRED)


def test_a_release_compared_with_itself_differs_by_nothing() -> None:
    sample, _ = clients(8, 500)
    found = compared(sample, sample, "brier")
    assert (found.difference, found.interval.low, found.interval.high) == (0, 0, 0)


def test_the_interval_of_a_paired_difference_is_narrower_than_that_of_two_samples() -> None:
    champion, _ = clients(9, 800)
    assert champion.scores is not None
    noise = np.random.default_rng(1).normal(0, 0.02, 800)
    almost = BinarySample(champion.labels, np.clip(champion.scores + noise, 0, 1), None, probabilities=True)
    paired = compared(almost, champion, "auc_roc").interval
    alone = measured(champion, wanted("auc_roc"), Bootstrap(seed=2, draws=300, confidence=0.9))["auc_roc"].interval
    assert alone is not None
    assert paired.high - paired.low < (alone.high - alone.low) / 3


def test_resamples_of_a_comparison_are_those_of_the_measurement() -> None:
    sample, _ = clients(10, 200)
    alone, *_ = measuring.estimate([sample], wanted("auc_roc"), BOOTSTRAP)
    first, second = measuring.estimate([sample, sample], wanted("auc_roc"), BOOTSTRAP)
    (a,), (b,), (c,) = ([estimate.draws.tolist() for estimate in each.values()] for each in (alone, first, second))
    assert a == b == c


def test_what_only_one_of_two_releases_leaves_undefined_is_not_compared() -> None:
    champion, _ = clients(11, 100)
    silent = BinarySample(champion.labels, champion.scores, np.zeros(100, dtype=np.bool_), probabilities=True)
    for pair in ([champion, silent], [silent, champion]):
        ours, theirs = measuring.estimate(pair, wanted("precision"), BOOTSTRAP)
        found, undefined = measuring.comparisons(ours, theirs, BOOTSTRAP, measuring.PAIRED)
        assert found == []
        assert undefined[0].detail == "precision is undefined: no row is called positive"
