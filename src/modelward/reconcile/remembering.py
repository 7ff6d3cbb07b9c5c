"""A run with a ledger: what it trusts, what others have claimed, and the records that it publishes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from modelward.errors import CannotEvaluate, ModelwardError, WrongUse
from modelward.ledger.branch import (
    Ledger,
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
    writers,
)
from modelward.ledger.folding import State, folded, newest
from modelward.reconcile.actions import LEDGER_TAG, REPOSITORY_TAG
from modelward.reconcile.executing import Announced, Failed, Outcome
from modelward.reconcile.journal import Journal, replayed
from modelward.reconcile.observing import Plan
from modelward.reconcile.recording import Recorder, Vouching, leased
from modelward.reconcile.registries import CLOCKS, Registries
from modelward.reconcile.states import ModelPlan
from modelward.reconcile.trust import Trusted, trusted, trusted_last
from modelward.registry.interface import RegisteredModel
from modelward.signing.keygen import public_half
from modelward.specs.ledger import Lease, LedgerRecord
from modelward.specs.policy import People
from modelward.specs.scalars import ModelName
from modelward.tree.commit_source import GitSource
from modelward.tree.git import Git
from modelward.tree.remotes import RemoteAway
from modelward.tree.snapshot import Snapshot

LEASE: Final = timedelta(minutes=15)
"""How long a run claims what it is about to move; another run takes over after that."""
_ROUNDS: Final = 20
_LACKED: Final = "fetch the ledger; nothing that raises risk happens until a person gives --ledger-root"
_LOST: Final = (
    "bring its branch, modelward/ledger, back from a clone that has it; where none has, a person who has looked begins "
    "another: --ledger-root none --trust-root COMMIT"
)


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

    `doubt` is why the ledger, main, the journal or the clock could not be asked or is not believed, or why this clone
    cannot remember the ledger: then all is as it knew it last, which is enough to take out of service what must go, and
    for nothing else. `vouched`: a person has named the commit from which the ledger was verified.
    """

    branch: LedgerBranch
    ledger: Ledger
    trusted: Trusted
    kept: tuple[LedgerRecord, ...] = ()
    journaled: tuple[LedgerRecord, ...] = ()
    doubt: CannotEvaluate | None = None
    vouched: bool = False

    @property
    def state(self) -> State:
        """The ledger's state, with what it has not been told yet."""
        return folded(self.ledger.state, self.kept)

    @property
    def alarm(self) -> CannotEvaluate | None:
        """The doubt, unless it is only that nobody could be asked."""
        return None if isinstance(self.doubt, RemoteAway) else self.doubt

    def require_kept_here(self) -> None:
        """Refuse to write where a ledger was only fetched to: `WrongUse`."""
        if self.doubt is None and self.branch.remote is None and self.branch.tip() != self.ledger.commit:
            raise WrongUse("the ledger is kept elsewhere, and was only fetched here", "name where: --remote origin")

    def take_root(self) -> None:
        """Let this clone go by the ledger that a person vouched for; only a run that goes on to write does that."""
        if self.vouched and self.doubt is None:
            rooted(self.ledger.git, self.ledger.commit)


def remember(
    git: Git, target: str, remote: str | None, roots: Roots, now: datetime, behind: CannotEvaluate | None = None
) -> Memory | None:
    """The ledger, asked of `remote` or as this repository knows it; None where none is kept and none is to begin.

    What is in doubt stands as it was when this clone believed it last, with the `doubt`; where it never did, that is
    raised. `behind` is why `target` may be an older main than the remote has, which is a doubt too.
    """
    if roots.ledger == NO_LEDGER and roots.trust is None:
        raise WrongUse("without a ledger nothing is trusted", "name where a new one begins: --trust-root COMMIT")
    branch = LedgerBranch(git, remote)
    ledger, doubt = _believed(branch, target, roots)
    doubts = [behind, doubt]
    if ledger.commit is None and roots.trust is None:
        return None
    if doubt is None and not roots.vouched:
        doubts.append(_unremembered(ledger))
    journal = Journal(git).kept()
    doubts.append(journal.doubt)
    try:
        main = trusted(git, ledger, target, roots.trust, now)
    except CannotEvaluate as error:
        if ledger.state.trust is None:
            raise
        main = trusted_last(git, ledger, now)
        doubts.append(error)
    kept = tuple(replayed(lacking(ledger, journal.records), ledger.state))
    if not roots.vouched:
        doubts.append(_ahead(ledger, kept, now))
    # That nobody could be asked is said only where there is nothing worse.
    doubts.sort(key=lambda one: isinstance(one, RemoteAway))
    worst = next((one for one in doubts if one is not None), None)
    return Memory(branch, ledger, main, kept, journal.records, worst, roots.vouched)


