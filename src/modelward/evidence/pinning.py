"""Documents beside a release's record, and their pins in it: added as a whole, and nothing is ever removed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from modelward.specs.release import Dataset
from modelward.specs.scalars import Digest, ReleaseName, empty
from modelward.tree.digest import digest_of
from modelward.tree.edit import append_line


@dataclass(frozen=True)
class Document:
    """A document that is to be pinned: its kind, its bytes, and for a backtest the champion's release.

    `beside` are files that it speaks of, by the name that they are to have.
    """

    kind: str
    data: bytes
    versus: ReleaseName | None = None
    beside: Mapping[str, bytes] = field(default_factory=empty)


@dataclass(frozen=True)
class Edit:
    """New files by their path from the repository's root, the record last; and the pins: kind, path and digest."""

    files: Mapping[str, bytes]
    pins: Sequence[tuple[str, str, Digest]]


def pin(
    folder: str, record: bytes, taken: Iterable[str], documents: Sequence[Document], datasets: Sequence[Dataset] = ()
) -> Edit:
    """Add documents to the release whose record is `folder`/release.yaml, and datasets that it does not name yet.

    `taken` are the names of files in the folder: a document never replaces another. Raises `WrongUse` when the record
    cannot be edited in place.
    """
    names = set(taken)
    files: dict[str, bytes] = {}
    pins: list[tuple[str, str, Digest]] = []
    for dataset in datasets:
        snapshot = {} if dataset.snapshot is None else {"snapshot": dataset.snapshot}
        record = append_line(record, "datasets", {"role": dataset.role, "digest": dataset.digest, **snapshot})
    for document in documents:
        files |= {f"{folder}/{name}": data for name, data in document.beside.items()}
        names |= document.beside.keys()
        name = free_name(document.kind, ".json", names)
        names.add(name)
        files[f"{folder}/{name}"] = document.data
        digest = digest_of(document.data)
        versus = {} if document.versus is None else {"versus": document.versus}
        record = append_line(record, "evidence", {"kind": document.kind, "path": name, "digest": digest, **versus})
        pins.append((document.kind, name, digest))
    return Edit({**files, f"{folder}/release.yaml": record}, pins)


def free_name(stem: str, ending: str, taken: Iterable[str]) -> str:
    """The name for a new file: the second of a stem is numbered 2."""
    names = set(taken)
    number = 1
    name = f"{stem}{ending}"
    while name in names:
        number += 1
        name = f"{stem}-{number}{ending}"
    return name
