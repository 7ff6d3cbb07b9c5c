"""The model `delivery-eta`: synthetic deliveries, the last four weeks held out, and three releases.

The third release promises late on purpose, so that fewer deliveries come later than promised; its promises are
further from the truth than the champion's.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge

from deliveries import DAYS, SEED, Delivery, deliveries
from estimators import TREES, boosting, linear, over_words
from recipe import Hyperparameter, Recipe, Release

LABEL: Final = "minutes"
WORDS: Final = ("weather", "vehicle")
NUMBERS: Final = ("hour", "weekday", "distance_m", "stops_before", "dishes", "open_orders", "courier_days")
FEATURES: Final = (*WORDS, *NUMBERS)

FIRST_DAY: Final = datetime(2026, 7, 27, tzinfo=UTC)
HOLDOUT_DAYS: Final = 28
CUT_AT: Final = FIRST_DAY + timedelta(days=DAYS - HOLDOUT_DAYS)


def _linear() -> Release:
    ridge = {"alpha": 1.0}
    return Release(
        name="1.0.0",
        purpose="first estimate that knows the weather and the courier",
        hyperparameters={"model": "ridge_regression", **ridge},
        estimator=linear(Ridge(**ridge), WORDS, NUMBERS, handle_unknown="ignore"),
    )


def _trees(name: str, purpose: str, **changes: Hyperparameter) -> Release:
    chosen = boosting(SEED, learning_rate=0.3, max_iter=20, max_leaf_nodes=10, **changes)
    return Release(
        name=name,
        purpose=purpose,
        hyperparameters={"model": "gradient_boosting", **chosen},
        estimator=over_words(HistGradientBoostingRegressor(early_stopping=False, **chosen), WORDS),
        trusted_types=TREES,
    )


RECIPE: Final = Recipe(
    model="delivery-eta",
    identifier="delivery",
    columns=Delivery._fields,
    features=FEATURES,
    label=LABEL,
    groups=(),
    threshold=None,
    snapshot=f"deliveries-{CUT_AT:%Y-%m-%d}",
    cut_at=CUT_AT,
    refreshed_at={
        "orders": CUT_AT - timedelta(minutes=1),
        "kitchens": CUT_AT - timedelta(minutes=5),
        "weather": CUT_AT - timedelta(hours=6),
        "couriers": CUT_AT - timedelta(hours=22),
    },
    rows=lambda: pd.DataFrame(deliveries()),
    is_training=lambda rows: rows["day"] < DAYS - HOLDOUT_DAYS,
    is_holdout=lambda rows: rows["day"] >= DAYS - HOLDOUT_DAYS,
    releases=(
        _linear(),
        _trees("1.1.0", "trees instead of a linear model: rush hour and rain are worse together"),
        _trees("1.2.0", "promises late, so that four of five come in time", loss="quantile", quantile=0.8),
    ),
)
