"""Where bytes come from: git objects at a commit, or a directory. One Protocol, so that all reading is the same."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

REGULAR = "100644"
EXECUTABLE = "100755"
SYMLINK = "120000"
SUBMODULE = "160000"


@dataclass(frozen=True, order=True, slots=True)
class Entry:
    """A file of a tree: path from the root with `/`, git mode, size in bytes, and the git object if known."""

    path: str
    mode: str
    size: int
    object_id: str = ""


class Source(Protocol):
    """A tree of files that does not change while it is read."""

    @property
    def label(self) -> str:
        """What a person calls this tree: a commit's short id, or `working tree`."""
        ...

    def entries(self, prefix: str) -> list[Entry]:
        """All files whose path starts with the folder `prefix` (`""` is the root), sorted by path."""
        ...

    def entry(self, path: str) -> Entry | None:
        """The file at `path`; None when there is none, or a folder."""
        ...

    def folders(self, prefix: str) -> list[str]:
        """Names of what stands directly in the folder `prefix`, sorted."""
        ...

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """The content of each entry, in the order given."""
        ...
