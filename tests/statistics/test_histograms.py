"""Frozen bins: what they are made of, and that everything falls into exactly one place."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.statistics.histograms import CategoryBins, NumericBins

numbers = st.lists(
    st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.integers(-5, 5).map(float)), min_size=1, max_size=200
)
categories = st.lists(st.one_of(st.none(), st.sampled_from("abcdefgh")), max_size=100)


@given(numbers)
def test_edges_rise_and_no_bin_is_empty_on_the_values_that_they_come_from(values: list[float]) -> None:
    array = np.array(values)
    bins = NumericBins.quantiles(array)
    assert list(bins.edges) == sorted(set(bins.edges))
    assert len(bins.edges) <= 9
    counts = bins.count(array)
    if counts.missing < len(values):
        assert all(count > 0 for count in counts.bins)


@given(numbers, numbers)
def test_every_value_falls_into_one_bin_or_is_missing(baseline: list[float], later: list[float]) -> None:
    counts = NumericBins.quantiles(np.array(baseline)).count(np.array(later))
    assert sum(counts.bins) + counts.missing == len(later)
    assert counts.outside == 0
    assert counts.missing == sum(map(math.isnan, later))


@given(numbers, numbers)
def test_a_bin_holds_what_is_above_its_lower_edge_and_at_most_its_upper_one(
    baseline: list[float], later: list[float]
) -> None:
    bins = NumericBins.quantiles(np.array(baseline))
    ends = [-math.inf, *bins.edges, math.inf]
    present = [value for value in later if not math.isnan(value)]
    expected = [
        sum((low < value or low == -math.inf) and value <= high for value in present) for low, high in pairwise(ends)
    ]
    if -math.inf not in bins.edges:
        assert list(bins.count(np.array(later)).bins) == expected


def test_deciles_of_a_hundred_distinct_values_hold_ten_each() -> None:
    values = np.random.default_rng(1).permutation(np.arange(100.0))
    bins = NumericBins.quantiles(values)
    assert bins.edges == (9.0, 19.0, 29.0, 39.0, 49.0, 59.0, 69.0, 79.0, 89.0)
    assert bins.count(values).bins == (10,) * 10


def test_edges_are_the_quantiles_of_numpy_without_repeats() -> None:
    values = np.random.default_rng(2).normal(size=1003).round(1)
    expected = np.unique(np.quantile(values, np.arange(1, 10) / 10, method="inverted_cdf"))
    assert NumericBins.quantiles(values).edges == tuple(expected)


def test_many_equal_values_are_one_bin() -> None:
    values = np.array([0.0] * 80 + list(range(1, 21)))
    bins = NumericBins.quantiles(values)
    assert bins.edges == (0.0, 10.0)
    assert bins.count(values).bins == (80, 10, 10)


@pytest.mark.parametrize("values", [[3.0], [3.0] * 50, [3.0, math.nan]])
def test_a_constant_has_one_bin(values: list[float]) -> None:
    bins = NumericBins.quantiles(np.array(values))
    assert bins.edges == ()
    assert len(bins.count(np.array([1.0, 5.0])).bins) == 1


def test_a_column_without_any_value_has_one_bin_and_counts_all_as_missing() -> None:
    bins = NumericBins.quantiles(np.array([math.nan] * 4))
    assert bins.count(np.array([math.nan, 1.0])) == ((1,), 0, 1)


def test_one_outlier_of_today_moves_no_bin() -> None:
    generator = np.random.default_rng(3)
    bins = NumericBins.quantiles(generator.lognormal(size=5000))
    today = generator.lognormal(size=1000)
    plain = bins.count(today).bins
    with_outlier = bins.count(np.append(today, 1e12)).bins
    assert with_outlier[:-1] == plain[:-1]
    assert with_outlier[-1] == plain[-1] + 1


@given(categories, st.integers(1, 10))
def test_the_most_frequent_categories_have_bins(values: list[str | None], top: int) -> None:
    bins = CategoryBins.most_frequent(values, top)
    counts = bins.count(values)
    assert len(bins.categories) == min(top, len({value for value in values if value is not None}))
    assert sum(counts.bins) + counts.outside + counts.missing == len(values)
    assert list(counts.bins) == sorted(counts.bins, reverse=True)
    assert counts.missing == values.count(None)


def test_of_equally_frequent_categories_the_first_in_the_alphabet_is_kept() -> None:
    assert CategoryBins.most_frequent(["b", "a", "c", "c"], 2).categories == ("c", "a")


def test_a_category_that_the_baseline_did_not_show_is_counted_apart() -> None:
    bins = CategoryBins.most_frequent(["a", "b", "a"])
    assert bins.count(["a", "new", None, "newer"]) == ((1, 0), 2, 1)
