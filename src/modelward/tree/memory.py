"""A tree of files in memory, with the same face as a commit or a directory."""

from collections.abc import Iterable, Iterator, Mapping

from modelward.tree.source import REGULAR, Entry, Source


class MemorySource:
    """Plain files by their path from the root."""

    def __init__(self, label: str, files: Mapping[str, bytes]) -> None:
        self._label = label
        self.files = dict(sorted(files.items()))

    @property
    def label(self) -> str:
        """What a person calls this tree."""
        return self._label

    def entries(self, prefix: str) -> list[Entry]:
        """All files below the folder `prefix`, sorted by path."""
        start = f"{prefix}/" if prefix else ""
        return [_entry(path, data) for path, data in self.files.items() if path.startswith(start) or path == prefix]

    def entry(self, path: str) -> Entry | None:
        """The file at `path`."""
        data = self.files.get(path)
        return None if data is None else _entry(path, data)

    def folders(self, prefix: str) -> list[str]:
        """Names of what stands directly in the folder `prefix`, sorted."""
        start = f"{prefix}/" if prefix else ""
        return sorted({path[len(start) :].partition("/")[0] for path in self.files if path.startswith(start)})

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """The content of each entry, in the order given."""
        for entry in entries:
            yield entry, self.files[entry.path]


def files_of(source: Source, folder: str) -> dict[str, bytes]:
    """Every file of a source below a folder, by its path from that folder."""
    start = f"{folder}/"
    return {entry.path[len(start) :]: data for entry, data in source.read(source.entries(folder))}


def _entry(path: str, data: bytes) -> Entry:
    return Entry(path, REGULAR, len(data))
