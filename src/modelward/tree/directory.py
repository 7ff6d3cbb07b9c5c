"""A directory as a source: the working tree, for `validate` and the verbs that edit. It shows what git would."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from modelward.errors import CannotEvaluate
from modelward.tree.source import EXECUTABLE, REGULAR, SUBMODULE, SYMLINK, Entry

_IGNORED = frozenset({".git", "__pycache__"})


@dataclass(frozen=True)
class DirectorySource:
    """The files below `root`. Symbolic links and other repositories are listed, never followed."""

    root: Path

    @property
    def label(self) -> str:
        """What a person calls this tree."""
        return "working tree"

    def entries(self, prefix: str) -> list[Entry]:
        """All files below the folder `prefix`, sorted by path."""
        top = self.root / prefix if prefix else self.root
        if self._leads_out(prefix):
            return []
        if prefix and (top.is_symlink() or not top.is_dir()):
            file = self.entry(prefix)
            return [] if file is None else [file]
        found: list[Entry] = []
        pending = [(top, prefix)]
        while pending:
            folder, path = pending.pop()
            try:
                children = list(os.scandir(folder))
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise CannotEvaluate(f"cannot list {path or '.'}: {error.strerror}", "check its permissions") from error
            if path and any(child.name == ".git" for child in children):
                found.append(Entry(path, SUBMODULE, 0))
                continue
            for child in children:
                if child.name in _IGNORED:
                    continue
                name = f"{path}/{child.name}" if path else child.name
                if child.is_dir(follow_symlinks=False):
                    pending.append((folder / child.name, name))
                else:
                    found.append(_entry(child.stat(follow_symlinks=False), name))
        return sorted(found)

    def entry(self, path: str) -> Entry | None:
        """The file at `path`."""
        if self._leads_out(path):
            return None
        try:
            found = (self.root / path).lstat()
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None
        except OSError as error:
            raise CannotEvaluate(
                f"cannot look at {path}: {error.strerror}", "check its name and permissions"
            ) from error
        if not stat.S_ISDIR(found.st_mode):
            return _entry(found, path)
        is_repository = path and os.path.lexists(self.root / path / ".git")
        return Entry(path, SUBMODULE, 0) if is_repository else None

    def folders(self, prefix: str) -> list[str]:
        """Names of what stands directly in the folder `prefix`, sorted; git knows no empty folders, nor do we."""
        if self._leads_out(f"{prefix}/"):
            return []
        try:
            return sorted(
                child.name
                for child in os.scandir(self.root / prefix)
                if child.name not in _IGNORED and not (child.is_dir(follow_symlinks=False) and _is_empty(child.path))
            )
        except (FileNotFoundError, NotADirectoryError):
            return []

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """The content of each entry; a link or special file is never opened."""
        for entry in entries:
            try:
                descriptor = os.open(self.root / entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
                with os.fdopen(descriptor, "rb") as file:
                    yield entry, file.read()
            except OSError as error:
                raise CannotEvaluate(f"cannot read {entry.path}: {error.strerror}", "check its permissions") from error

    def _leads_out(self, path: str) -> bool:
        """Whether a folder on the way to `path` is a symbolic link or another repository: git has nothing behind it."""
        parts = path.split("/")
        folders = [self.root.joinpath(*parts[:length]) for length in range(1, len(parts))]
        return any(folder.is_symlink() or os.path.lexists(folder / ".git") for folder in folders)


def _entry(found: os.stat_result, path: str) -> Entry:
    if stat.S_ISLNK(found.st_mode):
        return Entry(path, SYMLINK, found.st_size)
    if not stat.S_ISREG(found.st_mode):
        return Entry(path, "special", found.st_size)
    return Entry(path, EXECUTABLE if found.st_mode & stat.S_IXUSR else REGULAR, found.st_size)


def _is_empty(folder: str) -> bool:
    with os.scandir(folder) as children:
        return next(children, None) is None
