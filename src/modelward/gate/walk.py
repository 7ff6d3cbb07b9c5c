"""The walk over a merged branch: each first-parent step is judged from the last trusted commit, never from its parent.

A step that fails may be completed by the commits right after it: the window is then judged as one change. What fails
only in a model holds that model back, at its last trusted content; what fails elsewhere stops the walk. Whoever asks is
told what can be trusted, and with which verdict the rest cannot.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from modelward.errors import CannotEvaluate
from modelward.gate.debts import incurred
from modelward.gate.deciding import decide
from modelward.gate.opening import Merged, merged_step
from modelward.gate.scopes import Scope, scope_of
from modelward.gate.step import Debts
from modelward.gate.verdict import Verdict
from modelward.rules.base import Held
from modelward.rules.loading import load_rules
from modelward.specs.ledger import Debt
from modelward.specs.scalars import ModelName
from modelward.tree.git import Git


class HistoryRewritten(CannotEvaluate):
    """A branch that no longer contains what was trusted of it (THREATS T57)."""


class TurnedOver(CannotEvaluate):
    """A branch that leads to what was trusted of it by another parent than its first (THREATS T83)."""


FirstSeen = Callable[[str], datetime]
"""As at which time a merged commit is judged."""


@dataclass(frozen=True)
class HeldBack:
    """A model that is trusted only as it stood at an earlier commit, and the verdict on what came after."""

    scope: Scope
    trusted: str
    verdict: Verdict


@dataclass(frozen=True)
class Judged:
    """One step of the walk: its last commit, where its window began, the verdict, and who still is to look at it."""

    commit: str
    since: str
    scope: Scope | None
    verdict: Verdict
    at: datetime
    debts: tuple[Debt, ...]


@dataclass(frozen=True)
class Walked:
    """How far a branch can be trusted: up to `trusted`, but for the models that are held back.

    `stopped` is the verdict on the window that no later commit has completed; None when the walk came to the end.
    """

    trusted: str
    held_back: Mapping[Scope, HeldBack]
    stopped: Verdict | None
    judged: tuple[Judged, ...]


def first_parents(git: Git, trusted: str, target: str) -> list[str]:
    """The commits from `trusted`, which is left out, to `target`, oldest first.

    Raises `TurnedOver` when the branch no longer leads through the trusted commit: its history was rewritten, or
    turned over to another branch (THREATS T57, T83).
    """
    git.require_whole()
    if trusted == target:
        return []
    chain = git.text("rev-list", "--first-parent", "--reverse", "--end-of-options", f"{trusted}..{target}").split()
    parents = git.text("rev-parse", "--verify", "--end-of-options", f"{chain[0]}^1") if chain else ""
    if parents != trusted:
        raise TurnedOver(
            f"the history of {target[:12]} does not lead through {trusted[:12]}, the last commit that was trusted",
            "restore the branch; history is never rewritten, and other branches are merged into it, not it into them",
        )
    return chain


def even_turned_over(git: Git, trusted: str, target: str) -> list[str]:
    """The commits to judge one after another; `target` alone where its history leads to `trusted` by another parent.

    Such a history was turned over to another branch: all that it brings is then judged as one step (THREATS T83).
    """
    git.require_whole()
    if trusted != target and not git.is_ancestor(trusted, target):
        raise HistoryRewritten(
            f"{target[:12]} does not come after {trusted[:12]}, the last commit that was trusted",
            "main is never rewritten: restore it; another branch follows it first, by a merge or a rebase",
        )
    try:
        return first_parents(git, trusted, target)
    except TurnedOver:
        return [target]


@dataclass(frozen=True)
class Before:
    """What is known before a walk: the last trusted commit, and the models that were held back there.

    Each model that is held back is known with the last commit at which its content was trusted.
    """

    trusted: str
    held_back: Mapping[Scope, str]
    held: Held
    debts: Debts


def walk(git: Git, before: Before, target: str, seen: FirstSeen) -> Walked:
    """Judge every step of the first-parent history up to `target`, as a push brings it."""
    walking = _Walking(git, before, seen)
    for commit in first_parents(git, before.trusted, target):
        walking.step(commit)
    return walking.end()


def walk_on(git: Git, before: Before, target: str, seen: FirstSeen) -> Walked:
    """Go on judging where an earlier walk ended, up to `target`, however its history leads there."""
    walking = _Walking(git, before, seen)
    for scope, since in before.held_back.items():
        walking.hold_back(scope, since)
    for commit in even_turned_over(git, before.trusted, target):
        walking.step(commit)
    return walking.end()


@dataclass(frozen=True)
class _Window:
    """A stretch that is judged as one: where it began, and all paths of each step since, which tell what was mixed."""

    since: str
    diffs: tuple[frozenset[str], ...] = ()

    def with_step(self, paths: Iterable[str]) -> "_Window":
        return _Window(self.since, (*self.diffs, frozenset(paths)))


class _Walking:
    def __init__(self, git: Git, before: Before, seen: FirstSeen) -> None:
        self._git = git
        self._seen = seen
        self._before = before
        self._last = before.trusted
        self._main = _Window(before.trusted)
        self._models: dict[Scope, tuple[_Window, Verdict]] = {}
        self._stopped: Verdict | None = None
        self._judged: list[Judged] = []

    def hold_back(self, scope: Scope, since: str) -> None:
        """Go on with a model that was trusted only as it stood at `since`."""
        window, last = _Window(since), since
        for commit in even_turned_over(self._git, since, self._last):
            window, last = window.with_step(self._git.changed_from(last, commit)), commit
        first = len(self._judged)
        verdict = self._judge(window, self._last, scope)
        if verdict.answer != "allow":
            self._models[scope] = (window, verdict)
        self._owe(first)

    def step(self, commit: str) -> None:
        """Judge one more commit of the branch: the models that are held back first by themselves, then all else.

        A model that nothing stands against any more goes on only with all else: past a stop it stays held back.
        """
        paths = self._git.changed_from(self._last, commit)
        self._last = commit
        self._main = self._main.with_step(paths)
        first = len(self._judged)
        for scope, (before, _) in list(self._models.items()):
            window = before.with_step(paths)
            self._models[scope] = (window, self._judge(window, commit, scope))
        verdict = self._judge(self._main, commit, None)
        denied = verdict.answer != "allow"
        blocked = verdict.blocked_scopes if denied else frozenset()
        stops = denied and not (blocked and all(scope.startswith("models/") for scope in blocked))
        kept = {
            scope: (window, verdict if own.answer == "allow" else own)
            for scope, (window, own) in self._models.items()
            if own.answer != "allow" or stops or scope in blocked
        }
        if stops:
            self._models, self._stopped = kept, verdict
        else:
            self._models = dict.fromkeys(blocked, (self._main, verdict)) | kept
            self._main, self._stopped = _Window(commit), None
        self._owe(first)

    def end(self) -> Walked:
        """What can be trusted, once every commit was judged."""
        held_back = {scope: HeldBack(scope, window.since, verdict) for scope, (window, verdict) in self._models.items()}
        return Walked(self._main.since, held_back, self._stopped, tuple(self._judged))

    def _judge(self, window: _Window, commit: str, only: Scope | None) -> Verdict:
        """The verdict on a window, of one model or of everything but the models that are held back."""

        def concerns(path: str) -> bool:
            model = _model_of(path)
            return model == only if only is not None else model not in self._models

        part = Merged(window.since, commit, window.diffs, concerns, self._main.since, only)
        at = self._seen(commit)
        step = merged_step(self._git, part, at, self._before.held, self._debts)
        verdict = decide(step, load_rules(step.base))
        debts = tuple(incurred(step, verdict, window.since, commit, at))
        self._judged.append(Judged(commit, window.since, only, verdict, at, debts))
        return verdict

    def _owe(self, first: int) -> None:
        """Of what was judged from the number `first` on, leave only debts of what is followed now."""
        for number, one in enumerate(self._judged[first:], first):
            followed = () if self._stopped is not None else one.debts
            debts = tuple(debt for debt in followed if f"models/{debt.model}" not in self._models)
            self._judged[number] = replace(one, debts=debts)

    def _debts(self, model: ModelName) -> Sequence[Debt]:
        """What is owed for a model: what was known before the walk, and what the walk itself has come by."""
        found = (debt for one in self._judged for debt in one.debts if debt.model == model)
        return (*self._before.debts(model), *found)


def _model_of(path: str) -> Scope | None:
    """The model that a path, or a record, belongs to."""
    scope = scope_of(path)
    return scope if scope.startswith("models/") else None
