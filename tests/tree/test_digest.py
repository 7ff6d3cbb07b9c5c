"""Digests: one way to take each, the same that a shell line takes."""

import os
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.errors import CannotEvaluate
from modelward.tree.digest import ADDED_ON_DOWNLOAD, artifact_digest, digest_of
from modelward.tree.scratch import scratch

SHELL = r"find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum"


def by_shell(directory: Path) -> str:
    """The digest as the shell line in `artifact_digest` takes it."""
    done = subprocess.run(["bash", "-c", SHELL], cwd=directory, capture_output=True, text=True, check=True)
    return f"sha256:{done.stdout.split()[0]}"


def fill(directory: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(data)
    return directory


FILES = {
    "MLmodel": b"flavors: {}\n",
    "model.skops": b"\x00\xff",
    "code/b.py": b"",
    "code-1": b"x",
    "Z": b"",
    "ä é.txt": b"y",
}


@given(st.binary())
def test_the_digest_of_content_is_its_sha256(data: bytes) -> None:
    assert digest_of(data) == f"sha256:{sha256(data).hexdigest()}"


def test_the_digest_of_a_directory_is_what_the_shell_line_says(tmp_path: Path) -> None:
    fill(tmp_path, FILES)
    assert artifact_digest(tmp_path) == (by_shell(tmp_path), sum(map(len, FILES.values())))


def test_a_directory_without_files_has_a_digest_too(tmp_path: Path) -> None:
    assert artifact_digest(tmp_path) == (by_shell(tmp_path), 0)


def test_names_that_are_no_text_count_by_their_bytes(tmp_path: Path) -> None:
    fill(tmp_path, {os.fsdecode(b"b\xff"): b"1", "bz": b"2", "ä": b"3"})
    assert artifact_digest(tmp_path)[0] == by_shell(tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        {"MLmodel": b"flavors: {} \n"},
        {"added": b""},
        {"code/MLmodel": b""},
    ],
)
def test_every_byte_and_every_name_counts(tmp_path: Path, changed: dict[str, bytes]) -> None:
    before = artifact_digest(fill(tmp_path, FILES))
    assert artifact_digest(fill(tmp_path, changed)) != before


def test_moving_a_file_into_a_folder_counts(tmp_path: Path) -> None:
    before = artifact_digest(fill(tmp_path, FILES))
    (tmp_path / "Z").rename(tmp_path / "code/Z")
    assert artifact_digest(tmp_path) != before


def test_empty_folders_and_what_a_download_adds_do_not_count(tmp_path: Path) -> None:
    before = artifact_digest(fill(tmp_path, FILES))
    (tmp_path / "empty").mkdir()
    fill(tmp_path, dict.fromkeys(ADDED_ON_DOWNLOAD, b"added"))
    assert artifact_digest(tmp_path) == before
    fill(tmp_path, {f"code/{name}": b"not at the top" for name in ADDED_ON_DOWNLOAD})
    assert artifact_digest(tmp_path) != before


def test_what_lies_deeper_than_a_function_can_follow_counts_too() -> None:
    with scratch() as folder:
        for number in range(1, 1500):
            Path(f"{folder}{'/d' * number}").mkdir()
        fill(folder, {"d/d/MLmodel": b"flavors: {}\n"})
        Path(f"{folder}{'/d' * 1499}/weights").write_bytes(b"x")
        assert artifact_digest(folder) == (by_shell(folder), 13)


@pytest.mark.parametrize("target", ["model.skops", "code", "nowhere", "/etc/passwd"])
def test_a_link_is_refused_since_what_it_shows_can_change(tmp_path: Path, target: str) -> None:
    fill(tmp_path, FILES)
    (tmp_path / "code/link").symlink_to(target)
    with pytest.raises(CannotEvaluate, match="code/link is a symbolic link"):
        artifact_digest(tmp_path)


@pytest.mark.parametrize("name", ["a\\b", "a\nb", "a\rb", "code/a\nb"])
def test_a_name_that_the_shell_line_writes_in_another_way_is_refused(tmp_path: Path, name: str) -> None:
    fill(tmp_path, {**FILES, name: b""})
    with pytest.raises(CannotEvaluate, match="has a backslash or a line end in its name"):
        artifact_digest(tmp_path)
