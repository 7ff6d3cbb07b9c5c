"""Rows in, predictions out: a model runs in a child process that has neither our environment nor our folder.

The child gets Python, a folder of its own, and the features; never labels, ids or groups. What it leaves is data,
which is checked before it is used.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from modelward.errors import CannotEvaluate, WrongUse
from modelward.specs.scalars import Number
from modelward.statistics.bootstrap import Array
from modelward.tree.text import shown

if TYPE_CHECKING:
    import pandas as pd

SECONDS: Final = 600.0
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
"""What of the environment the child sees: where programs and libraries lie, and how text is written."""
_LAST_CHUNKS: Final = 4
_START: Final = (
    "import sys; sys.path += sys.argv[2:]; "
    "from pathlib import Path; from modelward.evidence.child import main; main(Path(sys.argv[1]))"
)


@dataclass(frozen=True)
class Column:
    """One column of a prediction: numbers, or texts."""

    name: str | None
    numbers: Array | None
    texts: tuple[str, ...] | None


@dataclass(frozen=True)
class Request:
    """What is scored: frames of features by name, and which rows of the first are scored again, one a call.

    The first `warm_up` of them are called before; all of them are timed in each of `rounds`.
    """

    frames: Mapping[str, "pd.DataFrame"]
    vectors: Sequence[int] = ()
    warm_up: int = 0
    rounds: int = 1
    seconds: float = SECONDS


@dataclass(frozen=True)
class Failure:
    """The step at which a model raised, and what it said."""

    step: Literal["loads", "scores"]
    words: str


@dataclass(frozen=True)
class Scored:
    """Predictions by the name of their frame; those of single rows stand under `vectors`.

    `milliseconds` are the times of single rows, shape (rounds, rows).
    """

    failure: Failure | None
    predictions: Mapping[str, tuple[Column, ...]]
    milliseconds: Array


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class _ColumnSaid(_Strict):
    name: str | None
    texts: list[str] | None


class _Said(_Strict):
    failed: Literal["loads", "scores"] | None
    words: Annotated[str, Field(max_length=600)]
    predictions: dict[str, list[_ColumnSaid]]
    milliseconds: list[list[Annotated[Number, Field(ge=0)]]]


def score(directory: Path, request: Request, what: str) -> Scored:
    """Run the model in `directory`, whose digest was compared, on the frames of `request`.

    `what` names the model to people. A model that raises is a `Failure`; `CannotEvaluate` with the last words of the
    child when it dies, does not end in time, or leaves an answer that is none.
    """
    with tempfile.TemporaryDirectory(prefix="modelward-scoring-") as scratch:
        folder = Path(scratch)
        for name, frame in request.frames.items():
            frame.to_parquet(folder / f"{name}.parquet", index=False)
        asked = {
            "model": str(directory.resolve()),
            "frames": list(request.frames),
            "vectors": [int(index) for index in request.vectors],
            "warm_up": request.warm_up,
            "rounds": request.rounds,
        }
        (folder / "request.json").write_text(json.dumps(asked), encoding="utf-8")
        words = _run(folder, request.seconds, what)
        return _answer(folder, request, what, words)


def environment(folder: Path) -> dict[str, str]:
    """All that the child sees: nothing of ours but where programs lie; its home is its own folder."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    quiet = {
        # MLflow asks for this name before it would report its use.
        "DO_NOT_TRACK": "true",
        # A thread that waits by spinning would measure what else the machine does.
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    return kept | quiet | {"HOME": str(folder), "TMPDIR": str(folder)}


def _run(folder: Path, seconds: float, what: str) -> str:
    """Run the child to its end; its last words."""
    home = folder / "home"
    home.mkdir()
    command = [sys.executable, "-I", "-c", _START, str(folder), *_libraries()]
    child = subprocess.Popen(
        command,
        cwd=home,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    heard: deque[bytes] = deque(maxlen=_LAST_CHUNKS)
    assert child.stdout is not None
    listener = threading.Thread(target=_listen, args=(child.stdout, heard), daemon=True)
    listener.start()
    code: int | None = None
    try:
        with suppress(subprocess.TimeoutExpired):
            code = child.wait(seconds)
    finally:
        _end(child)
        listener.join(5)
    if code is None:
        message = f"{what} was stopped after {seconds:g} s: it had not scored its rows{_last(heard)}"
        raise CannotEvaluate(message, "give it more time with --timeout, or fewer rows")
    if code != 0:
        how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
        raise CannotEvaluate(f"{what} {how} while it was loaded or scored{_last(heard)}", "run it by itself to see why")
    return _last(heard)


def _listen(stream: IO[bytes], heard: "deque[bytes]") -> None:
    """Keep the last words, however much is said."""
    with stream:
        while chunk := stream.read1(4096):  # type: ignore[attr-defined]
            heard.append(chunk)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child and all that it has started; its group is gone when nothing of it is left."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _last(heard: "deque[bytes]") -> str:
    words = " ".join(b"".join(heard).decode("utf-8", "replace").split())
    return f"; it said: ...{words[-400:]}" if words else ""


def _libraries() -> list[str]:
    """Where this engine and MLflow are installed, which an isolated Python need not know."""
    folders: dict[str, None] = {}
    for name in ("modelward", "mlflow", "pandas"):
        found = find_spec(name)
        if found is None or found.submodule_search_locations is None:
            raise WrongUse(f"{name} is not installed", "pip install 'modelward[evidence]'")
        folders[str(Path(next(iter(found.submodule_search_locations))).parent)] = None
    return list(folders)


def _answer(folder: Path, request: Request, what: str, words: str) -> Scored:
    try:
        said = _Said.model_validate_json((folder / "answer.json").read_bytes())
        if said.failed is not None:
            return Scored(Failure(said.failed, shown(said.words, 300)), {}, np.empty(0))
        rows = {name: len(frame) for name, frame in request.frames.items()}
        rows |= {"vectors": len(request.vectors)} if request.vectors else {}
        times = [len(request.vectors)] * (request.rounds if request.vectors else 0)
        if said.predictions.keys() != rows.keys() or [len(each) for each in said.milliseconds] != times:
            raise ValueError("it does not answer what was asked")
        predictions = {
            name: _columns(folder / f"{name}.f64", columns, rows[name]) for name, columns in said.predictions.items()
        }
    except (OSError, ValueError, ValidationError) as error:
        first = shown(str(error).split("\n")[0], 200)
        raise CannotEvaluate(f"{what} left no answer that can be read: {first}{words}", "run it by itself") from error
    return Scored(None, predictions, np.asarray(said.milliseconds))


def _columns(file: Path, said: Sequence[_ColumnSaid], rows: int) -> tuple[Column, ...]:
    numeric = sum(column.texts is None for column in said)
    if not said or (file.stat().st_size != numeric * rows * 8):
        raise ValueError("its numbers are not as many as its rows")
    matrix = np.fromfile(file, dtype="<f8").astype(np.float64).reshape(rows if numeric else 0, numeric)
    numbers = iter(matrix.T)
    found = []
    for column in said:
        if column.texts is not None and len(column.texts) != rows:
            raise ValueError("its texts are not as many as its rows")
        values = np.ascontiguousarray(next(numbers)) if column.texts is None else None
        found.append(Column(column.name, values, None if column.texts is None else tuple(column.texts)))
    return tuple(found)
