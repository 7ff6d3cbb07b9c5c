"""The walk over a merged branch: each first-parent step is judged from the last trusted commit, never from its parent.

A step that fails may be completed by the commits right after it: the window is then judged as one change. What fails
only in a model holds that model back, at its last trusted content; what fails elsewhere stops the walk. Whoever asks is
told what can be trusted, and with which verdict the rest cannot.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from modelward.errors import CannotEvaluate
from modelward.gate.deciding import decide
from modelward.gate.opening import Merged, merged_step
from modelward.gate.scopes import Scope, scope_of
from modelward.gate.verdict import Verdict
from modelward.rules.base import Held
from modelward.rules.loading import load_rules
from modelward.tree.git import Git

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
    """One step of the walk: the commit at its end, where its window began, and the verdict."""

    commit: str
    since: str
    scope: Scope | None
    verdict: Verdict


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

    Raises `CannotEvaluate` when the branch no longer leads through the trusted commit: its history was rewritten, or
    turned over to another branch (THREATS T57, T83).
    """
    git.require_whole()
    if trusted == target:
        return []
    chain = git.text("rev-list", "--first-parent", "--reverse", "--end-of-options", f"{trusted}..{target}").split()
    parents = git.text("rev-parse", "--verify", "--end-of-options", f"{chain[0]}^1") if chain else ""
    if parents != trusted:
        raise CannotEvaluate(
            f"the history of {target[:12]} does not lead through {trusted[:12]}, the last commit that was trusted",
            "restore the branch; history is never rewritten, and other branches are merged into it, not it into them",
        )
    return chain


def walk(git: Git, trusted: str, target: str, seen: FirstSeen, held: Held) -> Walked:
    """Judge every step from `trusted` to `target`."""
    walking = _Walking(git, trusted, seen, held)
    for commit in first_parents(git, trusted, target):
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
    def __init__(self, git: Git, trusted: str, seen: FirstSeen, held: Held) -> None:
        self._git = git
        self._seen = seen
        self._held = held
        self._last = trusted
        self._main = _Window(trusted)
        self._models: dict[Scope, tuple[_Window, Verdict]] = {}
        self._stopped: Verdict | None = None
        self._judged: list[Judged] = []

    def step(self, commit: str) -> None:
        """Judge one more commit of the branch: the models that are held back first by themselves, then all else."""
        paths = self._git.changed_from(self._last, commit)
        self._last = commit
        self._main = self._main.with_step(paths)
        for scope, (window, _) in list(self._models.items()):
            self._model(scope, window.with_step(paths), commit)
        verdict = self._verdict(self._main, commit, None)
        self._judged.append(Judged(commit, self._main.since, None, verdict))
        if verdict.answer != "allow":
            blocked = verdict.blocked_scopes
            if not blocked or not all(scope.startswith("models/") for scope in blocked):
                self._stopped = verdict
                return
            for scope in blocked:
                self._models[scope] = (self._main, verdict)
        self._main, self._stopped = _Window(commit), None

    def end(self) -> Walked:
        """What can be trusted, once every commit was judged."""
        held_back = {scope: HeldBack(scope, window.since, verdict) for scope, (window, verdict) in self._models.items()}
        return Walked(self._main.since, held_back, self._stopped, tuple(self._judged))

    def _model(self, scope: Scope, window: _Window, commit: str) -> None:
        verdict = self._verdict(window, commit, scope)
        self._judged.append(Judged(commit, window.since, scope, verdict))
        if verdict.answer == "allow":
            del self._models[scope]
        else:
            self._models[scope] = (window, verdict)

    def _verdict(self, window: _Window, commit: str, only: Scope | None) -> Verdict:
        """The verdict on a window, of one model or of everything but the models that are held back."""

        def concerns(path: str) -> bool:
            model = _model_of(path)
            return model == only if only is not None else model not in self._models

        judged = Merged(window.since, commit, window.diffs, concerns, self._main.since, only)
        step = merged_step(self._git, judged, self._seen(commit), self._held)
        return decide(step, load_rules(step.base))


def _model_of(path: str) -> Scope | None:
    """The model that a path, or a record, belongs to."""
    scope = scope_of(path)
    return scope if scope.startswith("models/") else None
