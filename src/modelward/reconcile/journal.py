"""Records that no ledger could take yet, kept in this clone until one does."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelward.errors import CannotEvaluate
from modelward.ledger.folding import State, folded
from modelward.ledger.writing import read, record, written
from modelward.reconcile.recording import outcomes_before
from modelward.specs.ledger import LedgerRecord
from modelward.tree.edit import write_atomically
from modelward.tree.git import Git

_UNWRITTEN: Final = "make room, or give this run its clone back; what was done is read back from the registry"


@dataclass(frozen=True)
class Kept:
    """What a journal holds, the oldest first; `doubt` is why some of it cannot be read."""

    records: tuple[LedgerRecord, ...]
    doubt: CannotEvaluate | None = None


class Journal:
    """One file a record, below the folder of git, which all working trees of the clone share."""

    def __init__(self, git: Git) -> None:
        self._folder = Path(git.common_folder) / "modelward" / "journal"

    def keep(self, records: Iterable[LedgerRecord]) -> None:
        """Keep records until a ledger has taken them; raises `CannotEvaluate` where this clone cannot be written."""
        for one in records:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise CannotEvaluate(
                    f"the journal {self._folder} cannot be written: {error.strerror}", _UNWRITTEN
                ) from error
            write_atomically(self._path(one), written(one))

    def drop(self, records: Iterable[LedgerRecord]) -> None:
        """Forget records that a ledger has taken; what stays there stands in the ledger, and is not told again."""
        for one in records:
            with suppress(OSError):
                self._path(one).unlink(missing_ok=True)

    def kept(self) -> Kept:
        """All that is kept, but for what is no record."""
        records: list[LedgerRecord] = []
        doubt: CannotEvaluate | None = None
        for path in sorted(self._folder.glob("*.json")):
            try:
                records.append(read(_content(path), LedgerRecord, f"journal {path.name}"))
            except CannotEvaluate as error:
                remedy = f"look at {path} and move it away: it tells what this clone did while no ledger took it"
                doubt = doubt or CannotEvaluate(error.message, remedy)
        return Kept(tuple(records), doubt)

    def _path(self, one: LedgerRecord) -> Path:
        return self._folder / f"{one.id}.json"


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CannotEvaluate(f"the journal {path.name} cannot be read: {error.strerror}") from error


def replayed(kept: Iterable[LedgerRecord], state: State) -> Iterator[LedgerRecord]:
    """What is put on record of what was kept, in its order, upon a state that knows none of it.

    Where other runs have gone on meanwhile, an outcome says what was done once, and moves nothing in the state; a
    suspension or its end that they have put on record is not told again.
    """
    for one in kept:
        if _told(one, state):
            continue
        told = one if _still_news(one, state) else _late(one)
        state = folded(state, [told])
        yield told


def _told(one: LedgerRecord, state: State) -> bool:
    if one.suspension is None or one.model is None or one.environment is None:
        return False
    known = state.of(one.model, one.environment).suspensions.get(one.suspension)
    return known is not None and (one.kind == "suspension" or known.resumed is not None)


def _still_news(one: LedgerRecord, state: State) -> bool:
    if one.kind != "outcome" or one.model is None or one.environment is None or one.lease is None:
        return True
    known = state.of(one.model, one.environment)
    if outcomes_before(one.lease) == known.outcomes:
        return True
    # What others have tried since and could not do takes nothing away from what was done.
    holder = known.holder
    return bool(one.success) and holder is not None and holder.release == one.previous and holder.since <= one.at


def _late(one: LedgerRecord) -> LedgerRecord:
    holder = "somebody" if one.lease is None else one.lease.holder
    why = f"done at {one.at:%Y-%m-%dT%H:%M:%SZ} by {holder}, and put on record when others had gone on"
    about = {"model": one.model, "environment": one.environment, "release": one.release}
    return record("observation", one.at, **about, triggered_by=why, commit=one.commit)
