"""How far main can be trusted now: every step since the last trusted commit is judged again, by what was trusted then.

Nothing that a forge, a server or an administrator let in counts by itself (mission row G2). What fails in a model holds
that model back at its last trusted content; what fails elsewhere stops the walk; what was merged properly goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from modelward.errors import Denied, WrongUse
from modelward.gate.debts import unpaid
from modelward.gate.opening import standing
from modelward.gate.scopes import Scope
from modelward.gate.walk import Before, HeldBack, Walked, walk_on
from modelward.ledger.branch import Ledger
from modelward.ledger.writing import record
from modelward.rules.loading import load_rules
from modelward.rules.running import Judge
from modelward.specs.ledger import Debt, JudgedStep, LedgerRecord, Trust
from modelward.tree.commit_source import GitSource
from modelward.tree.git import Git
from modelward.tree.grafted import GraftedSource
from modelward.tree.snapshot import Snapshot, require_policies
from modelward.tree.source import Source


@dataclass(frozen=True)
class Trusted:
    """What of main may be followed: the content, how it was found, and the record of it where there is news.

    `root` is the commit that a person vouched for, from which everything was judged.
    """

    commit: str
    root: str
    source: Source
    walked: Walked
    debts: tuple[Debt, ...]
    judgement: LedgerRecord | None

    @property
    def held_back(self) -> Mapping[Scope, HeldBack]:
        """The models that are followed only as they stood at an earlier commit."""
        return self.walked.held_back


def trusted(git: Git, ledger: Ledger, target: str, root: str | None, now: datetime) -> Trusted:
    """Judge what was merged since the ledger's last trusted commit, or since `root` while it has none.

    Raises `WrongUse` when nothing is trusted yet and no root is named, and `HistoryRewritten`.
    """
    known = ledger.state.trust
    if known is None and root is None:
        raise WrongUse("the ledger trusts no commit yet", "name the one to start from: --trust-root COMMIT")
    if known is not None and root not in (None, known.root):
        raise WrongUse(f"the ledger's trust root is {known.root[:12]}", "leave --trust-root out")
    start = known.trusted if known is not None else str(root)
    if known is None:
        if not git.is_ancestor(start, target):
            why = f"{start[:12]} is no commit of what is followed, which is at {target[:12]}"
            raise WrongUse(why, "give --trust-root a commit of main that somebody has looked at")
        require_sound_root(git, start, now)
    seen = {} if known is None else known.seen

    def first_seen(commit: str) -> datetime:
        return seen.get(commit, now)

    held_back = {} if known is None else {Scope(name): commit for name, commit in known.held_back.items()}
    walked = walk_on(git, Before(start, held_back, ledger.state.held, ledger.state.debts), target, first_seen)
    source: Source = GitSource(git, walked.trusted)
    for scope, held in walked.held_back.items():
        source = GraftedSource(source, scope, GitSource(git, held.trusted, [scope]))
    owed = [*(() if known is None else known.debts), *(debt for step in walked.judged for debt in step.debts)]
    debts = tuple(unpaid(standing(Snapshot(source), now), owed))
    vouched = known.root if known is not None else str(root)
    judgement = _judgement(known, vouched, walked, debts, now)
    return Trusted(walked.trusted, vouched, source, walked, debts, judgement)


def trusted_last(git: Git, ledger: Ledger, now: datetime) -> Trusted:
    """Main as the ledger trusts it, and no step further: what can be followed while main itself is in doubt."""
    known = ledger.state.trust
    assert known is not None, "nothing was ever trusted"
    return replace(trusted(git, ledger, known.trusted, None, now), judgement=None)


def require_sound_root(git: Git, commit: str, now: datetime) -> None:
    """Refuse a root whose policies could judge nothing, or let somebody alone decide: raises `Denied`."""
    snapshot = Snapshot(GitSource(git, commit))
    require_policies(snapshot)
    judge = Judge(snapshot, load_rules(snapshot), now)
    judge.organisation()
    if denying := [judged for judged in judge.judgement.findings if judged.denies]:
        first = denying[0]
        more = f" (and {len(denying) - 1} more)" if len(denying) > 1 else ""
        raise Denied(
            f"{commit[:12]} cannot be the trust root: {first.finding.message} at {first.finding.place}{more}",
            first.remedy,
        )


def _judgement(
    known: Trust | None, root: str, walked: Walked, debts: tuple[Debt, ...], now: datetime
) -> LedgerRecord | None:
    """The record of the walk, the first with the `root`; None when it says what the ledger knows already."""
    held_back = {scope: held.trusted for scope, held in walked.held_back.items()}
    waiting = {step.commit: step.at for step in walked.judged if step.verdict.answer != "allow"}
    news = known is None or (walked.trusted, held_back, waiting, debts) != (
        known.trusted,
        dict(known.held_back),
        dict(known.seen),
        known.debts,
    )
    if not news:
        return None
    steps = tuple(
        JudgedStep.model_construct(
            commit=step.commit, since=step.since, scope=step.scope, verdict=step.verdict.answer, seen=step.at
        )
        for step in walked.judged
    )
    return record(
        "judgement",
        now,
        commit=walked.trusted,
        root=root if known is None else None,
        verdict="allow" if walked.stopped is None and not held_back else "deny",
        steps=steps,
        held_back=held_back,
        seen=waiting,
        debts=debts,
    )
