"""Scores of a release on the holdout rows at the end of training, and its comparison with the rule.

They are taken with scikit-learn and fairlearn alone, so that what `modelward evidence` measures later can be compared
with what the training run wrote down.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from fairlearn.metrics import demographic_parity_difference
from numpy.typing import NDArray
from sklearn.metrics import (
    brier_score_loss,
    classification_report,
    confusion_matrix,
    f1_score,
    mean_absolute_error,
    mean_squared_error,
    precision_score,
    r2_score,
    recall_score,
    roc_auc_score,
)

from recipe import Answers, Recipe

DECIMALS: Final = 6

ALIKE_WITHIN: Final = 5.0
"""Two numbers that differ by no more count as the same answer."""

Decisions = NDArray[np.bool_]


@dataclass(frozen=True)
class Report:
    """Scores of a release over `samples` rows, and a report by class where it decides from `threshold` on."""

    samples: int
    threshold: float | None
    scores: Mapping[str, float]
    classes: Mapping[str, Mapping[str, float]] | None


@dataclass(frozen=True)
class RuleComparison:
    """The rule's scores on the same rows, and the share of rows that release and rule answer alike."""

    rules: str
    scores: Mapping[str, float]
    agreement: float


def report(recipe: Recipe, holdout: pd.DataFrame, answers: Answers) -> Report:
    """Score the answers of a release, shape (rows,), against the labels of `holdout`."""
    labels = holdout[recipe.label]
    if recipe.threshold is None:
        return Report(len(holdout), None, _distances(labels, answers), None)
    decisions = answers >= recipe.threshold
    ranking = {
        "auc_roc": _rounded(roc_auc_score(labels, answers)),
        "brier": _rounded(brier_score_loss(labels, answers)),
    }
    classes = classification_report(labels, decisions, output_dict=True, zero_division=0)
    del classes["accuracy"]
    return Report(
        samples=len(holdout),
        threshold=recipe.threshold,
        scores={**ranking, **_decisions(recipe, holdout, decisions)},
        classes={name: {score: _rounded(value) for score, value in scores.items()} for name, scores in classes.items()},
    )


def compare_with_rule(recipe: Recipe, holdout: pd.DataFrame, answers: Answers) -> RuleComparison:
    """Score the rule on the same rows, beside the answers of a release, shape (rows,)."""
    said = holdout.eval(recipe.rule).to_numpy(dtype=np.float64)
    if recipe.threshold is None:
        alike = np.abs(said - answers) <= ALIKE_WITHIN
        return RuleComparison(recipe.rule, _distances(holdout[recipe.label], said), _rounded(alike.mean()))
    decided = said > 0
    alike = decided == (answers >= recipe.threshold)
    return RuleComparison(recipe.rule, _decisions(recipe, holdout, decided), _rounded(alike.mean()))


def _decisions(recipe: Recipe, holdout: pd.DataFrame, decisions: Decisions) -> dict[str, float]:
    labels = holdout[recipe.label]
    true_negatives, false_positives = confusion_matrix(labels, decisions)[0]
    between = {
        f"demographic_parity_difference_{group}": _rounded(
            demographic_parity_difference(labels, decisions, sensitive_features=holdout[group])
        )
        for group in recipe.groups
    }
    return {
        "precision": _rounded(precision_score(labels, decisions, zero_division=0)),
        "recall": _rounded(recall_score(labels, decisions)),
        "f1": _rounded(f1_score(labels, decisions)),
        "false_positive_rate": _rounded(false_positives / (true_negatives + false_positives)),
        **between,
    }


def _distances(labels: pd.Series, answers: Answers) -> dict[str, float]:
    return {
        "mae": _rounded(mean_absolute_error(labels, answers)),
        "rmse": _rounded(mean_squared_error(labels, answers) ** 0.5),
        "r2": _rounded(r2_score(labels, answers)),
    }


def _rounded(value: float) -> float:
    return round(float(value), DECIMALS)
