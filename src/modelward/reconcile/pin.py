"""A release as a registry keeps it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, ValuesView
from dataclasses import dataclass
from functools import cached_property

from modelward.specs.scalars import Digest, ReleaseName


@dataclass(frozen=True)
class Pin:
    """One release, the version that it is in a registry, and what its bytes must be."""

    release: ReleaseName
    version: int
    run_id: str | None
    digest: Digest
    imported: bool = False


class Pins(Mapping[int, Pin]):
    """The releases of a model in one registry, by version.

    Most runs ask for nothing but what is deployed, which is `known`; all releases that a model ever had are read by
    `read` when more than that is asked for, and raise `Unreadable` then when one of them cannot be read.
    """

    def __init__(self, known: Iterable[Pin], read: Callable[[], Iterable[Pin]]) -> None:
        self._known = {pin.version: pin for pin in known}
        self._read = read

    @cached_property
    def _all(self) -> Mapping[int, Pin]:
        return {pin.version: pin for pin in self._read()}

    def __getitem__(self, version: int) -> Pin:
        """The release that is a version."""
        found = self._known.get(version)
        return self._all[version] if found is None else found

    def __iter__(self) -> Iterator[int]:
        """The versions of all releases."""
        return iter(self._all)

    def __len__(self) -> int:
        """The number of all releases."""
        return len(self._all)

    def values(self) -> ValuesView[Pin]:
        """All releases as they were read: also one that says it is the version of another, which is deployed."""
        return self._all.values()
