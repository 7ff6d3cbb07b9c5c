"""Scores of a release on the holdout rows, and its comparison with a rule that needs no model."""

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
    precision_score,
    recall_score,
    roc_auc_score,
)

from credit_risk import LABEL, PROTECTED

THRESHOLD: Final = 0.5
"""Probability of default from which on a client counts as a defaulter."""

RULE: Final = "PAY_0 >= 2"
"""The rule that a clerk applies: two months late or more in the latest month."""

DECIMALS: Final = 6

Decisions = NDArray[np.bool_]


@dataclass(frozen=True)
class DecisionScores:
    """Scores of yes-or-no decisions; all lie between 0 and 1.

    `demographic_parity_difference` is the largest difference between two groups of `SEX` in the share of
    clients who are called defaulters.
    """

    precision: float
    recall: float
    f1: float
    false_positive_rate: float
    demographic_parity_difference: float


@dataclass(frozen=True)
class Report:
    """Scores of a release: its probabilities, its decisions from `threshold` on, and a report by class."""

    rows: int
    threshold: float
    auc_roc: float
    brier: float
    decisions: DecisionScores
    classification_report: dict[str, dict[str, float]]


@dataclass(frozen=True)
class RuleComparison:
    """The rule's scores on the same rows, and the share of rows on which release and rule decide alike."""

    rule: str
    decisions: DecisionScores
    agreement: float


def report(holdout: pd.DataFrame, probabilities: NDArray[np.float64]) -> Report:
    """Score the probabilities of default, shape (rows,), against the labels of `holdout`."""
    labels = holdout[LABEL]
    decisions = probabilities >= THRESHOLD
    by_class = classification_report(
        labels, decisions, target_names=["no default", "default"], output_dict=True, zero_division=0
    )
    del by_class["accuracy"]
    return Report(
        rows=len(holdout),
        threshold=THRESHOLD,
        auc_roc=_rounded(roc_auc_score(labels, probabilities)),
        brier=_rounded(brier_score_loss(labels, probabilities)),
        decisions=_decision_scores(holdout, decisions),
        classification_report={
            name: {score: _rounded(value) for score, value in scores.items()} for name, scores in by_class.items()
        },
    )


def compare_with_rule(holdout: pd.DataFrame, probabilities: NDArray[np.float64]) -> RuleComparison:
    """Score `RULE` on the same rows, beside the decisions that follow from `probabilities`, shape (rows,)."""
    by_rule: Decisions = holdout.eval(RULE).to_numpy()
    by_release = probabilities >= THRESHOLD
    return RuleComparison(
        rule=RULE,
        decisions=_decision_scores(holdout, by_rule),
        agreement=_rounded(float(np.mean(by_rule == by_release))),
    )


def _decision_scores(holdout: pd.DataFrame, decisions: Decisions) -> DecisionScores:
    labels = holdout[LABEL]
    true_negatives, false_positives = confusion_matrix(labels, decisions)[0]
    parity = demographic_parity_difference(labels, decisions, sensitive_features=holdout[PROTECTED])
    return DecisionScores(
        precision=_rounded(precision_score(labels, decisions, zero_division=0)),
        recall=_rounded(recall_score(labels, decisions)),
        f1=_rounded(f1_score(labels, decisions)),
        false_positive_rate=_rounded(false_positives / (true_negatives + false_positives)),
        demographic_parity_difference=_rounded(parity),
    )


def _rounded(value: float) -> float:
    return round(float(value), DECIMALS)
