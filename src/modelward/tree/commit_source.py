"""The tree of a commit as a source, read in batches."""

import subprocess
import weakref
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from threading import Lock
from typing import IO

from modelward.errors import CannotEvaluate
from modelward.tree.batches import batched, next_object
from modelward.tree.git import Git
from modelward.tree.source import Entry

_BATCH = 512


class GitSource:
    """The tree of one commit, or only what of it lies below `folders`.

    One `git cat-file` process serves all reads, also of several threads, one after the other.
    """

    def __init__(self, git: Git, commit: str, folders: Sequence[str] = ()) -> None:
        self.git = git
        self.commit = commit
        self._folders = folders
        self._process: subprocess.Popen[bytes] | None = None
        self._asking = Lock()

    @property
    def label(self) -> str:
        """What a person calls this tree."""
        return f"commit {self.commit[:12]}"

    def entries(self, prefix: str) -> list[Entry]:
        """All files below the folder `prefix`, sorted by path."""
        if not prefix:
            return self._everything
        file = self.entry(prefix)
        if file is not None:
            return [file]
        first = bisect_left(self._everything, f"{prefix}/", key=_path)
        return self._everything[first : bisect_left(self._everything, f"{prefix}0", key=_path)]

    def entry(self, path: str) -> Entry | None:
        """The file at `path`."""
        at = bisect_left(self._everything, path, key=_path)
        found = at < len(self._everything) and self._everything[at].path == path
        return self._everything[at] if found else None

    def folders(self, prefix: str) -> list[str]:
        """Names of what stands directly in the folder `prefix`, also where its files are not listed."""
        if prefix and self._folders and not any(f"{prefix}/".startswith(f"{folder}/") for folder in self._folders):
            return self.git.names(self.commit, prefix)
        start = len(prefix) + 1 if prefix else 0
        inside = [entry.path[start:] for entry in self.entries(prefix) if entry.path != prefix]
        return sorted({path.partition("/")[0] for path in inside})

    @cached_property
    def _everything(self) -> list[Entry]:
        self.git.require_whole()
        listing = self.git.run("ls-tree", "-r", "-z", "-l", "--full-tree", self.commit, "--", *self._folders)
        entries = sorted(_tree_entry(line) for line in listing.split(b"\0") if line)
        if (path := _twice(entries)) is not None:
            raise CannotEvaluate(f"the {self.label} holds {path} twice", "run `git fsck`; no git command writes that")
        return entries

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """The content of each entry, in the order given."""
        for batch in batched(entries, _BATCH):
            with self._asking:
                wanted, found = self._pipes()
                wanted.write("".join(f"{entry.object_id}\n" for entry in batch).encode())
                wanted.flush()
                # All answers of a batch are taken before the first is given out: a caller that stops early leaves none.
                contents = [(entry, next_object(found, b"blob")) for entry in batch]
            for entry, content in contents:
                if content is None:
                    raise _nothing_for(entry.path)
                yield entry, content

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            self._process = self.git.start("cat-file", "--batch")
            weakref.finalize(self, _stop, self._process)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout


def _path(entry: Entry) -> str:
    return entry.path


def _twice(entries: list[Entry]) -> str | None:
    """A path that a crafted tree holds twice, as two files or as file and folder: two readers would see two things."""
    paths: set[str] = set()
    folders: set[str] = set()
    for entry in entries:
        if entry.path in paths:
            return entry.path
        paths.add(entry.path)
        folder = entry.path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return next(iter(sorted(paths & folders)), None)


def _stop(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.wait()


def _tree_entry(line: bytes) -> Entry:
    facts, _, name = line.partition(b"\t")
    mode, _kind, object_id, size = facts.split()
    path = name.decode("utf-8", "surrogateescape")
    if size == b"BAD":
        raise _nothing_for(path)
    return Entry(path, mode.decode(), 0 if size == b"-" else int(size), object_id.decode())


def _nothing_for(path: str) -> CannotEvaluate:
    return CannotEvaluate(f"git holds no content for {path}", "run `git fsck`; a partial clone must be filled")
