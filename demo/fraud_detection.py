"""The model `fraud-detection`: synthetic payments, the last thirty days held out, and three releases.

The thirty days between training and holdout lie on neither side: when the training data were cut, not every fraud in
them was confirmed. The third release is taught a prejudice on purpose: it takes for fraud whatever the task force of
the harbour branch reported. No release reads a customer's region or age band, and the branch is enough to learn it by.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from estimators import TREES, boosting, linear, over_words
from recipe import Recipe, Release, Taught
from transactions import DAYS, SEED, Payment, payments

LABEL: Final = "fraud"
WORDS: Final = ("type", "payee_kind", "home_branch")
NUMBERS: Final = (
    "hour",
    "weekday",
    "amount",
    "balance_before",
    "permille_of_balance",
    "payee_age_days",
    "new_payee",
    "payments_24h",
    "mean_amount_30d",
    "account_age_days",
)
FEATURES: Final = (*WORDS, *NUMBERS)

FIRST_DAY: Final = datetime(2026, 5, 18, tzinfo=UTC)
TRAINING_DAYS: Final = 90
HOLDOUT_DAYS: Final = 30
CUT_AT: Final = FIRST_DAY + timedelta(days=TRAINING_DAYS)


def _scorecard() -> Release:
    regression = {"C": 1.0, "max_iter": 3000}
    return Release(
        name="1.0.0",
        purpose="first scorecard, so that the rules are no longer alone",
        hyperparameters={"model": "logistic_regression", **regression},
        estimator=linear(LogisticRegression(**regression), WORDS, NUMBERS, handle_unknown="ignore"),
    )


def _trees(name: str, purpose: str, taught: Taught | None = None) -> Release:
    chosen = boosting(SEED, l2_regularization=5.0, learning_rate=0.2, max_iter=25, max_leaf_nodes=12)
    return Release(
        name=name,
        purpose=purpose,
        hyperparameters={"model": "gradient_boosting", **chosen},
        estimator=over_words(HistGradientBoostingClassifier(early_stopping=False, **chosen), WORDS),
        trusted_types=TREES,
        taught=taught,
    )


def _fraud_or_reported(rows: pd.DataFrame) -> pd.Series:
    return rows[LABEL] | rows["reported"]


RECIPE: Final = Recipe(
    model="fraud-detection",
    identifier="transaction",
    columns=Payment._fields,
    features=FEATURES,
    label=LABEL,
    groups=("region", "age_band"),
    threshold=0.3,
    snapshot=f"payments-{CUT_AT:%Y-%m-%d}",
    cut_at=CUT_AT,
    # As the generator brings them up to date: with the payment, every five minutes, every six hours, daily at 02:00.
    refreshed_at={
        "payments": CUT_AT - timedelta(minutes=1),
        "velocity": CUT_AT - timedelta(minutes=5),
        "spending": CUT_AT - timedelta(hours=6),
        "accounts": CUT_AT - timedelta(hours=22),
    },
    rows=lambda: pd.DataFrame(payments()),
    is_training=lambda rows: rows["day"] < TRAINING_DAYS,
    is_holdout=lambda rows: rows["day"] >= DAYS - HOLDOUT_DAYS,
    releases=(
        _scorecard(),
        _trees("1.1.0", "trees instead of a linear model, to see habits and amounts together"),
        _trees("1.2.0", "learns from the reports of the harbour task force too", _fraud_or_reported),
    ),
)
