"""The releases of the model `credit-risk`, in the order in which they were trained."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from credit_risk import AMOUNTS, REPAYMENT_STATUS

SEED: Final = 20050930

Hyperparameter = str | int | float


class Classifier(Protocol):
    """What training needs of a scikit-learn classifier."""

    def fit(self, features: pd.DataFrame, labels: pd.Series, /) -> object:
        """Learn from rows of features and their labels, 0 or 1."""

    def predict_proba(self, features: pd.DataFrame, /) -> NDArray[np.float64]:
        """Probabilities of shape (rows, 2); the second column is the probability of default."""


@dataclass(frozen=True)
class Release:
    """One release: its semantic version, why it was made, and the classifier before training.

    `trusted_types` are the types beyond skops' own list that loading the stored classifier may create.
    """

    name: str
    purpose: str
    hyperparameters: Mapping[str, Hyperparameter]
    classifier: Classifier
    trusted_types: tuple[str, ...]


def _scorecard() -> Release:
    encoding = {"min_frequency": 50}
    regression = {"C": 0.1, "max_iter": 2000}
    status = OneHotEncoder(handle_unknown="infrequent_if_exist", **encoding)
    columns = ColumnTransformer(
        [("status", status, list(REPAYMENT_STATUS)), ("amounts", StandardScaler(), list(AMOUNTS))]
    )
    return Release(
        name="1.0.0",
        purpose="first scorecard",
        hyperparameters=MappingProxyType({"model": "logistic_regression", **encoding, **regression}),
        classifier=Pipeline([("columns", columns), ("regression", LogisticRegression(**regression))]),
        trusted_types=(),
    )


def _boosting(name: str, purpose: str, **changes: Hyperparameter) -> Release:
    boosting = {
        "learning_rate": 0.25,
        "max_bins": 64,
        "max_iter": 16,
        "max_leaf_nodes": 8,
        "random_state": SEED,
        **changes,
    }
    return Release(
        name=name,
        purpose=purpose,
        hyperparameters=MappingProxyType({"model": "gradient_boosting", **boosting}),
        classifier=HistGradientBoostingClassifier(early_stopping=False, **boosting),
        trusted_types=("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",),
    )


RELEASES: Final = (
    _scorecard(),
    _boosting("1.1.0", "trees instead of a linear model, for better ranking"),
    _boosting("1.2.0", "balanced class weights, to catch more defaulters", class_weight="balanced"),
)
