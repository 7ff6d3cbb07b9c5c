"""Resamples, and the intervals that they give: how often these hold, and how often a comparison by them errs."""

import math

import numpy as np
import pytest

from modelward.statistics import bootstrap as module
from modelward.statistics.bootstrap import PAIRED_CONFIDENCE, Array, Bootstrap


def drawn(bootstrap: Bootstrap, rows: int, stratum: int = 0) -> Array:
    return np.concatenate(list(bootstrap.resamples(rows, stratum)))


def test_each_resample_holds_as_many_rows_as_there_are() -> None:
    counts = drawn(Bootstrap(seed=7, draws=20), 13)
    assert counts.shape == (20, 13)
    assert (counts.sum(axis=1) == 13).all()


def test_resamples_differ_from_each_other() -> None:
    counts = drawn(Bootstrap(seed=7, draws=20), 50)
    assert len({row.tobytes() for row in counts}) == 20


def test_every_row_is_drawn_equally_often() -> None:
    counts = drawn(Bootstrap(seed=7, draws=4000), 25).sum(axis=0)
    assert counts.sum() == 100_000
    # Chi-square with 24 degrees of freedom exceeds 52.6 once in 1,500 times.
    assert ((counts - 4000) ** 2 / 4000).sum() < 52.6


def test_resamples_do_not_depend_on_how_many_are_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = drawn(Bootstrap(seed=7, draws=30), 101)
    for cells in (1, 300, 1000, 10_000):
        monkeypatch.setattr(module, "_CELLS", cells)
        assert (drawn(Bootstrap(seed=7, draws=30), 101) == whole).all()


def test_the_same_seed_draws_the_same_resamples_and_another_seed_or_stratum_draws_others() -> None:
    first = drawn(Bootstrap(seed=1, draws=10), 40).tobytes()
    assert drawn(Bootstrap(seed=1, draws=10), 40).tobytes() == first
    assert drawn(Bootstrap(seed=2, draws=10), 40).tobytes() != first
    assert drawn(Bootstrap(seed=1, draws=10), 40, stratum=1).tobytes() != first


def test_an_interval_cuts_equal_tails_and_records_how_it_was_made() -> None:
    interval = Bootstrap(seed=3, draws=101, confidence=0.9).interval(np.arange(101.0), "some method")
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((5.0, 95.0))
    assert (interval.confidence, interval.method, interval.draws, interval.seed) == (0.9, "some method", 101, 3)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_there_is_no_interval_when_one_draw_is_undefined(bad: float) -> None:
    values = np.arange(100.0)
    values[17] = bad
    assert Bootstrap(seed=3, draws=100).interval(values, "some method") is None


def test_the_interval_of_a_mean_is_that_of_scipy() -> None:
    from scipy.stats import bootstrap as of_scipy

    values = np.random.default_rng(3).normal(size=300)
    ours = Bootstrap(seed=1, draws=4000).interval(drawn(Bootstrap(seed=1, draws=4000), 300) @ values / 300, "mean")
    theirs = of_scipy((values,), np.mean, n_resamples=4000, method="percentile", rng=2).confidence_interval
    assert ours is not None
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.01)


def test_an_interval_holds_as_often_as_it_says() -> None:
    """400 samples of 200 skewed values: the mean lies in the interval of 0.95 in 0.92 to 0.97 of them."""
    counts = drawn(Bootstrap(seed=5, draws=400), 200)
    values = np.random.default_rng(11).exponential(size=(400, 200))
    means = values @ counts.T / 200
    low, high = np.quantile(means, [0.025, 0.975], axis=1)
    assert 0.92 <= np.mean((low <= 1) & (high >= 1)) <= 0.97


@pytest.mark.parametrize(("truly_worse_by", "least", "most"), [(0.02, 0.03, 0.075), (0.05, 0.0, 0.005)])
def test_a_release_as_much_worse_as_the_margin_passes_a_paired_comparison_once_in_twenty(
    truly_worse_by: float, least: float, most: float
) -> None:
    """The lower end of the interval is above the margin in 5 % of 2,000 trials, and almost never beyond it."""
    generator = np.random.default_rng(29)
    margin, rows, trials = 0.02, 1000, 2000
    counts = drawn(Bootstrap(seed=5, draws=400), rows)
    passed = 0
    for _ in range(0, trials, 200):
        # Both releases are right on most rows; where only one of them is, it is the champion a little more often.
        only_one = generator.random((200, rows)) < 0.1
        challenger = generator.random((200, rows)) < (0.1 - truly_worse_by) / 0.2
        difference = np.where(only_one, np.where(challenger, 1.0, -1.0), 0.0)
        means = difference @ counts.T / rows
        low = np.quantile(means, (1 - PAIRED_CONFIDENCE) / 2, axis=1)
        passed += int(np.count_nonzero(low > -margin))
    assert least <= passed / trials <= most


def test_a_release_that_is_as_good_passes_a_comparison_with_a_margin_far_more_often_than_one_without() -> None:
    generator = np.random.default_rng(31)
    rows = 1000
    counts = drawn(Bootstrap(seed=5, draws=400), rows)
    difference = np.where(generator.random((1000, rows)) < 0.1, generator.choice([-1.0, 1.0], (1000, rows)), 0.0)
    low = np.quantile(difference @ counts.T / rows, (1 - PAIRED_CONFIDENCE) / 2, axis=1)
    assert np.mean(low > -0.02) > 0.5
    assert 0.03 <= np.mean(low > 0) <= 0.075
