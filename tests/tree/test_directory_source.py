"""A directory as a source: it shows what git would show once it is committed, and follows nothing out of the tree."""

import os
import time
from pathlib import Path

import pytest

from modelward.errors import CannotEvaluate
from modelward.tree.directory import DirectorySource
from modelward.tree.source import EXECUTABLE, REGULAR, SUBMODULE, SYMLINK, Entry


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)


def listed(root: Path, prefix: str = "") -> list[tuple[str, str]]:
    return [(entry.path, entry.mode) for entry in DirectorySource(root).entries(prefix)]


def test_files_are_listed_with_mode_and_size_in_the_order_of_their_paths(tmp_path: Path) -> None:
    write(tmp_path, "b/a.yaml", "a.yaml", "b.yaml", "b/c/d.yaml")
    (tmp_path / "a.yaml").chmod(0o744)
    assert DirectorySource(tmp_path).entries("") == [
        Entry("a.yaml", EXECUTABLE, 6),
        Entry("b.yaml", REGULAR, 6),
        Entry("b/a.yaml", REGULAR, 8),
        Entry("b/c/d.yaml", REGULAR, 10),
    ]


def test_what_git_itself_keeps_is_not_listed(tmp_path: Path) -> None:
    write(tmp_path, ".git/config", "models/a/manifest.yaml", "validators/area/__pycache__/rule.cpython-311.pyc")
    assert listed(tmp_path) == [("models/a/manifest.yaml", REGULAR)]


def test_empty_folders_are_nothing(tmp_path: Path) -> None:
    write(tmp_path, "models/a/manifest.yaml")
    (tmp_path / "models/b").mkdir()
    source = DirectorySource(tmp_path)
    (tmp_path / "models/__pycache__").mkdir()
    write(tmp_path, "models/__pycache__/a.pyc")
    assert source.folders("models") == ["a"]
    assert source.entries("models/b") == []
    assert source.folders("nowhere") == []
    assert source.entries("nowhere") == []


def test_links_are_listed_and_never_followed(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    write(outside, "secret.yaml", "folder/secret.yaml")
    write(root, "models/a/manifest.yaml")
    (root / "models/a/thresholds.yaml").symlink_to(outside / "secret.yaml")
    (root / "models/a/releases").symlink_to(outside / "folder")
    (root / "models/b").symlink_to(outside / "folder")
    (root / "models/loop").symlink_to(root)
    (root / "models/dangling").symlink_to("nowhere")
    assert listed(root, "models") == [
        ("models/a/manifest.yaml", REGULAR),
        ("models/a/releases", SYMLINK),
        ("models/a/thresholds.yaml", SYMLINK),
        ("models/b", SYMLINK),
        ("models/dangling", SYMLINK),
        ("models/loop", SYMLINK),
    ]
    source = DirectorySource(root)
    for link in ("models/a/thresholds.yaml", "models/a/releases", "models/b"):
        (entry,) = source.entries(link)
        assert entry.mode == SYMLINK
        with pytest.raises(CannotEvaluate, match=f"cannot read {link}"):
            list(source.read([entry]))


def test_nothing_stands_behind_a_link(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    write(outside, "a/manifest.yaml", "policy.yaml")
    root.mkdir()
    for name in ("models", "policies"):
        (root / name).symlink_to(outside)
    source = DirectorySource(root)
    assert source.folders("models") == []
    assert source.entries("models/a") == []
    assert source.entries("models/a/manifest.yaml") == []
    assert source.entries("policies/policy.yaml") == []
    assert source.entry("policies/policy.yaml") is None
    assert source.entry("policies") is not None
    assert listed(root, "models") == [("models", SYMLINK)]


def test_another_repository_inside_is_what_git_makes_of_it(tmp_path: Path) -> None:
    write(tmp_path, ".git/config", "models/a/.git", "models/a/manifest.yaml", "models/b/deep/.git/config", "models/b/x")
    assert listed(tmp_path) == [("models/a", SUBMODULE), ("models/b/deep", SUBMODULE), ("models/b/x", REGULAR)]
    source = DirectorySource(tmp_path)
    assert listed(tmp_path, "models/a") == [("models/a", SUBMODULE)]
    assert source.entries("models/a/manifest.yaml") == []
    assert source.folders("models/a") == []
    assert source.folders("models") == ["a", "b"]


def test_pipes_sockets_and_devices_are_never_opened(tmp_path: Path) -> None:
    write(tmp_path, "models/a/manifest.yaml")
    os.mkfifo(tmp_path / "models/a/canary.yaml")
    (entry,) = DirectorySource(tmp_path).entries("models/a/canary.yaml")
    assert entry.mode == "special"
    began = time.monotonic()
    assert listed(tmp_path, "models/a")[0] == ("models/a/canary.yaml", "special")
    assert time.monotonic() - began < 10


def test_names_that_are_no_text_are_listed_and_read(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    name = b"a\xff\n.yaml"
    (tmp_path / "models" / os.fsdecode(name)).write_bytes(b"x")
    source = DirectorySource(tmp_path)
    ((entry, data),) = source.read(source.entries("models"))
    assert os.fsencode(entry.path) == b"models/" + name
    assert data == b"x"


def test_a_file_that_goes_away_is_an_error_and_not_an_empty_one(tmp_path: Path) -> None:
    write(tmp_path, "models/a/manifest.yaml")
    source = DirectorySource(tmp_path)
    entries = source.entries("models")
    (tmp_path / "models/a/manifest.yaml").unlink()
    with pytest.raises(CannotEvaluate, match=r"cannot read models/a/manifest\.yaml: No such file"):
        list(source.read(entries))


def test_the_working_tree_is_called_so(tmp_path: Path) -> None:
    assert DirectorySource(tmp_path).label == "working tree"
