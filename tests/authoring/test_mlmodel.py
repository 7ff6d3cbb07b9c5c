"""What is read of an `MLmodel` file, and what is not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from modelward.authoring.mlmodel import Column, Described, described
from repository import PROJECT

NOTHING = Described()


def read(folder: Path, text: str | bytes) -> Described:
    """What a file with this content says."""
    (folder / "MLmodel").write_bytes(text if isinstance(text, bytes) else text.encode())
    return described(folder)


def signature(entries: str, side: str = "inputs") -> str:
    """A file with a signature of one side."""
    return f"signature:\n  {side}: '{entries}'\n"


def test_a_file_that_mlflow_wrote_says_python_time_and_columns() -> None:
    found = described(PROJECT / "demo/artifacts/credit-risk/1.0.0")
    assert found.python == "3.11.7"
    assert found.made_at is not None
    assert found.made_at.tzinfo is UTC
    assert found.tabular
    assert found.inputs[0] == Column("LIMIT_BAL", "numeric")
    assert len(found.inputs) == 19
    assert found.outputs == ()


def test_columns_that_no_feature_can_be_called_are_counted(tmp_path: Path) -> None:
    entries = (
        '[{"type": "long", "name": "age"}, {"type": "string", "name": "city name"},'
        ' {"type": "binary", "name": "photo"}, {"type": "array", "items": {"type": "long"}, "name": "history"},'
        ' {"type": {"a": 1}, "name": "odd"}]'
    )
    found = read(tmp_path, signature(entries))
    assert (found.inputs, found.unnamed_inputs, found.tabular) == ((Column("age", "numeric"),), 4, True)


def test_tensors_are_no_columns(tmp_path: Path) -> None:
    tensors = '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 28, 28]}}]'
    assert read(tmp_path, signature(tensors)).tabular is False


def test_without_a_file_nothing_is_known(tmp_path: Path) -> None:
    assert described(tmp_path) == NOTHING


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n",
        "a: [\n",
        b"\xff\xfe",
        "a: !!python/object/apply:os.system [echo]\n: :\n",
        "flavors: x\n",
        "flavors: {python_function: [1]}\n",
        "flavors: {python_function: {python_version: [3]}}\n",
        "flavors: {python_function: {python_version: '3.11.7; rm'}}\n",
        "signature: x\n",
        "signature: {inputs: x}\n",
        "signature: {inputs: '{}'}\n",
        "signature: {inputs: [1]}\n",
        "utc_time_created: yesterday\n",
        "utc_time_created: [1]\n",
        # An alias would let a small file grow without bound.
        "a: &a [x, x]\nb: [*a, *a]\nflavors: {python_function: {python_version: 3.11.7}}\n",
        "flavors: {python_function: {python_version: 3.11.7}}\n#" + "x" * (1024 * 1024),
        "signature:\n  inputs: '" + "[" * 100_000 + "'\n",
        "a: " + "[" * 2000 + "]" * 2000 + "\nflavors: {python_function: {python_version: 3.11.7}}\n",
    ],
)
def test_what_is_no_such_file_or_not_safe_to_read_says_nothing(tmp_path: Path, text: str | bytes) -> None:
    assert read(tmp_path, text) == NOTHING


def test_the_time_is_utc_also_where_it_does_not_say_so(tmp_path: Path) -> None:
    assert read(tmp_path, "utc_time_created: '2025-03-01 10:00:00.5'\n").made_at == datetime(
        2025, 3, 1, 10, 0, 0, 500_000, UTC
    )
