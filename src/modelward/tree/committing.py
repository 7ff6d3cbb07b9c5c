"""Signed commits made from bytes alone: neither a working tree nor an index of anybody is touched."""

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from modelward.tree.git import Git

_SOMEBODY = ("user.name=modelward", "user.email=modelward@localhost", "gpg.format=ssh")


def committed(git: Git, parent: str | None, files: Mapping[str, bytes], message: str, key: Path) -> str:
    """A commit upon `parent` with some files added or replaced, which `key` signs; no branch is at it yet.

    Raises `CannotEvaluate` when git or ssh-keygen cannot do it.
    """
    with tempfile.TemporaryDirectory(prefix="modelward-") as folder:
        tree = _tree(git, parent, files, Path(folder))
    parents = [] if parent is None else ["-p", parent]
    options = [option for setting in (*_SOMEBODY, f"user.signingKey={key}") for option in ("-c", setting)]
    return git.run(*options, "commit-tree", tree, *parents, "-S", "-m", message).decode().strip()


def tree_with(git: Git, commit: str, files: Mapping[str, bytes]) -> str:
    """The tree of a commit with some files added or replaced."""
    with tempfile.TemporaryDirectory(prefix="modelward-") as folder:
        return _tree(git, commit, files, Path(folder))


def _tree(git: Git, commit: str | None, files: Mapping[str, bytes], folder: Path) -> str:
    index = replace(git, quarantine=(*git.quarantine, ("GIT_INDEX_FILE", str(folder / "index"))))
    if commit is not None:
        index.run("read-tree", commit)
    lines = [f"100644 {object_id}\t{path}\n" for path, object_id in _stored(git, files, folder)]
    index.run("update-index", "--index-info", stdin="".join(lines).encode())
    return index.text("write-tree")


def _stored(git: Git, files: Mapping[str, bytes], folder: Path) -> Iterable[tuple[str, str]]:
    """Each file written as an object, through one git process: its path, and the object's id."""
    names = []
    for number, data in enumerate(files.values()):
        name = folder / str(number)
        name.write_bytes(data)
        names.append(f"{name}\n")
    ids = git.run("hash-object", "-w", "--no-filters", "--stdin-paths", stdin="".join(names).encode()).decode().split()
    return zip(files, ids, strict=True)
