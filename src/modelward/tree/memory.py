"""A tree of files in memory, with the same face as a commit or a directory."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile

from modelward.tree.source import REGULAR, Entry, Source


class MemorySource:
    """Plain files by their path from the root."""

    def __init__(self, label: str, files: Mapping[str, bytes]) -> None:
        self._label = label
        self.files = dict(sorted(files.items()))
        self._paths = tuple(self.files)

    @property
    def label(self) -> str:
        """What a person calls this tree."""
        return self._label

    def entries(self, prefix: str) -> list[Entry]:
        """All files below the folder `prefix`, sorted by path."""
        if prefix in self.files:
            return [_entry(prefix, self.files[prefix])]
        return [_entry(path, self.files[path]) for path in self._below(prefix)]

    def entry(self, path: str) -> Entry | None:
        """The file at `path`."""
        data = self.files.get(path)
        return None if data is None else _entry(path, data)

    def folders(self, prefix: str) -> list[str]:
        """Names of what stands directly in the folder `prefix`, sorted."""
        length = len(prefix) + 1 if prefix else 0
        return sorted({path[length:].partition("/")[0] for path in self._below(prefix)})

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """The content of each entry, in the order given."""
        for entry in entries:
            yield entry, self.files[entry.path]

    def _below(self, prefix: str) -> Iterator[str]:
        """The paths in a folder, which stand together: a large tree is asked for each of its models."""
        start = f"{prefix}/" if prefix else ""
        paths = (self._paths[index] for index in range(bisect_left(self._paths, start), len(self._paths)))
        return takewhile(lambda path: path.startswith(start), paths)


def files_of(source: Source, folder: str) -> dict[str, bytes]:
    """Every file of a source below a folder, by its path from that folder."""
    start = f"{folder}/"
    return {entry.path[len(start) :]: data for entry, data in source.read(source.entries(folder))}


def _entry(path: str, data: bytes) -> Entry:
    return Entry(path, REGULAR, len(data))
