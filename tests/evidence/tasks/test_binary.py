"""Measures of two classes, against numbers worked out by hand and against scikit-learn."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics

from modelward.evidence.tasks.binary import MEASURES, BinarySample
from modelward.statistics.bootstrap import Bootstrap

# Called positive from 0.5 on: 0.9, 0.6, 0.5, 0.8. Three hits, one false alarm, one miss, three rightly left alone.
LABELS = np.array([1, 1, 1, 0, 1, 0, 0, 0], dtype=np.bool_)
SCORES = np.array([0.9, 0.6, 0.5, 0.8, 0.3, 0.3, 0.2, 0.1])
BRIER = (0.01 + 0.16 + 0.25 + 0.64 + 0.49 + 0.09 + 0.04 + 0.01) / 8
BY_HAND = {
    # Of 16 pairs of a positive and a negative the positive leads in 4 + 3 + 3 + 2, and ties in one.
    "auc_roc": 12.5 / 16,
    "precision": 3 / 4,
    "recall": 3 / 4,
    "f1": 3 / 4,
    "accuracy": 6 / 8,
    "selection_rate": 4 / 8,
    "false_positive_rate": 1 / 4,
    "brier": BRIER,
    # A constant guess of one half scores 0.25.
    "brier_skill": 1 - BRIER / 0.25,
    # Going down from 0.9: precision 1, then (0.8 is no hit) 2 of 3, 3 of 4, and 4 of 6 where two rows tie.
    "average_precision": (1 + 2 / 3 + 3 / 4 + 4 / 6) / 4,
}

Labels = NDArray[np.bool_]
Scores = NDArray[np.float64]
ORACLES: dict[str, Callable[[Labels, Scores], float]] = {
    "auc_roc": metrics.roc_auc_score,
    "average_precision": metrics.average_precision_score,
    "precision": lambda y, s: metrics.precision_score(y, s >= 0.4),
    "recall": lambda y, s: metrics.recall_score(y, s >= 0.4),
    "f1": lambda y, s: metrics.f1_score(y, s >= 0.4),
    "accuracy": lambda y, s: metrics.accuracy_score(y, s >= 0.4),
    "selection_rate": lambda _, s: float(np.mean(s >= 0.4)),
    "false_positive_rate": lambda y, s: 1 - metrics.recall_score(~y, s < 0.4),
    "brier": metrics.brier_score_loss,
    "brier_skill": lambda y, s: 1 - metrics.brier_score_loss(y, s) / (np.mean(y) * (1 - np.mean(y))),
    "log_loss": metrics.log_loss,
}


def sample(labels: Labels, scores: Scores, threshold: float = 0.4) -> BinarySample:
    return BinarySample(labels, scores, scores >= threshold, probabilities=True)


def point(of: BinarySample) -> dict[str, float]:
    return {name: float(value[0]) for name, value in of.measured(MEASURES, np.ones((1, of.rows))).items()}


def random_rows(seed: int, rows: int) -> tuple[Labels, Scores]:
    """Labels that follow their scores, which are rounded so that many tie, and never 0 or 1."""
    generator = np.random.default_rng(seed)
    scores = (generator.random(rows) * 0.98 + 0.01).round(2)
    return generator.random(rows) < scores, scores


def test_every_measure_has_its_oracle() -> None:
    assert ORACLES.keys() == MEASURES.keys()


def test_measures_equal_those_worked_out_by_hand() -> None:
    found = point(sample(LABELS, SCORES, 0.5))
    assert {name: found[name] for name in BY_HAND} == pytest.approx(BY_HAND)


@pytest.mark.parametrize("seed", range(5))
def test_measures_equal_those_of_scikit_learn(seed: int) -> None:
    labels, scores = random_rows(seed, 300)
    expected = {name: oracle(labels, scores) for name, oracle in ORACLES.items()}
    assert point(sample(labels, scores)) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(2))
def test_measures_of_resamples_equal_those_of_scikit_learn_on_the_same_rows(seed: int) -> None:
    labels, scores = random_rows(seed, 120)
    (counts,) = Bootstrap(seed=seed, draws=25).resamples(120)
    found = sample(labels, scores).measured(MEASURES, counts)
    for draw, row in enumerate(counts):
        rows = np.repeat(np.arange(120), row.astype(int))
        for name, oracle in ORACLES.items():
            assert found[name][draw] == pytest.approx(oracle(labels[rows], scores[rows])), name


def test_scores_that_do_not_tie_are_ranked_as_those_that_do() -> None:
    generator = np.random.default_rng(4)
    scores = generator.random(200)
    labels = generator.random(200) < scores
    assert point(sample(labels, scores))["auc_roc"] == pytest.approx(metrics.roc_auc_score(labels, scores))


def test_certain_and_wrong_scores_have_the_log_loss_of_scikit_learn() -> None:
    labels, scores = np.array([True, False, True]), np.array([0.0, 1.0, 1.0])
    assert point(sample(labels, scores))["log_loss"] == pytest.approx(metrics.log_loss(labels, scores))


@pytest.mark.parametrize(
    ("labels", "scores", "undefined"),
    [
        ([0, 0, 0], [0.9, 0.2, 0.1], {"auc_roc", "average_precision", "recall", "brier_skill"}),
        ([1, 1, 1], [0.9, 0.2, 0.1], {"auc_roc", "false_positive_rate", "brier_skill"}),
        ([1, 0, 0], [0.3, 0.2, 0.1], {"precision"}),
        ([0, 0, 0], [0.3, 0.2, 0.1], {"auc_roc", "average_precision", "precision", "recall", "f1", "brier_skill"}),
    ],
    ids=["no positive label", "no negative label", "nothing called positive", "neither"],
)
def test_a_measure_that_the_rows_do_not_define_is_not_finite(
    labels: list[int], scores: list[float], undefined: set[str]
) -> None:
    of = sample(np.array(labels, dtype=np.bool_), np.array(scores))
    found = point(of)
    assert {name for name, value in found.items() if not np.isfinite(value)} == undefined
    assert all(of.missing(name) for name in undefined)


def test_without_a_threshold_nothing_is_said_of_decisions() -> None:
    of = BinarySample(LABELS, SCORES, None, probabilities=True)
    found = point(of)
    assert {name for name, value in found.items() if np.isfinite(value)} == {
        *("auc_roc", "average_precision", "brier", "brier_skill", "log_loss")
    }
    assert of.missing("precision") == "the output declares no threshold"


def test_decisions_alone_rank_nothing() -> None:
    of = BinarySample(LABELS, None, SCORES >= 0.5, probabilities=False)
    found = point(of)
    assert not {name for name, value in found.items() if np.isfinite(value)} & {"auc_roc", "brier", "log_loss"}
    assert found["precision"] == 0.75
    assert of.missing("auc_roc") == "the output gives no scores"
    assert of.missing("brier") == "the output gives no probabilities"


def test_scores_that_are_no_probabilities_rank_and_have_no_brier() -> None:
    of = BinarySample(LABELS, SCORES * 1000, SCORES * 1000 >= 500, probabilities=False)
    found = point(of)
    assert (found["auc_roc"], found["precision"]) == (12.5 / 16, 0.75)
    assert np.isnan(found["brier"])


def test_some_rows_are_measured_as_a_sample_of_their_own() -> None:
    labels, scores = random_rows(7, 60)
    rows = np.arange(0, 60, 2)
    assert point(sample(labels, scores).take(rows)) == point(sample(labels[rows], scores[rows]))
