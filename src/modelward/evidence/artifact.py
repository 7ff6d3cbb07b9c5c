"""A model directory becomes a function from rows to columns of predictions. Only this module loads a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from modelward.errors import CannotEvaluate

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Column:
    """One column of a prediction: its name where the model gives one, and its values as numbers or as texts."""

    name: str | None
    numbers: NDArray[np.float64]
    texts: list[str] | None = None

    @classmethod
    def of(cls, name: object, values: Any) -> "Column":
        """A column of numbers if all of it is, else of texts."""
        label = None if name is None else str(name)
        array = np.asarray(values)
        if array.dtype == object or array.dtype.kind in "OUSM":
            return cls(label, np.empty(0), [str(value) for value in array.tolist()])
        return cls(label, array.astype(np.float64))

    @classmethod
    def joined(cls, parts: Sequence["Column"]) -> "Column":
        """The column whose parts these are."""
        if all(part.texts is None for part in parts):
            return cls(parts[0].name, np.concatenate([part.numbers for part in parts]))
        return cls(parts[0].name, np.empty(0), [text for part in parts for text in part.texts or ()])


class Predict:
    """A loaded model. What the model raises is passed on."""

    def __init__(self, model: Any) -> None:
        self._model = model
        schema: Any = model.metadata.get_input_schema() if model.metadata is not None else None
        fields = schema.inputs if schema is not None and schema.has_input_names() else ()
        self._types: Mapping[str, str] = {each.name: each.type.name for each in fields if hasattr(each.type, "name")}

    def __call__(self, rows: "pd.DataFrame", /) -> list[Column]:
        """The columns of the prediction for all rows."""
        return self.columns(self.raw(rows), len(rows))

    def raw(self, rows: "pd.DataFrame", /) -> Any:
        """What the model itself answers."""
        return self._model.predict(self._conformed(rows))

    def columns(self, prediction: Any, rows: int) -> list[Column]:
        """A prediction as columns; `CannotEvaluate` when it has not one value or one row of values for each row."""
        import pandas as pd

        if isinstance(prediction, pd.DataFrame):
            found = [Column.of(name, values.to_numpy()) for name, values in prediction.items()]
            shape: tuple[int, ...] = prediction.shape
        elif isinstance(prediction, pd.Series):
            found, shape = [Column.of(prediction.name, prediction.to_numpy())], prediction.shape
        elif isinstance(prediction, Mapping):
            return self.columns(pd.DataFrame(dict(prediction)), rows)
        else:
            array = np.asarray(prediction)
            shape = array.shape
            columns: list[np.ndarray] = [array] if array.ndim == 1 else list(array.T) if array.ndim == 2 else []
            found = [Column.of(None, column) for column in columns]
        if not found or shape[0] != rows:
            message = f"the model answers {rows} rows with the shape {shape}"
            raise CannotEvaluate(message, "let it return one value, or one row of values, for each input row")
        return found

    def _conformed(self, rows: "pd.DataFrame") -> "pd.DataFrame":
        """The rows in the types that the model's signature demands, where that loses nothing.

        A file has fewer types than a signature, and without a signature a column of texts that are all numbers is
        what the training framework read as numbers.
        """
        changed = {}
        for name, column in rows.items():
            conformed = _conform(column, self._types.get(str(name)))
            if conformed is not column:
                changed[str(name)] = conformed
        return rows.assign(**changed)


_TYPES: Final = {"integer": "int32", "long": "int64", "float": "float32", "double": "float64", "boolean": "bool"}
"""How numbers are kept that a signature calls so."""


def _conform(column: "pd.Series", wanted: str | None) -> "pd.Series":
    import pandas as pd

    target = _TYPES.get(wanted or "")
    if target is not None and column.dtype == target:
        return column
    is_text = not pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_datetime64_any_dtype(column)
    if wanted == "string":
        return column if is_text else column.astype(str)
    if wanted == "datetime":
        return pd.to_datetime(column)
    if wanted is None and not is_text:
        return column
    try:
        numbers = pd.to_numeric(column)
    except (ValueError, TypeError):
        return column
    if target is None or (numbers.isna().any() and wanted not in ("float", "double")):
        return numbers
    cast = numbers.astype(target)
    return cast if wanted == "float" or (cast.isna() | (cast == numbers)).all() else numbers


def load_model(directory: Path) -> Predict:
    """Load the model that MLflow wrote to `directory`.

    A model may execute code while it is loaded: call this only in a process that holds no secret, and only for a
    directory whose digest was compared. What the model or MLflow raises is passed on.
    """
    import mlflow.pyfunc

    return Predict(mlflow.pyfunc.load_model(str(directory)))
