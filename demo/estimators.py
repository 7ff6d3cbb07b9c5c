"""The estimators that more than one model is made with: a linear one, and boosted trees, over words and numbers."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

TREES: Final = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)
"""The types beyond skops' own list that loading stored trees creates."""


def linear(regression: Any, words: Sequence[str], numbers: Sequence[str], **encoding: Any) -> Pipeline:
    """A scikit-learn regression over words, one column each, and scaled numbers."""
    columns = ColumnTransformer(
        [("words", OneHotEncoder(**encoding), list(words)), ("numbers", StandardScaler(), list(numbers))]
    )
    return Pipeline([("columns", columns), ("regression", regression)])


def over_words(trees: Any, words: Sequence[str]) -> Pipeline:
    """Trees over words, numbered in the order of the alphabet, and all other columns as they are."""
    numbered = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    columns = ColumnTransformer([("words", numbered, list(words))], remainder="passthrough")
    return Pipeline([("columns", columns), ("trees", trees)])


def boosting(seed: int, **changes: Any) -> Mapping[str, Any]:
    """Hyperparameters of boosted trees: few and small, so that an artifact stays small."""
    return {"learning_rate": 0.25, "max_bins": 64, "max_iter": 16, "max_leaf_nodes": 8, "random_state": seed, **changes}
