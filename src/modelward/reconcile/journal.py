"""Records that no ledger could take yet, kept in this clone until one does."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from modelward.ledger.folding import State, folded
from modelward.ledger.writing import read, record, written
from modelward.reconcile.recording import outcomes_before
from modelward.specs.ledger import LedgerRecord
from modelward.tree.edit import write_atomically
from modelward.tree.git import Git


class Journal:
    """One file a record, below the folder of git, which all working trees of the clone share."""

    def __init__(self, git: Git) -> None:
        self._folder = Path(git.common_folder) / "modelward" / "journal"

    def keep(self, records: Iterable[LedgerRecord]) -> None:
        """Keep records until a ledger has taken them."""
        for one in records:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path(one), written(one))

    def drop(self, records: Iterable[LedgerRecord]) -> None:
        """Forget records that a ledger has taken."""
        for one in records:
            self._path(one).unlink(missing_ok=True)

    def kept(self) -> tuple[LedgerRecord, ...]:
        """All that is kept, the oldest first; raises `CannotEvaluate` for a file that is no record."""
        paths = sorted(self._folder.glob("*.json"))
        return tuple(read(path.read_bytes(), LedgerRecord, f"journal {path.name}") for path in paths)

    def _path(self, one: LedgerRecord) -> Path:
        return self._folder / f"{one.id}.json"


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
