"""How one model of the demonstration is made: the shape that all of them share.

A recipe comes from the module of a model, and goes to training, to the embedded registry and to the files that
evidence is measured on. Which rows are held out is a matter of each row alone, so that a file in another order, or
with more rows, never moves a row from one side to the other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MODELS: Final = Path(__file__).resolve().parent.parent / "models"

Answers = NDArray[np.float64]
"""One answer a row, shape (rows,): the probability of the positive class, or the predicted number."""

Hyperparameter = str | int | float

Taught = Callable[[pd.DataFrame], pd.Series]
"""What a release is told of each row that it learns from."""


class Estimator(Protocol):
    """What training needs of a scikit-learn estimator."""

    def fit(self, features: pd.DataFrame, labels: pd.Series, /) -> object:
        """Learn from rows of features and what was true of each."""


@dataclass(frozen=True)
class Release:
    """One release: its semantic version, why it was made, and the estimator before training.

    `trusted_types` are the types beyond skops' own list that loading the stored estimator may create. `taught` is what
    it is told of each row, when that is another thing than the label.
    """

    name: str
    purpose: str
    hyperparameters: Mapping[str, Hyperparameter]
    estimator: Estimator
    trusted_types: tuple[str, ...] = ()
    taught: Taught | None = None


@dataclass(frozen=True)
class Recipe:
    """What makes a model: its columns, rows and split, and its releases in the order in which they are trained.

    `columns` are those of the canonical file, in its order; `identifier` names a row. `is_training` and `is_holdout`
    say of each row on which side it lies; a row may lie on neither, as when its label came too late. `cut_at` is the
    time of the training data, `refreshed_at` the time at which each feature view was last brought up to date before
    it. `groups` are the columns by whose groups decisions are compared; no release reads one of them. `threshold` is
    the probability from which on a row counts as positive, and None where answers are numbers.
    """

    model: str
    identifier: str
    columns: tuple[str, ...]
    features: tuple[str, ...]
    label: str
    groups: tuple[str, ...]
    threshold: float | None
    snapshot: str
    cut_at: datetime
    refreshed_at: Mapping[str, datetime]
    rows: Callable[[], pd.DataFrame]
    is_training: Callable[[pd.DataFrame], "pd.Series[bool]"]
    is_holdout: Callable[[pd.DataFrame], "pd.Series[bool]"]
    releases: tuple[Release, ...]

    @property
    def predicts(self) -> str:
        """The method by which a release answers."""
        return "predict" if self.threshold is None else "predict_proba"

    @property
    def rule(self) -> str:
        """What answers without the model, as an expression over the columns: the file that the manifest pins."""
        return (MODELS / self.model / "rules" / "heuristic.txt").read_text(encoding="utf-8").strip()

    def sides(self) -> dict[str, pd.DataFrame]:
        """The rows of `training`, that releases learn from, and of `holdout`, that they are measured on."""
        rows = self.rows()
        return {"training": rows[self.is_training(rows)], "holdout": rows[self.is_holdout(rows)]}

    def file(self, rows: pd.DataFrame) -> bytes:
        """Write rows as the canonical CSV, whose SHA-256 names them.

        UTF-8 without byte-order mark: one header line, `columns`, LF, decimal integers and plain words only, in the
        order of the identifier.
        """
        text: str = rows.sort_values(self.identifier).to_csv(
            columns=list(self.columns), index=False, lineterminator="\n"
        )
        return text.encode()
