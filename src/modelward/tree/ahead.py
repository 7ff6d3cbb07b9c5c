"""A tree of which some files are read ahead, many at once: asking git for each alone takes longer than reading it."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from modelward.errors import CannotEvaluate
from modelward.tree.source import REGULAR, Entry, Source
from modelward.tree.text import SPEC_BYTES


class AheadSource:
    """The files of a source; what was fetched is given out from memory."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._fetched: dict[str, bytes] = {}

    def fetch(self, entries: Iterable[Entry]) -> None:
        """Read the specs among the entries; what cannot be read so is read when it is asked for, and says why then."""
        specs = [entry for entry in entries if entry.mode == REGULAR and entry.size <= SPEC_BYTES]
        with suppress(CannotEvaluate):
            self._fetched |= {entry.path: content for entry, content in self._source.read(specs)}

    @property
    def label(self) -> str:
        """What a person calls this tree."""
        return self._source.label

    def entries(self, prefix: str) -> list[Entry]:
        """All files below the folder `prefix`, sorted by path."""
        return self._source.entries(prefix)

    def entry(self, path: str) -> Entry | None:
        """The file at `path`."""
        return self._source.entry(path)

    def folders(self, prefix: str) -> list[str]:
        """Names of what stands directly in the folder `prefix`, sorted."""
        return self._source.folders(prefix)

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """The content of each entry, in the order given."""
        for entry in entries:
            fetched = self._fetched.get(entry.path)
            if fetched is None:
                yield from self._source.read([entry])
            else:
                yield entry, fetched
