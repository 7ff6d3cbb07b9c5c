"""The model `credit-risk`: real credit-card clients, held out by their ID alone, and three releases."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from estimators import TREES, boosting, linear
from recipe import Hyperparameter, Recipe, Release

CLIENTS: Final = Path(__file__).resolve().parent / "data" / "taiwan_credit.csv.gz"
IDENTIFIER: Final = "ID"
LABEL: Final = "DEFAULT"

REPAYMENT_STATUS: Final = ("PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6")
"""Months of delay in repayment, September back to April 2005; zero and below mean no delay."""

AMOUNTS: Final = (
    "LIMIT_BAL",
    *(f"BILL_AMT{month}" for month in range(1, 7)),
    *(f"PAY_AMT{month}" for month in range(1, 7)),
)
"""Credit limit, bills and payments in New Taiwan dollars."""

FEATURES: Final = ("LIMIT_BAL", *REPAYMENT_STATUS, *AMOUNTS[1:])
"""What the model reads, in the order in which it reads it. No protected attribute is among them."""

COLUMNS: Final = (IDENTIFIER, "LIMIT_BAL", "SEX", "EDUCATION", "MARRIAGE", "AGE", *FEATURES[1:], LABEL)
"""Every column of the client file, in its order."""

CUT_AT: Final = datetime(2005, 9, 30, tzinfo=UTC)
"""The source gives the month alone; all views are of its end."""

SEED: Final = 20050930
HOLDOUT_SHARE: Final = 0.30
SPLIT_SALT: Final = "credit-risk/holdout/1"


def read_clients(path: Path) -> pd.DataFrame:
    """Read a client file, plain or gzip-compressed CSV, as `int64` columns in the order of `COLUMNS`.

    Raises:
        OSError: the file cannot be read.
        ValueError: a column is missing or unknown, a value is not an integer, or an ID occurs twice.
    """
    clients = pd.read_csv(path, encoding="utf-8-sig")
    if difference := set(COLUMNS).symmetric_difference(clients.columns):
        raise ValueError(f"{path}: missing or unknown columns: {', '.join(sorted(difference))}")
    if fractional := [column for column in COLUMNS if clients[column].dtype != "int64"]:
        raise ValueError(f"{path}: columns with values that are no integers: {', '.join(fractional)}")
    if not clients[IDENTIFIER].is_unique:
        raise ValueError(f"{path}: column {IDENTIFIER} names a client twice")
    return clients[list(COLUMNS)]


def _held_out(clients: pd.DataFrame) -> "pd.Series[bool]":
    return clients[IDENTIFIER].map(_is_held_out).astype(bool)


def _is_held_out(client: int) -> bool:
    digest = hashlib.sha256(f"{SPLIT_SALT}:{client}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < HOLDOUT_SHARE * 2**64


def _scorecard() -> Release:
    encoding = {"min_frequency": 50}
    regression = {"C": 0.1, "max_iter": 2000}
    return Release(
        name="1.0.0",
        purpose="first scorecard",
        hyperparameters={"model": "logistic_regression", **encoding, **regression},
        estimator=linear(
            LogisticRegression(**regression),
            words=REPAYMENT_STATUS,
            numbers=AMOUNTS,
            handle_unknown="infrequent_if_exist",
            **encoding,
        ),
    )


def _trees(name: str, purpose: str, **changes: Hyperparameter) -> Release:
    chosen = boosting(SEED, **changes)
    return Release(
        name=name,
        purpose=purpose,
        hyperparameters={"model": "gradient_boosting", **chosen},
        estimator=HistGradientBoostingClassifier(early_stopping=False, **chosen),
        trusted_types=TREES,
    )


RECIPE: Final = Recipe(
    model="credit-risk",
    identifier=IDENTIFIER,
    columns=COLUMNS,
    features=FEATURES,
    label=LABEL,
    groups=("SEX",),
    threshold=0.5,
    snapshot="taiwan-credit-2005-09",
    cut_at=CUT_AT,
    refreshed_at=dict.fromkeys(("credit_lines", "repayment_status", "statements", "payments"), CUT_AT),
    rows=lambda: read_clients(CLIENTS),
    is_training=lambda clients: ~_held_out(clients),
    is_holdout=_held_out,
    releases=(
        _scorecard(),
        _trees("1.1.0", "trees instead of a linear model, for better ranking"),
        _trees("1.2.0", "balanced class weights, to catch more defaulters", class_weight="balanced"),
    ),
)
