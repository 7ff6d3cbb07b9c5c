"""Whether an artifact works: it loads, and answers real rows with scores in their range; and how fast it does."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from modelward.errors import CannotEvaluate
from modelward.evidence.artifact import Scorer, load_scorer
from modelward.evidence.contents import ValidationContent
from modelward.evidence.intervals import Array
from modelward.evidence.measuring import latency_p95
from modelward.specs.evidence import Check, Measurement

if TYPE_CHECKING:
    import pandas as pd

VECTORS = 100
WARM_UP = 5


def validate(
    directory: Path, column: int, rows: "pd.DataFrame", bounds: tuple[float, float], seed: int
) -> ValidationContent:
    """Load the model in `directory` and score `VECTORS` real rows, drawn with `seed`, one row a call.

    Checks are `loads`, `finite` (every row got a finite score) and `in-range` (every score lies within `bounds`, both
    included); `latency_p95` in ms is measured over the same calls, after `WARM_UP` others, and left out when a check
    does not pass: how fast wrong answers come is no measure. A model that cannot be loaded, or raises, fails its
    check; what could then not be looked at is `inconclusive`. Raises `CannotEvaluate` when there are fewer rows than
    vectors. `artifact.load_scorer` says where this may run.
    """
    if len(rows) < VECTORS:
        raise CannotEvaluate(f"{len(rows)} rows to validate with", f"give at least {VECTORS} real rows")
    chosen = np.random.default_rng(seed).choice(len(rows), VECTORS, replace=False)
    vectors = [rows.iloc[[index]] for index in chosen]
    measurements, checks = examine(lambda: load_scorer(directory, column), vectors, bounds)
    return ValidationContent(measurements=measurements, checks=checks, vectors=VECTORS, seed=seed, warm_up=WARM_UP)


def examine(
    load: Callable[[], Scorer], vectors: "list[pd.DataFrame]", bounds: tuple[float, float]
) -> tuple[tuple[Measurement, ...], tuple[Check, ...]]:
    """The latency and the checks of the model that `load` returns, over frames of one row each; see `validate`."""
    try:
        score = load()
    except Exception as error:  # noqa: BLE001 - a model is foreign code; its failure is a verdict
        failed = _check("loads", "fail", f"loading raised {type(error).__name__}")
        return (), (failed, *(_check(name, "inconclusive", "no model was loaded") for name in ("finite", "in-range")))
    loads = _check("loads", "pass", "loaded by mlflow.pyfunc")
    try:
        scores, milliseconds = _timed(score, vectors)
    except Exception as error:  # noqa: BLE001 - as above
        failed = _check("finite", "fail", f"scoring raised {type(error).__name__}")
        return (), (loads, failed, _check("in-range", "inconclusive", "not every row was scored"))
    checks = (loads, _finite(scores), _in_range(scores, bounds))
    passed = all(check.verdict == "pass" for check in checks)
    return ((latency_p95(milliseconds),) if passed else (), checks)


def _timed(score: Scorer, vectors: "list[pd.DataFrame]") -> tuple[Array, Array]:
    """The scores of all vectors, and the milliseconds that each call took."""
    for vector in vectors[:WARM_UP]:
        score(vector)
    scores = np.empty(len(vectors))
    milliseconds = np.empty(len(vectors))
    for index, vector in enumerate(vectors):
        start = time.perf_counter_ns()
        scores[index] = score(vector)[0]
        milliseconds[index] = (time.perf_counter_ns() - start) / 1e6
    return scores, milliseconds


def _finite(scores: Array) -> Check:
    good = int(np.count_nonzero(np.isfinite(scores)))
    return _check("finite", "pass" if good == scores.size else "fail", f"{good} of {scores.size} scores are finite")


def _in_range(scores: Array, bounds: tuple[float, float]) -> Check:
    low, high = bounds
    good = int(np.count_nonzero((scores >= low) & (scores <= high)))
    detail = f"{good} of {scores.size} scores lie within [{low:g}, {high:g}]"
    return _check("in-range", "pass" if good == scores.size else "fail", detail)


def _check(name: str, verdict: Literal["pass", "fail", "inconclusive"], detail: str) -> Check:
    return Check(check=name, verdict=verdict, detail=detail)
