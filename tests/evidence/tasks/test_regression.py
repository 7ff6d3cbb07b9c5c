"""Measures of predicted numbers, against numbers worked out by hand and against scikit-learn."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from modelward.evidence.tasks.regression import MEASURES, RegressionSample
from modelward.statistics.bootstrap import Array, Bootstrap

FAMILY = ("within_5", "within_10_percent")
ORACLES: dict[str, Callable[[Array, Array], Any]] = {
    "mae": metrics.mean_absolute_error,
    "rmse": metrics.root_mean_squared_error,
    "r2": metrics.r2_score,
    "mape": metrics.mean_absolute_percentage_error,
    "mean_error": lambda y, p: float(np.mean(p - y)),
    "within_5": lambda y, p: float(np.mean(np.abs(p - y) <= 5)),
    "within_10_percent": lambda y, p: float(np.mean(np.abs(p - y) <= np.abs(y) / 10)),
}


def random_rows(seed: int, rows: int) -> tuple[Array, Array]:
    generator = np.random.default_rng(seed)
    labels = 20 + 15 * generator.random(rows)
    return labels, labels + generator.normal(1, 4, rows)


def point(of: RegressionSample, *names: str) -> dict[str, float]:
    wanted = names or (*MEASURES, *FAMILY)
    return {name: float(value[0]) for name, value in of.measured(wanted, np.ones((1, of.rows))).items()}


def test_every_measure_has_its_oracle() -> None:
    assert ORACLES.keys() == {*MEASURES, *FAMILY}


@pytest.mark.parametrize("seed", range(4))
def test_measures_equal_those_of_scikit_learn(seed: int) -> None:
    labels, predictions = random_rows(seed, 300)
    expected = {name: oracle(labels, predictions) for name, oracle in ORACLES.items()}
    assert point(RegressionSample(labels, predictions)) == pytest.approx(expected)


def test_measures_of_resamples_equal_those_of_scikit_learn_on_the_same_rows() -> None:
    labels, predictions = random_rows(9, 150)
    (counts,) = Bootstrap(seed=3, draws=20).resamples(150)
    found = RegressionSample(labels, predictions).measured(ORACLES, counts)
    for draw, row in enumerate(counts):
        rows = np.repeat(np.arange(150), row.astype(int))
        for name, oracle in ORACLES.items():
            assert found[name][draw] == pytest.approx(oracle(labels[rows], predictions[rows])), name


def test_a_miss_of_exactly_the_tolerance_is_within_it() -> None:
    of = RegressionSample(np.array([20.0, 20.0, -20.0, 0.0]), np.array([25.0, 26.0, -22.0, 1.0]))
    assert point(of, "within_5", "within_10_percent") == {"within_5": 0.75, "within_10_percent": 0.25}


def test_r2_keeps_its_digits_far_from_zero() -> None:
    labels, predictions = random_rows(2, 200)
    near = point(RegressionSample(labels, predictions))["r2"]
    assert point(RegressionSample(labels + 1e9, predictions + 1e9))["r2"] == pytest.approx(near, rel=1e-6)


def test_a_share_of_nothing_and_a_variance_of_nothing_are_undefined() -> None:
    zero = RegressionSample(np.array([0.0, 1.0]), np.array([1.0, 1.0]))
    assert np.isnan(point(zero)["mape"])
    assert zero.missing("mape") == "a label is 0"
    constant = RegressionSample(np.array([2.0, 2.0]), np.array([1.0, 3.0]))
    assert not np.isfinite(point(constant)["r2"])
    assert constant.missing("r2") == "every label is the same"


def test_some_rows_are_measured_as_a_sample_of_their_own() -> None:
    labels, predictions = random_rows(3, 80)
    rows = np.arange(10, 70)
    whole = RegressionSample(labels, predictions)
    assert point(whole.take(rows)) == point(RegressionSample(labels[rows], predictions[rows]))
