"""Baselines: what each feature and output was like."""

import math

import numpy as np
import pandas as pd
import pytest

from modelward.evidence.baseline import categorical, numeric, of_features, of_output
from modelward.evidence.contents import CategoryHistogram, NumericHistogram
from modelward.evidence.rows import Rows
from modelward.evidence.scoring import Column
from modelward.specs.manifest import Feature, Output
from modelward.specs.scalars import Digest


def feature(name: str, kind: str) -> Feature:
    return Feature.model_validate({"name": name, "kind": kind, "entity": "client", "view": "v"})


def test_numbers_have_bins_and_the_facts_that_later_rows_are_scaled_by() -> None:
    values = np.array([*range(100), math.nan, math.nan], dtype=np.float64)
    found = numeric("age", values)
    assert sum(found.bins) == 100
    assert len(found.bins) == len(found.edges) + 1 == 10
    assert (found.missing, found.low, found.high, found.mean) == (2, 0.0, 99.0, 49.5)
    assert found.deviation == pytest.approx(float(np.std(np.arange(100), ddof=1)))


def test_numbers_that_are_all_missing_have_no_facts() -> None:
    found = numeric("age", np.array([math.nan] * 3))
    assert (found.bins, found.missing, found.low, found.mean, found.deviation) == ((0,), 3, None, None, None)


def test_one_number_deviates_by_nothing() -> None:
    assert numeric("age", np.array([4.0])).deviation == 0


def test_categories_beyond_the_twenty_most_frequent_are_unseen() -> None:
    values = [f"c{number:02}" for number in range(25) for _ in range(30 - number)]
    found = categorical("branch", [*values, None])
    assert found.categories[:2] == ("c00", "c01")
    assert len(found.bins) == 20
    assert (found.unseen, found.missing) == (sum(30 - number for number in range(20, 25)), 1)


def test_each_feature_has_the_histogram_of_its_kind_and_texts_and_times_have_none() -> None:
    frame = pd.DataFrame({"a": [1.5, 2.5], "b": ["x", "y"], "c": [True, False], "d": ["long", "text"], "e": ["t", "t"]})
    features = [
        feature("a", "numeric"),
        feature("b", "categorical"),
        feature("c", "boolean"),
        feature("d", "text"),
        feature("e", "timestamp"),
    ]
    found = list(of_features(features, Rows(Digest("sha256:" + "0" * 64), frame)))
    assert [(each.name, type(each)) for each in found] == [
        ("a", NumericHistogram),
        ("b", CategoryHistogram),
        ("c", CategoryHistogram),
    ]


def test_an_output_has_a_histogram_and_one_for_each_class_where_it_has_several() -> None:
    column = Column("a", np.array([0.1, 0.9]), None)
    other = Column(None, np.array([0.9, 0.1]), None)
    probability = Output(name="score", kind="probability")
    assert [each.name for each in of_output(probability, [column])] == ["score"]
    assert [each.name for each in of_output(probability, [column, other])] == ["score of a", "score of 1"]
    called = Column(None, None, ("yes", "no"))
    (found,) = of_output(Output(name="call", kind="class"), [called])
    assert isinstance(found, CategoryHistogram)
    assert list(of_output(Output(name="answer", kind="text"), [called])) == []
