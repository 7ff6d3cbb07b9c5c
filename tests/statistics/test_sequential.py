"""Comparisons that are looked at a hundred times: how often they err, and how often they find what is there."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from modelward.statistics.sequential import (
    Compared,
    Sample,
    compare,
    mixture_ratio,
    one_sided_ratio,
    split_differs,
)

LOOKS = 100
A_LOOK = 500
ROLLOUTS = 200


def walks(rate: float, seed: int, weight: int = A_LOOK) -> NDArray[np.int64]:
    """Successes so far at each look, of many rollouts."""
    return np.random.default_rng(seed).binomial(weight, rate, size=(ROLLOUTS, LOOKS)).cumsum(axis=1)


def looked(challenger: NDArray[np.int64], champion: NDArray[np.int64], margin: float, ratio: int = 1) -> list[set[str]]:
    """What each rollout showed at any of its looks; a rate is compared of which less is better."""
    found = []
    for ones, others in zip(challenger, champion, strict=True):
        shown: set[str] = set()
        for look in range(LOOKS):
            few, many = A_LOOK * (look + 1), ratio * A_LOOK * (look + 1)
            compared = judged(
                Sample.of_share(few, ones[look] / few), Sample.of_share(many, others[look] / many), margin
            )
            shown.add(compared.shows)
        found.append(shown)
    return found


def judged(challenger: Sample, champion: Sample, margin: float) -> Compared:
    return compare(challenger, champion, better="lower", margin=margin, harm_confidence=0.95, pass_confidence=0.95)


def share(found: list[set[str]], what: str) -> float:
    return sum(what in shown for shown in found) / len(found)


def test_a_rollout_of_an_equal_release_is_stopped_in_less_than_five_of_a_hundred_after_a_hundred_looks() -> None:
    found = looked(walks(0.1, 1), walks(0.1, 2), margin=0.0)
    assert share(found, "worse") < 0.05
    assert share(found, "not worse") < 0.05


def test_a_test_of_fixed_size_would_have_stopped_a_third_of_them() -> None:
    few = A_LOOK * np.arange(1, LOOKS + 1)
    ones, others = walks(0.1, 1) / few, walks(0.1, 2) / few
    both = (ones + others) / 2
    scores = (ones - others) / np.sqrt(2 * both * (1 - both) / few)
    assert (np.abs(scores) > 1.96).any(axis=1).mean() > 0.3


def test_the_unlike_sizes_of_a_canary_do_not_raise_the_errors() -> None:
    found = looked(walks(0.1, 3), walks(0.1, 4, weight=19 * A_LOOK), margin=0.0, ratio=19)
    assert share(found, "worse") < 0.05


def test_one_point_worse_is_found_in_at_least_ninety_eight_of_a_hundred() -> None:
    assert share(looked(walks(0.11, 5), walks(0.1, 6), margin=0.0), "worse") >= 0.98


def test_an_equal_release_is_shown_to_be_within_a_margin_of_one_point() -> None:
    assert share(looked(walks(0.1, 7), walks(0.1, 8), margin=0.01), "not worse") >= 0.98


def test_a_release_that_is_worse_by_just_the_margin_passes_in_less_than_five_of_a_hundred() -> None:
    assert share(looked(walks(0.11, 9), walks(0.1, 10), margin=0.01), "not worse") < 0.05


def test_the_two_sided_ratio_errs_and_finds_as_often_as_was_measured_of_it() -> None:
    few = A_LOOK * np.arange(1, LOOKS + 1)

    def rejected(rate: float, mixed: float) -> float:
        ones, others = walks(rate, 11) / few, walks(0.1, 12) / few
        noise = (ones * (1 - ones) + others * (1 - others)) / few
        logs = [
            [mixture_ratio(difference, variance, mixed**2) for difference, variance in zip(*pair, strict=True)]
            for pair in zip(ones - others, noise, strict=True)
        ]
        return float((np.array(logs) >= math.log(20)).any(axis=1).mean())

    for mixed in (0.005, 0.02):
        assert rejected(0.1, mixed) < 0.04
        assert rejected(0.11, mixed) >= 0.97


def test_the_two_sided_ratio_is_the_formula_of_the_paper() -> None:
    n, variance, mixed, difference = 800, 0.18, 0.01, 0.03
    root = math.sqrt(variance / (variance + n * mixed**2))
    power = n**2 * mixed**2 * difference**2 / (2 * variance * (variance + n * mixed**2))
    assert mixture_ratio(difference, variance / n, mixed**2) == pytest.approx(math.log(root * math.exp(power)))


def test_the_one_sided_ratio_is_the_mean_over_a_half_normal_distribution() -> None:
    noise, mixing, difference = 2.0, 0.7, 1.3
    effects = np.linspace(0, 12, 200_001)
    density = 2 * np.exp(-(effects**2) / (2 * mixing)) / math.sqrt(2 * math.pi * mixing)
    likelihood = np.exp((effects * difference - effects**2 / 2) / noise)
    mean = float(np.trapezoid(density * likelihood, effects))
    assert one_sided_ratio(difference, noise, mixing) == pytest.approx(math.log(mean), rel=1e-6)


def test_a_difference_far_on_the_good_side_is_no_evidence_of_harm_and_no_overflow() -> None:
    assert one_sided_ratio(-1e6, 1e-9, 1.0) == -math.inf
    assert one_sided_ratio(1e3, 1e-6, 1.0) > 1e6


def test_bounds_stand_where_the_conclusion_changes() -> None:
    champion = Sample.of_share(5000, 0.1)
    compared = judged(Sample.of_share(5000, 0.15), champion, margin=0.0)
    assert compared.shows == "worse"
    assert compared.worse_by == pytest.approx(0.05)
    assert 0 < compared.low < compared.worse_by < compared.high
    assert judged(Sample.of_share(5000, 0.15), champion, margin=compared.low - 1e-9).shows == "worse"
    assert judged(Sample.of_share(5000, 0.15), champion, margin=compared.low + 1e-9).shows == "nothing"
    assert judged(Sample.of_share(5000, 0.15), champion, margin=compared.high + 1e-9).shows == "not worse"


def test_of_a_metric_that_should_be_high_less_is_worse() -> None:
    precise, vague = Sample.of_share(5000, 0.9), Sample.of_share(5000, 0.8)
    for challenger, champion, shows in ((vague, precise, "worse"), (precise, vague, "not worse")):
        compared = compare(
            challenger, champion, better="higher", margin=0.0, harm_confidence=0.95, pass_confidence=0.95
        )
        assert compared.shows == shows


@pytest.mark.parametrize(
    "challenger",
    [
        Sample(0, math.nan, math.nan),
        Sample(1, 0.9, 0.1),
        Sample(5000, math.nan, 0.1),
        Sample(5000, math.inf, 0.1),
        Sample(5000, 0.9, math.nan),
        Sample(5000, 0.9, math.inf),
    ],
)
def test_what_is_no_number_or_too_little_shows_nothing(challenger: Sample) -> None:
    assert judged(challenger, Sample.of_share(5000, 0.1), margin=0.5).shows == "nothing"
    assert judged(Sample.of_share(5000, 0.1), challenger, margin=0.5).shows == "nothing"


def test_values_that_do_not_vary_show_nothing() -> None:
    assert judged(Sample(5000, 3.0, 0.0), Sample(5000, 1.0, 0.0), margin=0.5).shows == "nothing"


def test_none_of_a_thousand_is_not_certain() -> None:
    nothing = Sample.of_share(1000, 0.0)
    assert 0 < nothing.variance < 0.001
    assert judged(nothing, nothing, margin=0.0).shows == "nothing"


def test_pooled_samples_have_the_mean_and_the_variance_of_all_values() -> None:
    values = np.random.default_rng(1).normal(size=900)
    parts = [values[:100], values[100:700], values[700:]]
    pooled = Sample.pooled([Sample(part.size, float(part.mean()), float(part.var())) for part in parts])
    assert pooled.n == 900
    assert pooled.mean == pytest.approx(values.mean())
    assert pooled.variance == pytest.approx(values.var())
    assert Sample.pooled([Sample(0, 7.0, 1.0)]).n == 0


def test_a_split_as_planned_is_found_fault_with_in_less_than_one_of_two_hundred_after_a_hundred_looks() -> None:
    fell = walks(0.05, 13)
    faults = sum(
        any(split_differs((ones, A_LOOK * look - ones), (5, 95)) for look, ones in enumerate(map(int, walk), 1))
        for walk in fell
    )
    assert faults / ROLLOUTS < 0.005


@pytest.mark.parametrize("counts", [(600, 9400), (400, 9600), (0, 500)])
def test_a_split_that_is_not_the_planned_one_is_found(counts: tuple[int, int]) -> None:
    assert split_differs(counts, (5, 95))


def test_a_split_of_nothing_is_as_planned() -> None:
    assert not split_differs((0, 0), (5, 95))


@pytest.mark.parametrize(
    ("counts", "planned"), [((1,), (1, 1)), ((-1, 2), (1, 1)), ((1, 2), (0, 1)), ((1, 2), (math.nan, 1))]
)
def test_a_split_needs_a_weight_for_each_variant(counts: tuple[int, ...], planned: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="weight"):
        split_differs(counts, planned)
