"""Measures of several classes, against scikit-learn."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics

from modelward.evidence.tasks.multiclass import MEASURES, MulticlassSample
from modelward.statistics.bootstrap import Bootstrap

Y = NDArray[np.intp]
P = NDArray[np.float64]
ORACLES: dict[str, Callable[[Y, P], Any]] = {
    "accuracy": lambda y, p: metrics.accuracy_score(y, p.argmax(axis=1)),
    "macro_precision": lambda y, p: metrics.precision_score(y, p.argmax(axis=1), average="macro"),
    "macro_recall": lambda y, p: metrics.recall_score(y, p.argmax(axis=1), average="macro"),
    "macro_f1": lambda y, p: metrics.f1_score(y, p.argmax(axis=1), average="macro"),
    "macro_auc": lambda y, p: metrics.roc_auc_score(y, p, multi_class="ovr", average="macro"),
    "log_loss": metrics.log_loss,
}


def random_rows(seed: int, rows: int) -> tuple[Y, P]:
    """Four classes; the right one is often the likeliest."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 4, rows)
    probabilities = generator.random((rows, 4)) + np.eye(4)[labels] * 0.6
    return labels, probabilities / probabilities.sum(axis=1, keepdims=True)


def sample(labels: Y, probabilities: P) -> MulticlassSample:
    return MulticlassSample(4, labels, probabilities.argmax(axis=1), probabilities)


def point(of: MulticlassSample) -> dict[str, float]:
    return {name: float(value[0]) for name, value in of.measured(MEASURES, np.ones((1, of.rows))).items()}


def test_every_measure_has_its_oracle() -> None:
    assert ORACLES.keys() == MEASURES.keys()


@pytest.mark.parametrize("seed", range(4))
def test_measures_equal_those_of_scikit_learn(seed: int) -> None:
    labels, probabilities = random_rows(seed, 300)
    expected = {name: oracle(labels, probabilities) for name, oracle in ORACLES.items()}
    assert point(sample(labels, probabilities)) == pytest.approx(expected)


def test_measures_of_resamples_equal_those_of_scikit_learn_on_the_same_rows() -> None:
    labels, probabilities = random_rows(9, 150)
    (counts,) = Bootstrap(seed=3, draws=15).resamples(150)
    found = sample(labels, probabilities).measured(MEASURES, counts)
    for draw, row in enumerate(counts):
        rows = np.repeat(np.arange(150), row.astype(int))
        for name, oracle in ORACLES.items():
            assert found[name][draw] == pytest.approx(oracle(labels[rows], probabilities[rows])), name


def test_a_class_without_a_label_leaves_undefined_what_is_measured_of_it() -> None:
    labels, probabilities = random_rows(1, 50)
    of = sample(np.where(labels == 3, 0, labels), probabilities)
    undefined = {name for name, value in point(of).items() if not np.isfinite(value)}
    assert undefined == {"macro_recall", "macro_auc"}
    assert of.missing("macro_recall") == "some class has no label"


def test_called_classes_alone_have_no_probabilities_to_measure() -> None:
    labels, probabilities = random_rows(2, 50)
    of = MulticlassSample(4, labels, probabilities.argmax(axis=1), None)
    found = point(of)
    assert {name for name, value in found.items() if not np.isfinite(value)} == {"macro_auc", "log_loss"}
    assert found["accuracy"] == point(sample(labels, probabilities))["accuracy"]
    assert of.missing("log_loss") == "the output gives no probabilities"


def test_a_called_class_that_no_label_has_is_wrong() -> None:
    of = MulticlassSample(2, np.array([0, 1]), np.array([-1, 1]), None)
    assert point(of)["accuracy"] == 0.5


def test_some_rows_are_measured_as_a_sample_of_their_own() -> None:
    labels, probabilities = random_rows(3, 80)
    rows = np.arange(10, 70)
    assert point(sample(labels, probabilities).take(rows)) == point(sample(labels[rows], probabilities[rows]))
