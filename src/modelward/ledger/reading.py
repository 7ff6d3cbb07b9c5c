"""The records of a verified ledger, the newest first, read no further back than somebody asks."""

from collections.abc import Iterator, Mapping
from itertools import groupby, islice
from typing import Final

from modelward.ledger.writing import read
from modelward.specs.ledger import LedgerRecord, RecordKind
from modelward.tree.git import Git

_AT_ONCE: Final = 200


_ORDER: Final[Mapping[RecordKind, int]] = {"judgement": -1, "intent": -2, "outcome": -4, "observation": -5}
"""Within a second: what came of a deed is told before that it was announced, as the newest comes first."""


def newest(git: Git, commit: str) -> Iterator[LedgerRecord]:
    """Every record that stands at a ledger commit, by falling time."""
    for _, same in groupby(_by_name(git, commit), key=lambda one: one.at):
        yield from sorted(same, key=lambda one: _ORDER.get(one.kind, -3))


def _by_name(git: Git, commit: str) -> Iterator[LedgerRecord]:
    """The records by falling name; git is asked for some hundred at a time."""
    for year in reversed(git.names(commit, "records")):
        for month in reversed(git.names(commit, f"records/{year}")):
            folder = f"records/{year}/{month}"
            names = iter(reversed(git.names(commit, folder)))
            while some := [f"{folder}/{name}" for name in islice(names, _AT_ONCE)]:
                for path, data in zip(some, git.blobs(f"{commit}:{path}" for path in some), strict=True):
                    yield read(data, LedgerRecord, path)
