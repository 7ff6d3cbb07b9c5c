"""A tree as it would be with new files in it: what is about to be written can be judged before it is."""

from collections.abc import Iterable, Iterator, Mapping

from modelward.tree.memory import MemorySource
from modelward.tree.source import Entry, Source


class OverlaySource:
    """The files of a source, and above them new ones, which hide files of the same path."""

    def __init__(self, source: Source, files: Mapping[str, bytes]) -> None:
        self._source = source
        self._above = MemorySource(source.label, files)

    @property
    def label(self) -> str:
        """What a person calls this tree."""
        return self._source.label

    def entries(self, prefix: str) -> list[Entry]:
        """All files below the folder `prefix`, sorted by path."""
        below = [entry for entry in self._source.entries(prefix) if entry.path not in self._above.files]
        return sorted([*below, *self._above.entries(prefix)])

    def entry(self, path: str) -> Entry | None:
        """The file at `path`."""
        return self._above.entry(path) or self._source.entry(path)

    def folders(self, prefix: str) -> list[str]:
        """Names of what stands directly in the folder `prefix`, sorted."""
        return sorted({*self._source.folders(prefix), *self._above.folders(prefix)})

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """The content of each entry, in the order given."""
        for entry in entries:
            source = self._above if entry.path in self._above.files else self._source
            yield from source.read([entry])
