"""A run with a ledger: what it trusts, what others have claimed, and the records that it publishes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from modelward.errors import ModelwardError, WrongUse
from modelward.ledger.branch import (
    Ledger,
    LedgerAway,
    LedgerBranch,
    LedgerDoubted,
    LedgerRaced,
    extended,
    known_tip,
    lacking,
    last_seen,
    remembered,
    require_believed,
    rooted,
    verified,
)
from modelward.ledger.folding import State, folded
from modelward.reconcile.actions import LEDGER_TAG, REPOSITORY_TAG
from modelward.reconcile.executing import Announced, Outcome
from modelward.reconcile.journal import Journal, replayed
from modelward.reconcile.observing import Plan
from modelward.reconcile.recording import Recorder, Vouching, leased
from modelward.reconcile.registries import Registries
from modelward.reconcile.states import ModelPlan
from modelward.reconcile.trust import Trusted, trusted
from modelward.registry.interface import RegisteredModel
from modelward.specs.ledger import Lease, LedgerRecord
from modelward.specs.scalars import ModelName
from modelward.tree.git import Git

LEASE: Final = timedelta(minutes=15)
"""How long a run claims what it is about to move; another run takes over after that."""
_ROUNDS: Final = 20


NO_LEDGER: Final = "none"
"""What a person vouches for when a ledger was lost, and another is to begin."""


@dataclass(frozen=True)
class Roots:
    """The commits that a person vouches for: of main where nothing is trusted yet, of a ledger that is in doubt."""

    trust: str | None = None
    ledger: str | None = None

    @property
    def vouched(self) -> bool:
        """Whether the ledger is taken as it is, whatever registries have seen of another."""
        return self.ledger is not None


@dataclass(frozen=True)
class Memory:
    """The ledger as a run found it, how far it trusts main, and what this clone has done that no ledger took yet.

    `away` is why the remote could not be asked: then all of it is as this clone knew it last.
    """

    branch: LedgerBranch
    ledger: Ledger
    trusted: Trusted
    kept: tuple[LedgerRecord, ...] = ()
    journaled: tuple[LedgerRecord, ...] = ()
    away: LedgerAway | None = None

    @property
    def state(self) -> State:
        """The ledger's state, with what it has not been told yet."""
        return folded(self.ledger.state, self.kept)

    @property
    def root(self) -> str:
        """The commit that a person vouched for, from which everything was judged."""
        known = self.ledger.state.trust
        return self.trusted.root if known is None else known.root

    def require_kept_here(self) -> None:
        """Refuse to write where a ledger was only fetched to: `WrongUse`."""
        if self.away is None and self.branch.remote is None and self.branch.tip() != self.ledger.commit:
            raise WrongUse("the ledger is kept elsewhere, and was only fetched here", "name where: --remote origin")


def remember(git: Git, target: str, remote: str | None, roots: Roots, now: datetime) -> Memory | None:
    """The ledger, asked of `remote` or as this repository knows it; None where none is kept and none is to begin."""
    branch = LedgerBranch(git, remote)
    away: LedgerAway | None = None
    try:
        tip = known_tip(git) if remote is None else branch.tip()
    except LedgerAway as error:
        tip, away = known_tip(git), error
        if last_seen(git) is None:
            raise
    if roots.ledger == NO_LEDGER and roots.trust is None:
        raise WrongUse("without a ledger nothing is trusted", "name where a new one begins: --trust-root COMMIT")
    if roots.vouched:
        rooted(git, None if roots.ledger == NO_LEDGER else roots.ledger)
    ledger = verified(git, tip if away is None else last_seen(git), target, last_seen(git))
    if ledger.commit is None and roots.trust is None:
        return None
    remembered(ledger)
    journaled = Journal(git).kept()
    kept = tuple(replayed(lacking(ledger, journaled), ledger.state))
    return Memory(branch, ledger, trusted(git, ledger, target, roots.trust, now), kept, journaled, away)


def require_anchored(models: Iterable[RegisteredModel], repository: str, ledger: Ledger | None) -> None:
    """Refuse a ledger that lacks a commit which a registry was written under: `LedgerDoubted` (THREATS T84)."""
    for model in _adrift(models, repository, ledger):
        anchor = model.tags[LEDGER_TAG]
        raise LedgerDoubted(
            f"`{model.name}` was last written under ledger commit {anchor[:12]}, which the ledger lacks",
            "fetch the ledger; nothing that raises risk happens until a person gives --ledger-root",
        )


