"""A registry that is another, lies, or hangs, and runs that are cut short. Rows T71, T77, T80, T91 and T92."""

import os
import pickle
import signal
import subprocess
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from answering import document, serving
from modelward.reconcile.hashing import true_digest
from modelward.reconcile.pin import Pin
from modelward.registry.simulator import SimulatedRegistry
from modelward.specs.scalars import Digest, ReleaseName
from repository import COMMAND, Repository

ALL = ("plan", "apply", "status", "diff")
MODEL = "credit-score"
OURS = {"key": "modelward.repository", "value": "example/ml-governance"}


def run(verb: str, *arguments: str) -> list[str]:
    return [verb, *(["--yes"] if verb == "apply" else []), *arguments]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def answering(opened: ExitStack, monkeypatch: pytest.MonkeyPatch, *models: Mapping[str, object]) -> list[str]:
    """A registry that holds some models without versions; the paths that it is asked for."""
    asked: list[str] = []

    def answer(path: str, _query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        asked.append(path)
        return document({"registered_models": models} if path.endswith("registered-models/search") else {})

    uri, _ = opened.enter_context(serving(answer))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    return asked


# T91: the wrong registry.


@pytest.mark.parametrize("verb", ALL)
@pytest.mark.parametrize("address", [None, "", " ", "mlruns", "htp://registry", "sqlite:///:memory:", "sqlite://"])
def test_t91_an_address_that_is_none_is_an_error_and_creates_nothing(
    merged: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str, address: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    if address is not None:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    before = sorted(tmp_path.iterdir())
    assert merged.modelward(*run(verb)).code in (2, 3)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_t91_a_registry_without_any_model_is_no_match_and_is_not_written(
    merged: Repository, monkeypatch: pytest.MonkeyPatch, opened: ExitStack, verb: str
) -> None:
    asked = answering(opened, monkeypatch)
    ended = merged.modelward(*run(verb, "--adopt"))
    assert ended.code == 1
    assert f"`{MODEL}` is not in registry `main`" in ended.out
    assert {path.rpartition("/")[2] for path in asked} == {"search"}


# A spec that is gone, and models of others.


def test_a_model_whose_folder_is_gone_is_named_and_loses_nothing(
    merged: Repository, monkeypatch: pytest.MonkeyPatch, opened: ExitStack
) -> None:
    many = [{"name": f"another-{number}"} for number in range(9)]
    repository = merged.snapshot().policy.spec.repository
    gone = {"name": "gone", "tags": [OURS | {"value": repository}], "aliases": [{"alias": "champion", "version": "1"}]}
    asked = answering(opened, monkeypatch, *many, gone, {"name": "theirs", "tags": [OURS | {"value": "other/one"}]})
    for verb in ("plan", "apply", "status"):
        ended = merged.modelward(*run(verb))
        assert "no spec speaks of gone in main, which bears this repository's tag" in ended.out
    assert {path.rpartition("/")[2] for path in asked} == {"search"}
    listed = merged.modelward("status", "--format", "json").json["without_spec"]
    assert {each["registered_model"] for each in listed if each["ours"]} == {"gone"}


# T77: what a registry says.


def test_t77_an_answer_that_steers_is_an_error_in_plain_words(
    merged: Repository, monkeypatch: pytest.MonkeyPatch, opened: ExitStack
) -> None:
    said = b"\x1b]0;owned\x07\x1b[2J\n::stop-commands::x\n" + b"y" * 100_000
    uri, _ = opened.enter_context(serving(lambda _path, _query: (403, {}, said)))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri.replace("://", "://reader:s3cret@"))
    for verb in ALL:
        ended = merged.modelward(*run(verb))
        assert ended.code == 3
        text = ended.out + ended.err
        assert not any(mark in text for mark in ("\x1b]", "\x07", "\x1b[2J", "\n::stop", "s3cret"))
        assert max(map(len, text.splitlines())) < 2000


# T80: a run that is cut short.


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch, opened: ExitStack) -> threading.Event:
    """A registry that hangs; the event is set when it is asked."""
    over, asked = threading.Event(), threading.Event()

    def answer(_path: str, _query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        asked.set()
        over.wait(30)
        return document({})

    uri, _ = opened.enter_context(serving(answer))
    opened.callback(over.set)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    return asked


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_t80_a_run_that_is_stopped_never_ends_with_0(
    merged: Repository, hanging: threading.Event, number: signal.Signals, code: int
) -> None:
    # Who starts the tests in the background may have this ignored, and a child would inherit that.
    before = signal.signal(number, signal.SIG_DFL)
    process = subprocess.Popen([COMMAND, "apply", "--yes"], cwd=merged.root, stderr=subprocess.PIPE)
    signal.signal(number, before)
    assert hanging.wait(60)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert b"Traceback" not in said


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_t80_a_report_that_nobody_reads_is_no_pass(
    merged: Repository, monkeypatch: pytest.MonkeyPatch, opened: ExitStack, stream: str
) -> None:
    answering(opened, monkeypatch)
    reader, writer = os.pipe()
    os.close(reader)
    arguments = ["apply", "--yes", *(["--format", "json"] if stream == "stderr" else [])]
    out, err = (writer if stream == each else subprocess.DEVNULL for each in ("stdout", "stderr"))
    done = subprocess.run([COMMAND, *arguments], cwd=merged.root, check=False, timeout=60, stdout=out, stderr=err)
    os.close(writer)
    assert done.returncode not in (0, 4, 5)


# T92: nothing is loaded.


class Executed:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return os.mkdir, (str(self._path),)


def test_t92_the_bytes_of_a_model_are_hashed_and_never_loaded(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    code = f"import os; os.mkdir({str(ran)!r})\n".encode()
    registry = SimulatedRegistry()
    files = {
        "MLmodel": b"flavors:\n  python_function:\n    loader_module: evil\n    code: code\n    data: model.pkl\n",
        "code/evil.py": code,
        "conftest.py": code,
        "sitecustomize.py": code,
        "model.pkl": pickle.dumps(Executed(ran)),
    }
    version = registry.register("evil", files, uuid.uuid4().hex)
    pin = Pin(ReleaseName("1.0.0"), version, None, Digest(f"sha256:{'0' * 64}"))
    assert str(true_digest(registry, "evil", pin)).startswith("sha256:")
    assert not ran.exists()


def test_t92_what_reconciles_imports_nothing_that_could_load_a_model(merged: Repository) -> None:
    script = (
        "import sys; from modelward.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted(name for name in sys.modules if name in ('mlflow.pyfunc', 'sklearn')))"
    )
    done = subprocess.run(
        [COMMAND.with_name("python"), "-c", script, "plan"],
        cwd=merged.root,
        env=os.environ | {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stdout + done.stderr