def _believed(branch: LedgerBranch, target: str, roots: Roots) -> tuple[Ledger, CannotEvaluate | None]:
    """The ledger as it is now; or as this clone verified it last, with why it goes no further."""
    git, seen = branch.git, last_seen(branch.git)
    try:
        tip = known_tip(git) if branch.remote is None else branch.tip()
        return verified(git, tip, target, _root(git, roots, tip) if roots.vouched else seen), None
    except CannotEvaluate as error:
        if seen is None:
            raise
        return verified(git, seen, target, seen), error


def _unremembered(ledger: Ledger) -> CannotEvaluate | None:
    """Let this clone know the ledger as it is now; or why it cannot, and would not miss what it then loses."""
    try:
        remembered(ledger)
    except CannotEvaluate as error:
        return error
    return None


def _ahead(ledger: Ledger, kept: Iterable[LedgerRecord], now: datetime) -> LedgerDoubted | None:
    """The doubt of a ledger that tells of what has not come yet: then this machine's clock is wrong, or another's was.

    Soak, steps, freezes and holds would all go by it.
    """
    latest = newest(folded(ledger.state, kept))
    if latest is None or latest - now <= CLOCKS:
        return None
    commit = "none" if ledger.commit is None else ledger.commit
    return LedgerDoubted(
        f"the ledger tells of {latest:%Y-%m-%dT%H:%M:%SZ}, which by this machine's clock has not come yet",
        "set this clock if it is slow; if it is right, the clock of whoever wrote that was fast: wait until then, or "
        f"look at what it did (modelward history) and vouch for it in each run, by --ledger-root {commit}",
    )


def _root(git: Git, roots: Roots, tip: str | None) -> str | None:
    """The commit of the ledger from which a person vouches for it; `WrongUse` for one that is not in it."""
    if roots.ledger in (None, NO_LEDGER):
        return None
    if tip is not None and not git.is_ancestor(roots.ledger, tip):
        why = f"{roots.ledger[:12]} is no commit of the ledger, which is at {tip[:12]}"
        raise WrongUse(why, "give --ledger-root one of its commits")
    return roots.ledger


def require_anchored(models: Iterable[RegisteredModel], repository: str, ledger: Ledger | None) -> None:
    """Refuse a ledger that lacks a commit which a registry was written under: `LedgerDoubted` (THREATS T84)."""
    for model in _adrift(models, repository, ledger):
        anchor = model.tags[LEDGER_TAG]
        said = f"`{model.name}` was last written under ledger commit {anchor[:12]}"
        if ledger is None or ledger.commit is None:
            raise LedgerDoubted(f"{said}, and there is no ledger", _LOST)
        raise LedgerDoubted(f"{said}, which the ledger lacks", _LACKED)


def _adrift(models: Iterable[RegisteredModel], repository: str, ledger: Ledger | None) -> Iterator[RegisteredModel]:
    """The repository's models that bear a commit which the ledger does not contain."""
    known = frozenset() if ledger is None else ledger.commits
    for model in models:
        anchor = model.tags.get(LEDGER_TAG)
        if anchor is not None and model.tags.get(REPOSITORY_TAG) == repository and anchor not in known:
            yield model


