"""The process that loads a model and scores rows, which does nothing else and holds no secret.

It is started by `scoring` with the path of its request, and leaves its answer as files beside it. Before it loads
anything it confines itself. A model that raises is an answer; only a process that dies, or never ends, is none.
"""

import atexit
import gc
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modelward.evidence.artifact import Column, Predict, load_model
from modelward.evidence.confinement import confine

if TYPE_CHECKING:
    import pandas as pd

_MOST_WORDS = 500


@dataclass
class _Answer:
    """What the files of an answer say; numbers lie beside it, one row of all numeric columns after another."""

    folder: Path
    said: dict[str, Any]

    def add(self, name: str, columns: Sequence[Column]) -> None:
        """Keep the columns of one prediction."""
        numbers = [column.numbers for column in columns if column.texts is None]
        matrix = np.stack(numbers, axis=1) if numbers else np.empty((0, 0))
        matrix.astype("<f8").tofile(self.folder / f"{name}.f64")
        self.said["predictions"][name] = [{"name": column.name, "texts": column.texts} for column in columns]

    def write(self) -> None:
        """Leave the answer."""
        (self.folder / "answer.json").write_text(json.dumps(self.said), encoding="utf-8")


def main(folder: Path) -> None:
    """Answer the request in `folder`."""
    # Once it has answered, nobody waits for it to look for cycles in all that it has loaded.
    atexit.register(gc.freeze)
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    model = Path(request["model"])
    confine(folder, (model, Path(sys.prefix), Path(sys.base_prefix), *map(Path, sys.path)))
    answer = _Answer(folder, {"failed": None, "words": "", "predictions": {}, "milliseconds": []})
    step = "loads"
    try:
        predict = load_model(model)
        step = "scores"
        for name in request["frames"]:
            answer.add(name, predict(_frame(folder, name)))
        if request["vectors"]:
            _time(predict, _frame(folder, request["frames"][0]), request, answer)
    except Exception as error:  # noqa: BLE001 - a model is foreign code; its failure is an answer
        answer.said |= {"failed": step, "words": _words(error)}
    answer.write()


def _time(predict: Predict, frame: "pd.DataFrame", request: dict[str, Any], answer: _Answer) -> None:
    """Score some rows one a call, in rounds, after a few calls that are not measured; the last round answers."""
    vectors = [frame.iloc[[index]] for index in request["vectors"]]
    for vector in vectors[: request["warm_up"]]:
        predict.raw(vector)
    scored: list[Sequence[Column]] = []
    for _ in range(request["rounds"]):
        scored = []
        milliseconds: list[float] = []
        for vector in vectors:
            started = time.perf_counter_ns()
            prediction = predict.raw(vector)
            milliseconds.append((time.perf_counter_ns() - started) / 1e6)
            scored.append(predict.columns(prediction, 1))
        answer.said["milliseconds"].append(milliseconds)
    answer.add("vectors", [Column.joined(columns) for columns in zip(*scored, strict=True)])


def _frame(folder: Path, name: str) -> "pd.DataFrame":
    import pandas as pd

    return pd.read_parquet(folder / f"{name}.parquet")


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:_MOST_WORDS]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
