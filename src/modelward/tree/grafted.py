"""One folder of a tree as it stands in another."""

from collections.abc import Iterable, Iterator

from modelward.tree.source import Entry, Source


class GraftedSource:
    """The files of `trunk`, but below `folder` those of `graft`."""

    def __init__(self, trunk: Source, folder: str, graft: Source) -> None:
        self._trunk = trunk
        self._folder = folder
        self._graft = graft

    @property
    def label(self) -> str:
        """What a person calls this tree."""
        return f"{self._trunk.label} with {self._folder} of {self._graft.label}"

    def entries(self, prefix: str) -> list[Entry]:
        """All files below the folder `prefix`, sorted by path."""
        if self._is_graft(prefix):
            return self._graft.entries(prefix)
        if prefix and not self._folder.startswith(f"{prefix}/"):
            return self._trunk.entries(prefix)
        kept = [entry for entry in self._trunk.entries(prefix) if not self._is_graft(entry.path)]
        return sorted([*kept, *self._graft.entries(self._folder)])

    def entry(self, path: str) -> Entry | None:
        """The file at `path`."""
        return (self._graft if self._is_graft(path) else self._trunk).entry(path)

    def folders(self, prefix: str) -> list[str]:
        """Names of what stands directly in the folder `prefix`, sorted."""
        if self._is_graft(prefix):
            return self._graft.folders(prefix)
        names = set(self._trunk.folders(prefix))
        start = f"{prefix}/" if prefix else ""
        if self._folder.startswith(start):
            inside = self._folder[len(start) :]
            names.discard(inside)
            if self._graft.entries(self._folder):
                names.add(inside.partition("/")[0])
        return sorted(names)

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """The content of each entry, in the order given."""
        for entry in entries:
            yield from (self._graft if self._is_graft(entry.path) else self._trunk).read([entry])

    def _is_graft(self, path: str) -> bool:
        return path == self._folder or path.startswith(f"{self._folder}/")