def require_writer(memory: Memory, key: Path, people: People) -> None:
    """Refuse a key that is none, or that no machine which writes the ledger ever had: `WrongUse`.

    `people` are those whom main names now; those whom the ledger trusts count too. Whether the key has ended is no
    question here: what must go is taken out with one that has, and put on record when there is another.
    """
    whose = "give the private key of the machine that writes the ledger"
    try:
        if b"PRIVATE KEY" not in key.read_bytes():
            raise WrongUse(f"{key} is no private key", whose)
        public = public_half(key).line
    except OSError as error:
        raise WrongUse(f"the key of the ledger {key} cannot be read: {error.strerror}", whose) from error
    except CannotEvaluate as error:
        raise WrongUse(f"the key of the ledger {key} cannot be used: {error.message}", error.remedy) from error
    known = memory.ledger.state.trust
    if public in writers(people) or (
        known is not None
        and public in writers(Snapshot(GitSource(memory.ledger.git, known.trusted, ["policies"])).people.spec)
    ):
        return
    raise WrongUse(
        f"{key} is the key of no machine that may write the ledger",
        "name it in policies/people.yaml under `machines:`, or give the key that is",
    )


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
        self._urgent: list[LedgerRecord] = []
        self._announcing: list[LedgerRecord] = []
        self.recorded: list[LedgerRecord] = []
        """What this run itself puts on record, in the ledger or in the journal, from when it is written."""
        self._recorder = Recorder(memory.state, clock(), memory.trusted.commit, holder, vouching)

    def claimed(self, plans: Iterable[ModelPlan]) -> dict[ModelName, Lease]:
        """The models with steps that another run has claimed, each with its claim; nobody claims what is urgent."""
        now = self._clock()
        claims = (
            (one.model, leased(one, self._recorder.state, now)) for one in plans if one.actions and not one.urgent
        )
        return {model: lease for model, lease in claims if lease is not None}

    def draw_up(self, outcomes: Sequence[Outcome]) -> None:
        """Write the records of what was urgent, which `keep` puts where they stay."""
        at = self._clock()
        self._urgent = [record for outcome in outcomes for record in self._recorder.outcome(outcome, at)]
        self.recorded += self._urgent

    def keep(self, outcomes: Sequence[Outcome], doubt: CannotEvaluate | None, registries: Registries) -> None:
        """Put what was urgent on record: in this clone first, in the ledger as soon as it can be reached and believed.

        Raises `LedgerAway` when it cannot be reached, and the `doubt`; nothing is lost then. A clone that cannot keep
        anything is `CannotEvaluate`, and the ledger is told all the same.
        """
        unkept: CannotEvaluate | None = None
        try:
            self._journal.keep(self._urgent)
        except CannotEvaluate as error:
            unkept = error
        for reason in (doubt, self._memory.doubt):
            if reason is not None:
                raise unkept or reason
        self._recorded([*self._memory.kept, *self._urgent])
        if unkept is not None:
            raise unkept
        self._journal.drop([*self._memory.journaled, *self._urgent])
        for one in outcomes:
            # A registry that is away now bears the commit of its last announcement still.
            with suppress(ModelwardError):
                registries.open(one.plan.registry).set_tag(
                    one.plan.registered_model, LEDGER_TAG, str(self._ledger.commit)
                )

    def draft(self, quiet: Iterable[ModelPlan], refused: Iterable[Failed]) -> None:
        """Write the records of what was found `quiet` and of what was `refused`, which `announce` publishes."""
        at = self._clock()
        self._announcing = [*self._recorder.found(quiet)]
        self._announcing += [record for outcome in refused for record in self._recorder.outcome(outcome, at)]
        self.recorded += self._announcing

    def announce(self, acting: Sequence[ModelPlan]) -> Announced | None:
        """Publish the judgement, what `draft` has written, and what is about to be done; None when nothing is.

        Raises `LedgerRaced` when another run was first: then everything is to be looked at again.
        """
        at = self._clock()
        until = at + LEASE
        intents = [*self._recorder.intents(acting, at, until)]
        records = [*self._memory.kept, *self._announcing, *intents]
        if self._memory.trusted.judgement is not None:
            records.insert(0, self._memory.trusted.judgement)
        if records:
            self._ledger = self._published(self._ledger, records, f"Judge and announce: {_counted(records)}")
            self._journal.drop(self._memory.journaled)
            self.recorded += intents
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
        self._recorded(records)
        self.recorded += records

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
