"""Predictions of every usual form, and what is none."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow.types import ColSpec, Schema

from modelward.errors import CannotEvaluate
from modelward.evidence.artifact import Column, Predict

ROWS = pd.DataFrame({"limit": range(10)})
LIMITS = ROWS["limit"]


class Model:
    """What MLflow's loader gives, with an answer of the test's own."""

    metadata: Any = None

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def predict(self, _rows: pd.DataFrame) -> Any:
        return self._answer


def predicted(answer: Any) -> list[Column]:
    return Predict(Model(answer))(ROWS)


@pytest.mark.parametrize(
    ("answer", "columns"),
    [
        (LIMITS.to_numpy(), {None: float}),
        (np.stack([LIMITS], axis=1), {None: float}),
        (LIMITS.rename("score"), {"score": float}),
        (pd.DataFrame({"score": LIMITS, "word": "yes"}), {"score": float, "word": str}),
        ({"score": list(LIMITS)}, {"score": float}),
        (["yes"] * 10, {None: str}),
        (np.array(["yes"] * 10), {None: str}),
        (LIMITS > 3, {"limit": float}),
        (list(LIMITS), {None: float}),
        (pd.DataFrame({0: LIMITS, 1: LIMITS}), {"0": float, "1": float}),
        (pd.Series(["a", "b"] * 5, dtype="category"), {None: str}),
    ],
    ids=[
        *("array", "matrix", "series", "frame", "mapping", "words", "array of words", "flags", "list", "numbered"),
        "categories",
    ],
)
def test_every_usual_form_of_a_prediction_is_read(answer: Any, columns: dict[str | None, type]) -> None:
    assert {each.name: str if each.texts is not None else float for each in predicted(answer)} == columns


def test_values_are_kept_in_their_order() -> None:
    (numbers,) = predicted(LIMITS / 4)
    assert numbers.numbers.tolist() == [each / 4 for each in range(10)]
    (flags,) = predicted(LIMITS > 8)
    assert flags.numbers.tolist() == [0.0] * 9 + [1.0]
    left, right = predicted(np.stack([LIMITS, -LIMITS], axis=1))
    assert (left.numbers[3], right.numbers[3]) == (3.0, -3.0)


@pytest.mark.parametrize(
    ("answer", "shape"),
    [
        (np.zeros(9), r"\(9,\)"),
        (np.zeros((10, 2, 2)), r"\(10, 2, 2\)"),
        (0.5, r"\(\)"),
        (None, r"\(\)"),
        (np.zeros((10, 0)), r"\(10, 0\)"),
        (pd.DataFrame({"score": [1.0]}), r"\(1, 1\)"),
        (pd.Series([1.0]), r"\(1,\)"),
        ([], r"\(0,\)"),
    ],
)
def test_an_answer_of_another_shape_is_refused_with_its_shape(answer: Any, shape: str) -> None:
    with pytest.raises(CannotEvaluate, match=f"answers 10 rows with the shape {shape}"):
        predicted(answer)


def test_parts_of_a_column_are_joined() -> None:
    parts = [Column("score", np.array([1.0])), Column("score", np.array([2.0, 3.0]))]
    assert Column.joined(parts).numbers.tolist() == [1.0, 2.0, 3.0]
    words = [Column("word", np.empty(0), ["a"]), Column("word", np.empty(0), ["b"])]
    assert Column.joined(words).texts == ["a", "b"]


def test_rows_in_the_types_of_the_signature_are_copied_and_not_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Doubling(Model):
        metadata = SimpleNamespace(
            get_input_schema=lambda: Schema([ColSpec("long", "limit"), ColSpec("double", "share")])
        )

        def predict(self, rows: pd.DataFrame) -> Any:
            rows["limit"] *= 2
            return rows["limit"] + rows["share"]

    rows = ROWS.assign(share=0.5)
    monkeypatch.delattr(pd, "to_numeric")
    for _ in range(2):
        (column,) = Predict(Doubling(None))(rows)
        assert column.numbers.tolist() == [2 * limit + 0.5 for limit in range(10)]
