"""The process that a model runs in: what it gets, what it sees, and what becomes of one that misbehaves."""

import json
import os
import re
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from laboratory import answering, model_directory, scoring
from modelward.errors import CannotEvaluate
from modelward.evidence.confinement import landlock_version
from modelward.evidence.scoring import Failure, Request, Scored, score

ROWS = pd.DataFrame({"limit": range(10), "late_payments": [float(number) for number in range(10)]})
SECRETS = (
    "MLFLOW_TRACKING_URI",
    "MLFLOW_TRACKING_PASSWORD",
    "AWS_SECRET_ACCESS_KEY",
    "SSH_AUTH_SOCK",
    "GITHUB_TOKEN",
    "MODELWARD_EVIDENCE_COLLECT_BY",
    "PYTHONPATH",
)
landlock = pytest.mark.skipif(landlock_version() < 4, reason="the kernel offers no Landlock, or none for connections")


def scored(tmp_path: Path, source: str, request: Request | None = None) -> Scored:
    directory = model_directory(tmp_path / "model", source)
    return score(directory, request or Request({"rows": ROWS}), "release 1.0.0")


def seen(tmp_path: Path, expression: str) -> Any:
    """What an expression is in the process of the model."""
    source = answering(f"import os, sys, json\nreturn [json.dumps({expression})] * len(rows)")
    (column,) = scored(tmp_path, source).predictions["rows"]
    assert column.texts is not None
    return json.loads(column.texts[0])


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder of ours that is not in shared memory, which processes of a model may use among themselves."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder)


def test_predictions_come_back_bit_by_bit(tmp_path: Path) -> None:
    (column,) = scored(tmp_path, scoring()).predictions["rows"]
    assert column.numbers is not None
    assert column.numbers.tolist() == (1 / (1 + np.exp(2.0 - ROWS["late_payments"].to_numpy()))).tolist()


def test_t92_no_secret_of_ours_is_in_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "hush")
    found = seen(tmp_path, "dict(os.environ)")
    assert "hush" not in json.dumps(found)
    assert set(found) <= {
        *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "HOME", "TMPDIR"),
        *("DO_NOT_TRACK", "OMP_WAIT_POLICY"),
        # What libraries set for themselves once they are loaded.
        *(name for name in found if name not in os.environ),
    }


def test_its_home_and_its_folder_are_its_own(tmp_path: Path) -> None:
    home, folder, *path = seen(tmp_path, "[os.environ['HOME'], os.getcwd(), *sys.path]")
    assert home == folder
    assert not Path(home).exists()
    assert home != str(Path.home())
    assert "" not in path
    assert os.getcwd() not in path  # noqa: PTH109 - as the search path would name it


def test_nothing_can_be_read_from_its_input(tmp_path: Path) -> None:
    assert seen(tmp_path, "sys.stdin.read()") == ""


def test_a_model_that_raises_while_it_is_loaded_is_an_answer(tmp_path: Path) -> None:
    found = scored(tmp_path, answering("return rows", before="raise RuntimeError('no\\nsuch weights')"))
    assert found.failure == Failure("loads", "RuntimeError: no such weights")
    assert found.predictions == {}


def test_a_model_that_raises_while_it_scores_is_an_answer(tmp_path: Path) -> None:
    found = scored(tmp_path, answering("raise KeyError('income')"))
    assert found.failure == Failure("scores", "KeyError: 'income'")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("print('out of luck', flush=True)\nimport os\nos._exit(7)", "ended with 7 .*out of luck"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "was ended by signal 11"),
        ("import sys\nsys.exit('enough')", "ended with 1 .*enough"),
        ("import os\nos._exit(0)", "left no answer that can be read"),
    ],
    ids=["exit", "crash", "sys.exit", "quiet exit"],
)
def test_a_process_that_dies_is_no_answer_and_its_last_words_are_told(tmp_path: Path, body: str, said: str) -> None:
    with pytest.raises(CannotEvaluate, match=said):
        scored(tmp_path, answering(body))


def test_a_process_that_never_ends_is_ended_with_all_that_it_has_started(tmp_path: Path) -> None:
    body = """
    import subprocess, time
    started = subprocess.Popen(["sleep", "600"])
    print(f"thinking with {started.pid},", flush=True)
    time.sleep(600)
    """
    # A busy machine may need longer to start at all.
    for seconds in (6, 60):
        before = time.monotonic()
        with pytest.raises(CannotEvaluate, match=f"stopped after {seconds} s") as stopped:
            scored(tmp_path / str(seconds), answering(body), Request({"rows": ROWS}, seconds=seconds))
        assert time.monotonic() - before < seconds + 45
        if "thinking" in stopped.value.message:
            break
    started = re.search(r"thinking with (\d+),", stopped.value.message)
    assert started is not None
    assert not _is_running(int(started[1]))