def _adrift(models: Iterable[RegisteredModel], repository: str, ledger: Ledger | None) -> Iterator[RegisteredModel]:
    """The repository's models that bear a commit which the ledger does not contain."""
    known = frozenset() if ledger is None else ledger.commits
    for model in models:
        anchor = model.tags.get(LEDGER_TAG)
        if anchor is not None and model.tags.get(REPOSITORY_TAG) == repository and anchor not in known:
            yield model


class Run:
    """One run that acts: it announces its steps, and records what came of them."""

    def __init__(
        self, memory: Memory, key: Path, holder: str, clock: Callable[[], datetime], vouching: Vouching
    ) -> None:
        self._memory = memory
        self._key = key
        self._clock = clock
        self._ledger = memory.ledger
        self._journal = Journal(memory.ledger.git)
        self._recorder = Recorder(memory.state, clock(), memory.trusted.commit, holder, vouching)

    def claimed(self, plans: Iterable[ModelPlan]) -> dict[ModelName, Lease]:
        """The models with steps that another run has claimed, each with its claim; nobody claims what is urgent."""
        now = self._clock()
        claims = (
            (one.model, leased(one, self._recorder.state, now)) for one in plans if one.actions and not one.urgent
        )
        return {model: lease for model, lease in claims if lease is not None}

    def keep(self, outcomes: Sequence[Outcome], doubt: LedgerDoubted | None, registries: Registries) -> None:
        """Put what was urgent on record: in this clone first, in the ledger as soon as it can be reached and believed.

        Raises `LedgerAway` when it cannot be reached, and the `doubt`; nothing is lost then.
        """
        at = self._clock()
        records = [record for outcome in outcomes for record in self._recorder.outcome(outcome, at)]
        self._journal.keep(records)
        for error in (self._memory.away, doubt):
            if error is not None:
                raise error
        self._recorded([*self._memory.kept, *records])
        self._journal.drop([*self._memory.journaled, *records])
        for one in outcomes:
            # A registry that is away now bears the commit of its last announcement still.
            with suppress(ModelwardError):
                registries.open(one.plan.registry).set_tag(
                    one.plan.registered_model, LEDGER_TAG, str(self._ledger.commit)
                )

    def announce(self, plans: Sequence[ModelPlan], acting: Sequence[ModelPlan]) -> Announced | None:
        """Publish the judgement, what was found, and what is about to be done; None when there is nothing of it all.

        Raises `LedgerRaced` when another run was first: then everything is to be looked at again.
        """
        until = self._recorder.at + LEASE
        quiet = [plan for plan in plans if not (plan.urgent and plan.actions)]
        records = [*self._memory.kept, *self._recorder.found(quiet), *self._recorder.intents(acting, until)]
        if self._memory.trusted.judgement is not None:
            records.insert(0, self._memory.trusted.judgement)
        if records:
            self._ledger = self._published(self._ledger, records, f"Judge and announce: {_counted(records)}")
            self._journal.drop(self._memory.journaled)
        assert self._ledger.commit is not None
        return Announced(self._ledger.commit, until, self._clock) if acting else None

    def anchor_again(self, plan: Plan, registries: Registries, repository: str) -> None:
        """Let every model that was written under another ledger bear a commit of the one that a person vouched for."""
        assert self._ledger.commit is not None
        for one in plan.models:
            if one.observed is not None and list(_adrift([one.observed], repository, self._ledger)):
                registries.open(one.registry).set_tag(one.registered_model, LEDGER_TAG, self._ledger.commit)

    def record(self, outcomes: Sequence[Outcome]) -> None:
        """Publish what came of the steps, upon whatever other runs have written meanwhile."""
        at = self._clock()
        self._recorded([record for outcome in outcomes for record in self._recorder.outcome(outcome, at)])

    def _recorded(self, records: Sequence[LedgerRecord]) -> None:
        """What others have put on record meanwhile is not told a second time."""
        for _ in range(_ROUNDS):
            if not records:
                return
            try:
                self._ledger = self._published(self._ledger, records, f"Record: {_counted(records)}")
            except LedgerRaced:
                branch, git = self._memory.branch, self._ledger.git
                self._ledger = verified(git, branch.tip(), self._memory.trusted.commit, last_seen(git))
                records = tuple(replayed(lacking(self._ledger, records), self._ledger.state))
            else:
                return
        raise LedgerRaced("other runs write the ledger all the time", "run again: what was done is read back then")

    def _published(self, ledger: Ledger, records: Sequence[LedgerRecord], message: str) -> Ledger:
        new = extended(ledger, records, message, self._key)
        assert new.commit is not None
        require_believed(new, ledger, self._memory.trusted.commit)
        self._memory.branch.publish(new.commit, ledger.commit)
        remembered(new)
        return new


def _counted(records: Sequence[LedgerRecord]) -> str:
    kinds = [record.kind for record in records]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
