"""The checks of an artifact, from the answers of single rows."""

import math
from typing import Any

import numpy as np
import pytest

from modelward.errors import CannotEvaluate
from modelward.evidence.contents import ValidationContent
from modelward.evidence.scoring import Column, Failure
from modelward.evidence.validation import ROUNDS, VECTORS, WARM_UP, examined, failed, latency_p95, vectors
from modelward.specs.manifest import Output

SCORE = Output(name="score", kind="probability")
TIMES = np.full((ROUNDS, VECTORS), 2.0)


def numbers(**at: float) -> list[Column]:
    """A hundred scores of one half, but for those at some places."""
    values = np.full(VECTORS, 0.5)
    for place, value in at.items():
        values[int(place.removeprefix("at_"))] = value
    return [Column(None, values, None)]


def words(*values: str) -> list[Column]:
    return [Column(None, None, values)]


def verdicts(content: ValidationContent) -> dict[str, str]:
    return {check.check: check.verdict for check in content.checks}


def test_a_model_that_answers_as_it_should_passes_and_its_latency_is_measured() -> None:
    content = examined([(SCORE, numbers())], TIMES, (), 4)
    assert verdicts(content) == {"loads": "pass", "finite": "pass", "in-range": "pass"}
    (latency,) = content.measurements
    assert (latency.metric, latency.value, latency.samples, latency.unit) == ("latency_p95", 2.0, VECTORS, "ms")
    assert (content.vectors, content.seed, content.warm_up, content.rounds) == (VECTORS, 4, WARM_UP, ROUNDS)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_e3_one_score_that_is_not_finite_fails_and_yields_no_latency(bad: float) -> None:
    content = examined([(SCORE, numbers(at_15=bad))], TIMES, (), 4)
    assert verdicts(content) == {"loads": "pass", "finite": "fail", "in-range": "fail"}
    assert content.measurements == ()
    assert content.checks[1].detail == "99 of 100 scores are finite"


@pytest.mark.parametrize("bad", [-1e-9, 1.0000001])
def test_e3_one_score_out_of_range_fails_and_yields_no_latency(bad: float) -> None:
    content = examined([(SCORE, numbers(at_15=bad))], TIMES, (), 4)
    assert verdicts(content) == {"loads": "pass", "finite": "pass", "in-range": "fail"}
    assert content.measurements == ()
    assert content.checks[2].detail == "99 of 100 scores lie within [0, 1]"


def test_the_ends_of_the_range_belong_to_it() -> None:
    assert verdicts(examined([(SCORE, numbers(at_1=0.0, at_2=1.0))], TIMES, (), 4))["in-range"] == "pass"


def test_a_declared_range_replaces_that_of_a_probability() -> None:
    narrow = Output(name="score", kind="probability", range=(0.0, 0.4))
    assert verdicts(examined([(narrow, numbers())], TIMES, (), 4))["in-range"] == "fail"


def test_a_number_without_a_declared_range_is_inconclusive() -> None:
    content = examined([(Output(name="minutes", kind="number"), numbers())], TIMES, (), 4)
    assert verdicts(content) == {"loads": "pass", "finite": "pass", "in-range": "inconclusive"}
    assert content.measurements == ()


def test_a_class_is_one_of_the_label() -> None:
    output = Output(name="kind", kind="class")
    good = examined([(output, words(*["a", "b"] * 50))], TIMES, ("a", "b"), 4)
    assert verdicts(good) == {"loads": "pass", "finite": "pass", "in-range": "pass"}
    bad = examined([(output, words("c", *["a"] * 99))], TIMES, ("a", "b"), 4)
    assert verdicts(bad)["in-range"] == "fail"
    empty = examined([(output, words("", *["a"] * 99))], TIMES, ("", "a"), 4)
    assert verdicts(empty)["finite"] == "fail"


def test_a_text_has_no_range() -> None:
    content = examined([(Output(name="answer", kind="text"), words(*["yes"] * 100))], TIMES, (), 4)
    assert verdicts(content)["in-range"] == "pass"


def test_text_where_numbers_are_declared_is_out_of_range() -> None:
    assert verdicts(examined([(SCORE, words(*["0.5"] * 100))], TIMES, (), 4))["in-range"] == "fail"


def test_of_several_outputs_each_must_hold() -> None:
    second = Output(name="points", kind="number", range=(0.0, 0.1))
    content = examined([(SCORE, numbers()), (second, numbers())], TIMES, (), 4)
    assert verdicts(content)["in-range"] == "fail"
    assert content.checks[2].detail == (
        "score: 100 of 100 scores lie within [0, 1]; points: 0 of 100 scores lie within [0, 0.1]"
    )


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("loads", {"loads": "fail", "finite": "inconclusive", "in-range": "inconclusive"}),
        ("scores", {"loads": "pass", "finite": "fail", "in-range": "inconclusive"}),
    ],
)
def test_e3_a_model_that_raises_fails_the_step_and_leaves_the_rest_inconclusive(
    step: Any, expected: dict[str, str]
) -> None:
    content = failed(Failure(step, "ValueError: no"), 4)
    assert verdicts(content) == expected
    assert content.measurements == ()
    assert any("raised ValueError: no" in check.detail for check in content.checks)


def test_the_rows_are_a_hundred_different_ones_that_the_seed_fixes() -> None:
    first = vectors(500, 7)
    assert len(set(first)) == VECTORS
    assert max(first) < 500
    assert vectors(500, 7) == first
    assert vectors(500, 8) != first


def test_e3_fewer_rows_than_a_hundred_are_refused() -> None:
    with pytest.raises(CannotEvaluate, match="99 rows"):
        vectors(99, 7)


def test_the_latency_is_the_smallest_duration_that_95_of_100_calls_do_not_exceed() -> None:
    assert latency_p95(np.arange(1.0, 101.0)[np.newaxis]).value == 95.0


def test_of_the_rounds_the_fastest_counts_as_a_whole() -> None:
    rounds = np.array([[1.0] * 90 + [50.0] * 10, [2.0] * 100, [9.0] * 100])
    assert latency_p95(rounds).value == 2.0


@pytest.mark.parametrize(
    "bad", [np.empty((3, 0)), np.empty((0, 100)), np.full((1, 100), math.nan), np.full((1, 100), -1.0), np.ones(100)]
)
def test_durations_that_are_none_are_refused(bad: Any) -> None:
    with pytest.raises(CannotEvaluate, match="latency was not measured"):
        latency_p95(bad)