def _is_running(process: int) -> bool:
    """Whether a process is there, and not only waits to be buried."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@landlock
def test_t92_neither_files_nor_processes_of_ours_are_in_its_reach(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    secret = home / "credentials"
    secret.write_text("hush")
    body = f"""
    import os
    said = []
    parent = "/proc/{{}}/environ".format(os.getppid())
    for path in ("{secret}", parent, "/proc/1/environ", os.path.expanduser("~root/.ssh")):
        try:
            said.append(str(open(path, "rb").read()) if os.path.isfile(path) else str(os.listdir(path)))
        except OSError as error:
            said.append(type(error).__name__)
    try:
        open("{home / "planted"}", "w").close()
    except OSError as error:
        said.append(type(error).__name__)
    return [" ".join(said)] * len(rows)
    """
    (column,) = scored(tmp_path, answering(body)).predictions["rows"]
    assert column.texts is not None
    said = column.texts[0].split()
    assert set(said) <= {"PermissionError", "FileNotFoundError"}
    assert said[0] == said[1] == said[-1] == "PermissionError"
    assert not (home / "planted").exists()


@landlock
def test_t92_nobody_can_be_called(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        body = f"""
        import socket
        try:
            socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), timeout=5)
        except OSError as error:
            return [type(error).__name__] * len(rows)
        return ["connected"] * len(rows)
        """
        (column,) = scored(tmp_path, answering(body)).predictions["rows"]
    assert column.texts is not None
    assert column.texts[0] == "PermissionError"


def test_its_own_folder_can_be_written(tmp_path: Path) -> None:
    body = """
    import tempfile
    with tempfile.TemporaryFile() as file:
        file.write(b"x")
    return rows["limit"]
    """
    assert scored(tmp_path, answering(body)).failure is None


def test_a_model_may_say_as_much_as_it_likes(tmp_path: Path) -> None:
    found = scored(tmp_path, answering("print('x' * 10_000_000)\nreturn rows['limit'].to_numpy() * 1.5"))
    (column,) = found.predictions["rows"]
    assert column.numbers is not None
    assert column.numbers[2] == 3.0


def test_an_answer_of_another_shape_is_told_with_its_shape(tmp_path: Path) -> None:
    found = scored(tmp_path, answering("return np.zeros(len(rows) - 1)"))
    assert found.failure == Failure("scores", "CannotEvaluate: the model answers 10 rows with the shape (9,)")


def test_a_prediction_of_numbers_and_texts_comes_back_with_its_names(tmp_path: Path) -> None:
    found = scored(tmp_path, answering("return pd.DataFrame({'word': 'yes', 'score': rows['limit'] / 2})"))
    word, score_ = found.predictions["rows"]
    assert (word.name, word.texts, word.numbers) == ("word", ("yes",) * 10, None)
    assert score_.numbers is not None
    assert (score_.name, score_.texts, score_.numbers.tolist()) == ("score", None, [each / 2 for each in range(10)])


def test_numbers_that_are_none_come_back_as_they_are(tmp_path: Path) -> None:
    (column,) = scored(tmp_path, answering("return np.array([np.nan, np.inf, -np.inf] + [0.5] * 7)")).predictions[
        "rows"
    ]
    assert column.numbers is not None
    assert np.isnan(column.numbers[0])
    assert column.numbers[1:3].tolist() == [np.inf, -np.inf]


@pytest.mark.parametrize(
    "forged",
    [
        '{"failed": null, "words": "", "predictions": {"rows": [{"name": null, "texts": null}]}, "milliseconds": []}',
        '{"failed": null, "words": "", "predictions": {"rows": [{"name": null, "texts": ["a"]}]}, "milliseconds": []}',
        "\xff",
    ],
)
def test_an_answer_that_a_model_has_forged_is_refused(tmp_path: Path, forged: str) -> None:
    body = f"""
    import os, sys
    from pathlib import Path
    folder = Path(sys.argv[1])
    (folder / "answer.json").write_text({forged!r}, encoding="latin-1")
    (folder / "rows.f64").write_bytes(b"12345678" * 3)
    os._exit(0)
    """
    with pytest.raises(CannotEvaluate, match="left no answer that can be read"):
        scored(tmp_path, answering(body))


def test_single_rows_are_timed_in_rounds_after_a_few_that_are_not(tmp_path: Path) -> None:
    body = """
    import time
    Model.calls = getattr(Model, "calls", 0) + 1
    time.sleep(0.05 if Model.calls <= 3 else 0.0)
    return np.full(len(rows), float(Model.calls))
    """
    found = scored(tmp_path, answering(body), Request({"rows": ROWS}, vectors=[3, 1, 4], warm_up=2, rounds=2))
    assert found.milliseconds.shape == (2, 3)
    assert found.milliseconds.max() < 50
    (column,) = found.predictions["vectors"]
    assert column.numbers is not None
    # One call for all rows, two to warm up, three of the first round.
    assert column.numbers.tolist() == [7.0, 8.0, 9.0]


SIGNED = """
signature:
  inputs: '[{"type": "double", "name": "limit", "required": true},
    {"type": "string", "name": "branch", "required": true},
    {"type": "long", "name": "hour", "required": true}, {"type": "boolean", "name": "new", "required": true}]'
  outputs: null
  params: null
"""


def test_rows_are_given_in_the_types_that_the_signature_demands(tmp_path: Path) -> None:
    frame = pd.DataFrame({"limit": [1, 2], "branch": ["07", "8"], "hour": ["3", "4"], "new": [0, 1]})
    directory = model_directory(
        tmp_path / "model", answering("return [str(rows.dtypes.to_dict()) + str(rows.iloc[0].to_dict())] * len(rows)")
    )
    with (directory / "MLmodel").open("a") as file:
        file.write(SIGNED)
    found = score(directory, Request({"rows": frame}), "release 1.0.0")
    assert found.failure is None, found.failure
    (column,) = found.predictions["rows"]
    assert column.texts is not None
    assert "'limit': dtype('float64')" in column.texts[0]
    assert "'hour': dtype('int64')" in column.texts[0]
    assert "'new': dtype('bool')" in column.texts[0]
    assert "'branch': '07'" in column.texts[0]


def test_without_a_signature_texts_that_are_all_numbers_are_numbers(tmp_path: Path) -> None:
    frame = pd.DataFrame({"status": ["-1", "2"], "branch": ["b01", "b02"]})
    directory = model_directory(tmp_path / "model", answering("return [str(rows['status'].dtype)] * len(rows)"))
    (column,) = score(directory, Request({"rows": frame}), "release 1.0.0").predictions["rows"]
    assert column.texts == ("int64", "int64")
