"""Validation of artifacts: a real MLflow model directory, and models that misbehave."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modelward.errors import CannotEvaluate
from modelward.evidence.artifact import Scorer, load_scorer
from modelward.evidence.validation import VECTORS, examine, validate
from modelward.specs.evidence import Check
from modelward.tree.digest import artifact_digest

DEMO = Path(__file__).resolve().parents[2] / "demo"
ARTIFACT = DEMO / "artifacts" / "credit-risk" / "1.1.0"
CLIENTS = DEMO / "data" / "taiwan_credit.csv.gz"


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    columns = pd.read_json(ARTIFACT / "input_example.json", orient="split").columns
    return pd.read_csv(CLIENTS, encoding="utf-8-sig", nrows=150)[list(columns)]


def verdicts(checks: tuple[Check, ...]) -> dict[str, str]:
    return {check.check: check.verdict for check in checks}


def scorer(answer: Callable[[int], float]) -> Callable[[], Scorer]:
    """A loader of a model that answers its n-th call, counted from 0, with `answer(n)`."""
    calls = iter(range(10_000))
    return lambda: lambda _rows: np.array([answer(next(calls))])


FRAMES = [pd.DataFrame({"x": [float(index)]}) for index in range(20)]


def test_the_shipped_model_loads_and_answers_100_real_rows(rows: pd.DataFrame) -> None:
    before = artifact_digest(ARTIFACT)
    content = validate(ARTIFACT, 1, rows, (0.0, 1.0), seed=4)
    assert verdicts(content.checks) == {"loads": "pass", "finite": "pass", "in-range": "pass"}
    (latency,) = content.measurements
    assert (latency.metric, latency.samples, latency.unit, content.vectors) == ("latency_p95", VECTORS, "ms", VECTORS)
    assert latency.value > 0
    assert artifact_digest(ARTIFACT) == before


def test_a_bound_that_real_scores_break_is_seen(rows: pd.DataFrame) -> None:
    content = validate(ARTIFACT, 1, rows, (0.0, 0.05), seed=4)
    assert verdicts(content.checks) == {"loads": "pass", "finite": "pass", "in-range": "fail"}


def test_a_column_that_the_model_does_not_have_fails(rows: pd.DataFrame) -> None:
    content = validate(ARTIFACT, 2, rows, (0.0, 1.0), seed=4)
    assert verdicts(content.checks) == {"loads": "pass", "finite": "fail", "in-range": "inconclusive"}
    assert content.measurements == ()


def test_a_loaded_model_says_what_shape_it_answered_when_it_has_no_such_column(rows: pd.DataFrame) -> None:
    with pytest.raises(CannotEvaluate, match=r"answers 150 rows with the shape \(150, 2\)"):
        load_scorer(ARTIFACT, 2)(rows)


def test_the_two_columns_of_a_binary_model_are_complements(rows: pd.DataFrame) -> None:
    negative, positive = load_scorer(ARTIFACT, 0)(rows), load_scorer(ARTIFACT, 1)(rows)
    assert positive.shape == (150,)
    assert negative + positive == pytest.approx(np.ones(150))


def test_a_directory_without_a_model_fails_to_load_and_leaves_the_rest_inconclusive(
    tmp_path: Path, rows: pd.DataFrame
) -> None:
    content = validate(tmp_path, 1, rows, (0.0, 1.0), seed=4)
    assert verdicts(content.checks) == {"loads": "fail", "finite": "inconclusive", "in-range": "inconclusive"}
    assert content.measurements == ()
    assert str(tmp_path) not in str(content.checks)


def test_too_few_rows_are_refused(rows: pd.DataFrame) -> None:
    with pytest.raises(CannotEvaluate, match="99 rows"):
        validate(ARTIFACT, 1, rows.head(99), (0.0, 1.0), seed=4)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_one_score_that_is_not_finite_fails_and_yields_no_latency(bad: float) -> None:
    measurements, checks = examine(scorer(lambda call: bad if call == 15 else 0.5), FRAMES, (0.0, 1.0))
    assert verdicts(checks) == {"loads": "pass", "finite": "fail", "in-range": "fail"}
    assert measurements == ()
    assert "19 of 20 scores are finite" in [check.detail for check in checks]


@pytest.mark.parametrize("bad", [-1e-9, 1.0000001])
def test_one_score_out_of_range_fails_and_yields_no_latency(bad: float) -> None:
    measurements, checks = examine(scorer(lambda call: bad if call == 15 else 0.5), FRAMES, (0.0, 1.0))
    assert verdicts(checks) == {"loads": "pass", "finite": "pass", "in-range": "fail"}
    assert measurements == ()


def test_the_ends_of_the_range_belong_to_it() -> None:
    _, checks = examine(scorer(lambda call: float(call % 2)), FRAMES, (0.0, 1.0))
    assert verdicts(checks)["in-range"] == "pass"


def test_a_model_that_raises_on_one_row_fails() -> None:
    def answer(call: int) -> float:
        if call == 15:
            raise ZeroDivisionError
        return 0.5

    measurements, checks = examine(scorer(answer), FRAMES, (0.0, 1.0))
    assert verdicts(checks) == {"loads": "pass", "finite": "fail", "in-range": "inconclusive"}
    assert measurements == ()
    assert "scoring raised ZeroDivisionError" in [check.detail for check in checks]
