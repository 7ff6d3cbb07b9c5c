"""Intervals of measured values."""

import math

import numpy as np
import pytest

from modelward.statistics.bootstrap import Bootstrap
from modelward.statistics.shares import wilson


def test_each_resample_holds_as_many_rows_as_there_are() -> None:
    blocks = list(Bootstrap(seed=7, draws=20).resamples(13))
    counts = np.concatenate(blocks)
    assert counts.shape == (20, 13)
    assert (counts.sum(axis=1) == 13).all()


def test_resamples_differ_from_each_other() -> None:
    counts = np.concatenate(list(Bootstrap(seed=7, draws=20).resamples(50)))
    assert len({row.tobytes() for row in counts}) == 20


def test_large_samples_are_drawn_in_blocks_that_add_up_to_all_draws() -> None:
    blocks = list(Bootstrap(seed=7, draws=5).resamples(900_000))
    assert len(blocks) > 1
    assert sum(len(block) for block in blocks) == 5


def test_the_same_seed_draws_the_same_resamples_and_another_seed_draws_others() -> None:
    def drawn(seed: int) -> bytes:
        return np.concatenate(list(Bootstrap(seed=seed, draws=10).resamples(40))).tobytes()

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_an_interval_cuts_equal_tails_and_records_how_it_was_made() -> None:
    interval = Bootstrap(seed=3, draws=101, confidence=0.9).interval(np.arange(101.0), "some method")
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((5.0, 95.0))
    assert (interval.confidence, interval.method, interval.draws, interval.seed) == (0.9, "some method", 101, 3)


def test_there_is_no_interval_when_one_draw_is_undefined() -> None:
    values = np.arange(100.0)
    values[17] = math.nan
    assert Bootstrap(seed=3, draws=100).interval(values, "some method") is None


def test_wilson_gives_the_published_interval_of_15_successes_in_148_trials() -> None:
    # Newcombe, Statistics in Medicine 17, 1998, table I, method 3.
    interval = wilson(15, 148, 0.95)
    assert (interval.low, interval.high) == pytest.approx((0.0624, 0.1605), abs=5e-5)


@pytest.mark.parametrize(("successes", "low", "high"), [(0, 0.0, 0.1611), (20, 0.8389, 1.0)])
def test_wilson_stays_within_0_and_1_and_is_never_empty_at_the_ends(successes: int, low: float, high: float) -> None:
    interval = wilson(successes, 20, 0.95)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)
    assert 0 <= interval.low < interval.high <= 1
