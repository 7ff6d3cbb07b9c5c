"""A run with a ledger: what it trusts, what others have claimed, and the records that it publishes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from modelward.errors import WrongUse
from modelward.ledger.branch import (
    Ledger,
    LedgerBranch,
    LedgerDoubted,
    LedgerRaced,
    extended,
    known_tip,
    last_seen,
    remembered,
    rooted,
    verified,
)
from modelward.reconcile.actions import LEDGER_TAG, REPOSITORY_TAG
from modelward.reconcile.executing import Announced, Outcome
from modelward.reconcile.observing import Plan, Registries
from modelward.reconcile.recording import Recorder, leased
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
    """The ledger as a run found it, and how far it trusts main."""

    branch: LedgerBranch
    ledger: Ledger
    trusted: Trusted

    def require_kept_here(self) -> None:
        """Refuse to write where a ledger was only fetched to: `WrongUse`."""
        if self.branch.remote is None and self.branch.tip() != self.ledger.commit:
            raise WrongUse("the ledger is kept elsewhere, and was only fetched here", "name where: --remote origin")


def remember(git: Git, target: str, remote: str | None, roots: Roots, now: datetime) -> Memory | None:
    """The ledger, asked of `remote` or as this repository knows it; None where none is kept and none is to begin."""
    branch = LedgerBranch(git, remote)
    tip = known_tip(git) if remote is None else branch.tip()
    if roots.vouched:
        rooted(git, None if roots.ledger == NO_LEDGER else roots.ledger)
    ledger = verified(git, tip, target, last_seen(git))
    if ledger.commit is None and roots.trust is None:
        return None
    remembered(ledger)
    return Memory(branch, ledger, trusted(git, ledger, target, roots.trust, now))


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

    def __init__(self, memory: Memory, key: Path, holder: str, clock: Callable[[], datetime]) -> None:
        self._memory = memory
        self._key = key
        self._clock = clock
        self._ledger = memory.ledger
        self._recorder = Recorder(memory.ledger.state, clock(), memory.trusted.commit, holder)

    def claimed(self, plan: Plan) -> dict[ModelName, Lease]:
        """The models with steps that another run has claimed, each with its claim."""
        now = self._clock()
        leases = ((one.model, leased(one, self._ledger.state, now)) for one in plan.models if one.actions)
        return {model: lease for model, lease in leases if lease is not None}

    def announce(self, plan: Plan, acting: Sequence[ModelPlan]) -> Announced | None:
        """Publish the judgement, what was found, and what is about to be done; None when there is nothing of it all.

        Raises `LedgerRaced` when another run was first: then everything is to be looked at again.
        """
        until = self._recorder.at + LEASE
        records = [*self._recorder.found(plan.models), *self._recorder.intents(acting, until)]
        if self._memory.trusted.judgement is not None:
            records.insert(0, self._memory.trusted.judgement)
        if records:
            self._ledger = self._published(self._ledger, records, f"Judge and announce: {_counted(records)}")
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
        records = [record for outcome in outcomes for record in self._recorder.outcome(outcome, at)]
        for _ in range(_ROUNDS):
            try:
                self._ledger = self._published(self._ledger, records, f"Record: {_counted(records)}")
            except LedgerRaced:
                branch, git = self._memory.branch, self._ledger.git
                self._ledger = verified(git, branch.tip(), self._memory.trusted.commit, last_seen(git))
            else:
                return
        raise LedgerRaced("other runs write the ledger all the time", "run again: what was done is read back then")

    def _published(self, ledger: Ledger, records: Sequence[LedgerRecord], message: str) -> Ledger:
        new = extended(ledger, records, message, self._key)
        assert new.commit is not None
        self._memory.branch.publish(new.commit, ledger.commit)
        remembered(new)
        return new


def _counted(records: Sequence[LedgerRecord]) -> str:
    kinds = [record.kind for record in records]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
