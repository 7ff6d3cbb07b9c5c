"""Intervals of shares."""

import numpy as np
import pytest

from modelward.statistics.shares import wilson


def test_wilson_gives_the_published_interval_of_15_successes_in_148_trials() -> None:
    # Newcombe, Statistics in Medicine 17, 1998, table I, method 3.
    interval = wilson(15, 148, 0.95)
    assert (interval.low, interval.high) == pytest.approx((0.0624, 0.1605), abs=5e-5)


@pytest.mark.parametrize(("successes", "low", "high"), [(0, 0.0, 0.1611), (20, 0.8389, 1.0)])
def test_wilson_stays_within_0_and_1_and_is_never_empty_at_the_ends(successes: int, low: float, high: float) -> None:
    interval = wilson(successes, 20, 0.95)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)
    assert 0 <= interval.low < interval.high <= 1


@pytest.mark.parametrize(("successes", "trials", "confidence"), [(3, 40, 0.9), (39, 40, 0.95), (500, 1000, 0.99)])
def test_wilson_is_the_interval_of_scipy(successes: int, trials: int, confidence: float) -> None:
    from scipy.stats import binomtest

    expected = binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    interval = wilson(successes, trials, confidence)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_holds_as_often_as_it_says_for_few_trials_and_a_small_share() -> None:
    drawn = np.random.default_rng(8).binomial(60, 0.05, 4000)
    intervals = {int(successes): wilson(int(successes), 60, 0.95) for successes in set(drawn)}
    holds = np.mean([intervals[int(each)].low <= 0.05 <= intervals[int(each)].high for each in drawn])
    assert 0.93 <= holds <= 0.99
