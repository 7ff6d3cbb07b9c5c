"""Whether an artifact works: it loads, and answers real rows with values in their range; and how fast it does."""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np

from modelward.errors import CannotEvaluate
from modelward.evidence.contents import ValidationContent
from modelward.evidence.outputs import range_of, texts_of
from modelward.evidence.scoring import Column, Failure
from modelward.evidence.tasks.catalogue import LATENCY
from modelward.specs.evidence import Check, Measurement
from modelward.specs.manifest import Output
from modelward.statistics.bootstrap import Array

VECTORS: Final = 100
WARM_UP: Final = 5
ROUNDS: Final = 3
"""How often the rows are timed: of the rounds the fastest counts, as a busy machine only ever adds time."""

Verdict = Literal["pass", "fail", "inconclusive"]
Answered = tuple[Output, Sequence[Column]]
"""An output, and the columns that the release gave for it."""


def vectors(rows: int, seed: int) -> list[int]:
    """Which rows are scored one a call, drawn with `seed`; `CannotEvaluate` when there are fewer rows than that."""
    if rows < VECTORS:
        raise CannotEvaluate(f"{rows} rows to validate with", f"give at least {VECTORS} real rows")
    return [int(index) for index in np.random.default_rng(seed).choice(rows, VECTORS, replace=False)]


def failed(failure: Failure, seed: int) -> ValidationContent:
    """What is said of a model that raised: its step fails, and what comes after could not be looked at."""
    if failure.step == "loads":
        checks = (
            _check("loads", "fail", f"loading raised {failure.words}"),
            _check("finite", "inconclusive", "no model was loaded"),
            _check("in-range", "inconclusive", "no model was loaded"),
        )
    else:
        checks = (
            _check("loads", "pass", "loaded by mlflow.pyfunc"),
            _check("finite", "fail", f"scoring raised {failure.words}"),
            _check("in-range", "inconclusive", "not every row was scored"),
        )
    return _content(seed, checks)


def examined(outputs: Sequence[Answered], milliseconds: Array, classes: Sequence[str], seed: int) -> ValidationContent:
    """The checks `finite` and `in-range` (ends included) of single rows, and `latency_p95` in ms of such calls.

    `milliseconds` has the shape (rounds, calls), `classes` are those of the label. The latency is left out when a check
    does not pass: how fast wrong answers come is no measure.
    """
    checks = (
        _check("loads", "pass", "loaded by mlflow.pyfunc"),
        _finite(outputs),
        _in_range(outputs, classes),
    )
    passed = all(check.verdict == "pass" for check in checks)
    return _content(seed, checks, (latency_p95(milliseconds),) if passed else ())


def latency_p95(milliseconds: Array) -> Measurement:
    """The 95th percentile of the durations of calls, shape (rounds, calls), in the round where it is least.

    It is the smallest duration that 95 % of the calls do not exceed (nearest rank). Raises `CannotEvaluate` when there
    is no call, or a duration is negative or no number.
    """
    durations = np.asarray(milliseconds, dtype=np.float64)
    if durations.ndim != 2 or durations.size == 0 or not (durations >= 0).all() or not np.isfinite(durations).all():
        raise CannotEvaluate("latency was not measured in finite milliseconds", "measure at least one call")
    value = float(np.quantile(durations, 0.95, axis=1, method="inverted_cdf").min())
    return Measurement(metric=LATENCY, value=value, samples=durations.shape[1], unit="ms")


def _content(seed: int, checks: Sequence[Check], measured: Sequence[Measurement] = ()) -> ValidationContent:
    return ValidationContent(
        measurements=tuple(measured), checks=tuple(checks), vectors=VECTORS, seed=seed, warm_up=WARM_UP, rounds=ROUNDS
    )


def _finite(outputs: Sequence[Answered]) -> Check:
    good = np.ones(VECTORS, dtype=np.bool_)
    for _, columns in outputs:
        for column in columns:
            good &= np.isfinite(column.numbers) if column.numbers is not None else np.array(column.texts) != ""
    found = int(np.count_nonzero(good))
    return _check("finite", "pass" if found == VECTORS else "fail", f"{found} of {VECTORS} scores are finite")


def _in_range(outputs: Sequence[Answered], classes: Sequence[str]) -> Check:
    """One check for all outputs: it passes when each does, and says of each how it is."""
    verdicts: list[Verdict] = []
    details = []
    for output, columns in outputs:
        verdict, detail = _range(output, columns, classes)
        verdicts.append(verdict)
        details.append(detail if len(outputs) == 1 else f"{output.name}: {detail}")
    worst: Verdict = "fail" if "fail" in verdicts else "inconclusive" if "inconclusive" in verdicts else "pass"
    return _check("in-range", worst, "; ".join(details))


def _range(output: Output, columns: Sequence[Column], classes: Sequence[str]) -> tuple[Verdict, str]:
    bounds = range_of(output)
    good = np.ones(VECTORS, dtype=np.bool_)
    if bounds is not None:
        low, high = bounds
        where = f"within [{low:g}, {high:g}]"
        for column in columns:
            good &= (column.numbers >= low) & (column.numbers <= high) if column.numbers is not None else False
    elif output.kind == "class":
        where = "among the classes of the label"
        good = np.array([text in classes for text in texts_of(columns[0])])
    elif output.kind in ("text", "ranking"):
        return "pass", f"a {output.kind} has no range"
    else:
        return "inconclusive", f"the manifest declares no range of {output.name}"
    found = int(np.count_nonzero(good))
    return "pass" if found == VECTORS else "fail", f"{found} of {VECTORS} scores lie {where}"


def _check(name: str, verdict: Verdict, detail: str) -> Check:
    return Check(check=name, verdict=verdict, detail=detail)
