"""A model directory becomes a function from rows to scores. This module is the only one that loads a model."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from modelward.errors import CannotEvaluate
from modelward.evidence.intervals import Array

if TYPE_CHECKING:
    import pandas as pd


class Scorer(Protocol):
    """What a loaded model is to us."""

    def __call__(self, rows: "pd.DataFrame", /) -> Array:
        """One score a row, shape (rows,); what the model raises is passed on."""


def load_scorer(directory: Path, column: int) -> Scorer:
    """Load the model that MLflow wrote to `directory`; its score is the prediction's `column`, counted from 0.

    A model may execute code while it is loaded: call this only in a process that holds no secret, and only for a
    directory whose digest was compared. What the model or MLflow raises is passed on; the returned function raises
    `CannotEvaluate` when the prediction has another shape than (rows, columns) with such a column.
    """
    import mlflow.pyfunc

    model = mlflow.pyfunc.load_model(str(directory))

    def scores(rows: "pd.DataFrame", /) -> Array:
        prediction = np.asarray(model.predict(rows), dtype=np.float64)
        if prediction.ndim != 2 or prediction.shape[0] != len(rows) or prediction.shape[1] <= column:
            message = f"the model answers {len(rows)} rows with the shape {prediction.shape}"
            raise CannotEvaluate(message, f"let it return one row of at least {column + 1} values for each input row")
        score: Array = prediction[:, column]
        return score

    return scores
