"""What the columns of a prediction mean."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelward.errors import CannotEvaluate, WrongUse
from modelward.evidence.outputs import find_output, labels_of, range_of, sample_of, values_of
from modelward.evidence.rows import Rows
from modelward.evidence.scoring import Column
from modelward.evidence.tasks.binary import BinarySample
from modelward.evidence.tasks.multiclass import MulticlassSample
from modelward.evidence.tasks.regression import RegressionSample
from modelward.specs.manifest import Manifest
from modelward.specs.scalars import Digest

PROBABILITY = {"name": "score", "kind": "probability", "threshold": 0.5, "positive": 1}


def manifest(task: str, *outputs: dict[str, Any], label: str | None = "y") -> Manifest:
    return Manifest.model_validate(
        {
            "schema": "manifest/v1",
            "model": "m",
            "registered_model": "m",
            "summary": "s",
            "task": task,
            "inputs": "tabular",
            "outputs": outputs,
            "label": None if label is None else {"column": label, "delay": "1d"},
            "fallback": "none",
        },
        strict=False,
    )


def data(labels: list[Any]) -> Rows:
    return Rows(Digest("sha256:" + "0" * 64), pd.DataFrame({"y": labels}))


def numbers(*values: float, name: str | None = None) -> Column:
    return Column(name, np.array(values), None)


def words(*values: str, name: str | None = None) -> Column:
    return Column(name, None, values)


def sample(task: str, output: dict[str, Any], labels: list[Any], *columns: Column) -> Any:
    spec = manifest(task, output)
    return sample_of(spec, spec.outputs[0], columns, labels_of(spec, data(labels)))


def test_one_column_is_the_score() -> None:
    found = sample("binary", PROBABILITY, [1, 0], numbers(0.7, 0.2))
    assert isinstance(found, BinarySample)
    assert found.scores is not None
    assert found.decisions is not None
    assert (found.labels.tolist(), found.scores.tolist(), found.decisions.tolist()) == (
        [True, False],
        [0.7, 0.2],
        [True, False],
    )


@pytest.mark.parametrize(
    ("labels", "positive", "scores"),
    [
        ([1, 0], 1, [0.7, 0.2]),
        ([1, 0], 0, [0.3, 0.8]),
        (["yes", "no"], "yes", [0.7, 0.2]),
        (["yes", "no"], "no", [0.3, 0.8]),
        (["10", "9"], 10, [0.7, 0.2]),
        ([1.0, 0.0], 1, [0.7, 0.2]),
        ([True, False], 1, [0.7, 0.2]),
    ],
)
def test_of_two_columns_without_names_the_positive_class_stands_where_it_stands_among_the_sorted_labels(
    labels: list[Any], positive: int | str, scores: list[float]
) -> None:
    columns = (numbers(0.3, 0.8), numbers(0.7, 0.2))
    found = sample("binary", {**PROBABILITY, "positive": positive}, labels, *columns)
    assert found.scores.tolist() == scores
    assert found.labels.tolist() == [str(label) == str(positive) or label == positive for label in labels]


def test_two_columns_are_told_apart_also_where_no_row_is_positive() -> None:
    found = sample("binary", PROBABILITY, [0, 0], numbers(0.3, 0.8), numbers(0.7, 0.2))
    assert (found.scores.tolist(), found.labels.tolist()) == ([0.7, 0.2], [False, False])


def test_a_column_is_found_by_the_name_of_the_output_before_all_else() -> None:
    found = sample("binary", PROBABILITY, [1, 0], numbers(9, 9, name="other"), numbers(0.7, 0.2, name="score"))
    assert found.scores.tolist() == [0.7, 0.2]


def test_a_column_is_found_by_the_name_of_the_positive_class() -> None:
    found = sample("binary", PROBABILITY, [1, 0], numbers(0.3, 0.8, name="0"), numbers(0.7, 0.2, name="1"))
    assert found.scores.tolist() == [0.7, 0.2]


def test_columns_that_nothing_names_are_refused_with_their_names() -> None:
    with pytest.raises(CannotEvaluate, match=r"no column of the prediction is `score`: its columns are a, b"):
        sample("binary", PROBABILITY, [1, 0], numbers(0.3, 0.8, name="a"), numbers(0.7, 0.2, name="b"))
    with pytest.raises(CannotEvaluate, match="3 without names"):
        sample("binary", PROBABILITY, [1, 0], *[numbers(0.3, 0.8)] * 3)


def test_called_classes_are_decisions() -> None:
    found = sample("binary", {"name": "call", "kind": "class", "positive": "bad"}, ["bad", "ok"], words("ok", "bad"))
    assert found.scores is None
    assert found.decisions.tolist() == [False, True]


def test_a_class_that_is_a_number_may_be_called_as_a_number() -> None:
    found = sample("binary", {"name": "call", "kind": "class", "positive": 1}, [1, 0], numbers(1.0, 1.0))
    assert found.decisions.tolist() == [True, True]


def test_a_score_that_is_no_probability_has_no_probabilities() -> None:
    found = sample("binary", {"name": "points", "kind": "number", "threshold": 500}, [1, 0], numbers(700, 20))
    assert not found.probabilities
    assert found.decisions.tolist() == [True, False]


def test_without_a_threshold_there_are_no_decisions() -> None:
    assert sample("binary", {"name": "score", "kind": "probability"}, [1, 0], numbers(0.7, 0.2)).decisions is None


@pytest.mark.parametrize("labels", [[1, 0, 2], [2, 3], ["yes", "no"]])
def test_labels_that_are_not_the_positive_class_and_one_other_are_refused(labels: list[Any]) -> None:
    with pytest.raises(CannotEvaluate, match="and `1` is the positive one of two"):
        sample("binary", PROBABILITY, labels, numbers(*[0.5] * len(labels)))


@pytest.mark.parametrize(
    ("values", "said"),
    [((0.5, float("nan")), "1 of 2 scores are not finite"), ((0.5, 1.5), "1 of 2 scores are no probabilities")],
)
def test_scores_that_are_no_probabilities_are_refused_and_counted(values: tuple[float, float], said: str) -> None:
    with pytest.raises(CannotEvaluate, match=said):
        sample("binary", PROBABILITY, [1, 0], numbers(*values))


def test_text_is_no_probability() -> None:
    with pytest.raises(CannotEvaluate, match="output score is text"):
        sample("binary", PROBABILITY, [1, 0], words("a", "b"))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_rows_without_a_label_are_refused_and_counted(task: str) -> None:
    with pytest.raises(CannotEvaluate, match="1 rows of the data have no label in `y`"):
        labels_of(manifest(task, PROBABILITY), data([1.0, None, 0.0]))


def test_a_model_without_a_label_cannot_be_measured() -> None:
    with pytest.raises(WrongUse, match="declares no label"):
        labels_of(manifest("binary", PROBABILITY, label=None), data([1, 0]))


def test_classes_are_sorted_as_numbers_when_they_all_are() -> None:
    assert labels_of(manifest("multiclass", PROBABILITY), data([10, 9, 1])).classes == ("1", "9", "10")
    assert labels_of(manifest("multiclass", PROBABILITY), data(["b", "10", "a"])).classes == ("10", "a", "b")


def test_probabilities_of_several_classes_are_in_the_order_of_the_labels() -> None:
    output = {"name": "kind", "kind": "probability"}
    columns = (numbers(0.1, 0.2, 0.9), numbers(0.8, 0.2, 0.05), numbers(0.1, 0.6, 0.05))
    found = sample("multiclass", output, ["b", "c", "a"], *columns)
    assert isinstance(found, MulticlassSample)
    assert (found.labels.tolist(), found.called.tolist()) == ([1, 2, 0], [1, 2, 0])


def test_probabilities_of_named_classes_stand_in_any_order() -> None:
    output = {"name": "kind", "kind": "probability"}
    columns = (numbers(0.9, name="b"), numbers(0.1, name="a"))
    found = sample("multiclass", output, ["b"], *columns[:1])
    assert found.called.tolist() == [0]
    both = sample("multiclass", output, ["b", "a"], numbers(0.9, 0.2, name="b"), numbers(0.1, 0.8, name="a"))
    assert both.called.tolist() == [1, 0]
    assert both.probabilities[0].tolist() == [0.1, 0.9]


def test_more_columns_than_classes_are_refused() -> None:
    with pytest.raises(CannotEvaluate, match="3 without names"):
        sample("multiclass", {"name": "kind", "kind": "probability"}, ["a", "b"], *[numbers(0.5, 0.5)] * 3)


def test_called_classes_of_several_are_found_by_their_name() -> None:
    found = sample("multiclass", {"name": "kind", "kind": "class"}, ["a", "b"], words("b", "never seen"))
    assert found.called.tolist() == [1, -1]
    assert found.probabilities is None


def test_numbers_are_held_against_numbers() -> None:
    found = sample("regression", {"name": "minutes", "kind": "number"}, [10, 20.5], numbers(11, 21))
    assert isinstance(found, RegressionSample)
    assert (found.labels.tolist(), found.predictions.tolist()) == ([10, 20.5], [11, 21])


@pytest.mark.parametrize("task", ["ranking", "generation", "forecast"])
def test_a_task_without_measures_says_how_to_report_them(task: str) -> None:
    with pytest.raises(WrongUse, match=f"the task {task} has no built-in metrics") as refused:
        sample(task, {"name": "score", "kind": "number"}, [1, 2], numbers(1, 2))
    assert "--reported" in refused.value.remedy


def test_an_output_is_found_by_name_and_is_the_first_by_default() -> None:
    spec = manifest("binary", PROBABILITY, {"name": "call", "kind": "class"})
    assert find_output(spec, None).name == "score"
    assert find_output(spec, "call").name == "call"
    with pytest.raises(WrongUse, match="no output `third`"):
        find_output(spec, "third")
    with pytest.raises(WrongUse, match="declares no output"):
        find_output(manifest("binary"), None)


def test_a_probability_lies_in_0_to_1_and_a_number_where_it_is_declared() -> None:
    spec = manifest(
        "binary", PROBABILITY, {"name": "points", "kind": "number", "range": (0, 10)}, {"name": "n", "kind": "number"}
    )
    assert [range_of(output) for output in spec.outputs] == [(0, 1), (0, 10), None]


def test_an_output_that_is_asked_for_by_name_is_found_among_several() -> None:
    spec = manifest("binary", PROBABILITY, {"name": "call", "kind": "class"})
    columns = (numbers(0.5, name="score"), words("a", name="call"))
    assert values_of(spec, spec.outputs[1], columns, ("0", "1")) == [columns[1]]
