"""Changes from git: an open one between a branch and what it would be merged into, and the steps of a merged branch."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from modelward.errors import CannotEvaluate
from modelward.gate.authorship import Authorship, Hands, commits_between
from modelward.gate.bringing import Bringing
from modelward.gate.reviews import NO_REVIEWS
from modelward.gate.scopes import Scope, scope_of
from modelward.gate.step import Bringers, Debts, Step
from modelward.rules.base import Held
from modelward.rules.subjects import Fleet, FleetModel
from modelward.specs.confusable import skeleton
from modelward.specs.ledger import Debt
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName
from modelward.tree.commit_source import GitSource
from modelward.tree.git import Git
from modelward.tree.grafted import GraftedSource
from modelward.tree.model import Evidence, ReleaseFolder
from modelward.tree.place import Unreadable
from modelward.tree.snapshot import Snapshot, require_policies
from modelward.tree.source import Source

_ORGANISATION: Final = ("policies", "environments", "validators", "tests/example")


def nowhere_held(_model: ModelName, _environment: EnvironmentName) -> frozenset[ReleaseName]:
    """What held an environment when no ledger tells: nothing, so that every move is a promotion."""
    return frozenset()


def owes_nothing(_model: ModelName) -> Sequence[Debt]:
    """What is owed when no ledger tells."""
    return ()


@dataclass(frozen=True)
class Range:
    """The ends of a change: the trees before and after, and the commits between which it was written."""

    base: str
    head: str
    tree: str


def open_range(git: Git, base: str, head: str) -> Range:
    """The change that merging `head` into `base` would make.

    Raises `CannotEvaluate` when both share no history, or cannot be merged without a person.
    """
    git.require_whole()
    if git.is_ancestor(base, head):
        return Range(base, head, head)
    return Range(base, head, git.merged_tree(base, head))


def is_result_of(git: Git, change: Range, commit: str) -> bool:
    """Whether a change is what merging `commit` into its base gives: the same content, under whatever commit."""
    if commit == change.head:
        return True
    try:
        merged = git.merged_tree(change.base, commit)
    except CannotEvaluate:
        return False
    return merged == git.text("rev-parse", "--verify", "--end-of-options", f"{change.tree}^{{tree}}")


def open_step(
    git: Git,
    change: Range,
    now: datetime,
    *,
    held: Held = nowhere_held,
    debts: Debts = owes_nothing,
    hands: Hands = "every hand",
) -> Step:
    """An open change, judged now. `hands` says who had a part in its commits: a merge queue writes them anew."""
    changed = frozenset(git.changed_from(change.base, change.tree))
    folders = _folders(changed)
    base, head = (Snapshot(GitSource(git, tree, folders)) for tree in (change.base, change.tree))
    authorship = Authorship(commits_between(git, change.base, change.head), _ungoverned(base), hands)
    colliding, brought = _Colliding(git, change.tree, base, head), Bringing(git, change.base)
    return Step(
        base, head, changed, (changed,), authorship, held, colliding, NO_REVIEWS, debts, brought, now, is_open=True
    )


def whole(git: Git, change: Range) -> tuple[Snapshot, Snapshot]:
    """All of the trees before and after a change."""
    return Snapshot(GitSource(git, change.base)), Snapshot(GitSource(git, change.tree))


@dataclass(frozen=True)
class Merged:
    """A part of a merged change: the paths that `concerns` names, from the commit `since` to `head`.

    `diffs` are all paths of each step on the way. What judges is the `organisation` at its own last trusted commit,
    where one `model` is judged from an earlier one.
    """

    since: str
    head: str
    diffs: tuple[frozenset[str], ...]
    concerns: Callable[[str], bool]
    organisation: str
    model: Scope | None


def merged_step(git: Git, part: Merged, now: datetime, held: Held, debts: Debts = owes_nothing) -> Step:
    """A merged change, or a part of it, from the last trusted commit."""
    changed = frozenset(filter(part.concerns, git.changed_from(part.since, part.head)))
    folders = _folders(changed)
    trunk: Source = GitSource(git, part.organisation, folders)
    if part.model is not None and part.since != part.organisation:
        trunk = GraftedSource(trunk, part.model, GitSource(git, part.since, [part.model]))
    base = Snapshot(trunk)
    head = Snapshot(GitSource(git, part.head, folders))
    authorship = Authorship(commits_between(git, part.since, part.head), _ungoverned(base), "authors")
    colliding, brought = _Colliding(git, part.head, base, head), Bringing(git, part.since)
    return Step(
        base, head, changed, part.diffs, authorship, held, colliding, NO_REVIEWS, debts, brought, now, is_open=False
    )


def standing(snapshot: Snapshot, now: datetime) -> Step:
    """What stands, as a step that changes nothing: who has signed what is told from it."""
    hands = Authorship((), _ungoverned(snapshot), "authors")
    nothing: frozenset[str] = frozenset()
    return Step(
        snapshot,
        snapshot,
        nothing,
        (),
        hands,
        nowhere_held,
        _alone,
        NO_REVIEWS,
        owes_nothing,
        _nobody,
        now,
        is_open=False,
    )


def _nobody(_release: ReleaseFolder, _evidence: Evidence) -> Bringers:
    return Bringers()


def _alone(_models: Sequence[str]) -> Fleet:
    return ()


def _ungoverned(base: Snapshot) -> tuple[str, ...]:
    require_policies(base)
    return base.policy.spec.ungoverned


def _folders(changed: Iterable[str]) -> tuple[str, ...]:
    """What of a tree must be listed to judge a change: everything once the repository's own scope differs."""
    scopes = {scope_of(path) for path in changed}
    if "repository" in scopes:
        return ()
    return (*_ORGANISATION, *sorted(scope for scope in scopes if scope.startswith("models/")))


@dataclass(frozen=True)
class _Colliding:
    """Finds the models that could collide with what a change newly claims, by a raw search of the head's tree.

    What a model claimed at the base already was held against all others when it was merged.
    """

    git: Git
    tree: str
    base: Snapshot
    head: Snapshot

    def __call__(self, models: Sequence[str]) -> Fleet:
        names: set[str] = set()
        registered: set[str] = set()
        artifacts: set[str] = set()
        for name in models:
            before, after = (self._claims(snapshot, name) for snapshot in (self.base, self.head))
            if after is not None:
                names |= after.names - (before.names if before else set())
                registered |= after.registered - (before.registered if before else set())
                artifacts |= after.artifacts - (before.artifacts if before else set())
        found = {path.split("/")[1] for path in self._searched(registered, artifacts)}
        if names:
            found |= {name for name in self.git.names(self.tree, "models") if skeleton(name) in names}
        return tuple(self._facts(sorted(found - set(models))))

    def _claims(self, snapshot: Snapshot, name: str) -> "_Claims | None":
        try:
            facts = FleetModel(snapshot, snapshot.model(name))
        except Unreadable:
            # A finding of its own, and it claims nothing that anybody could act on.
            return None
        artifacts = {release.artifact for release in facts.releases}
        names = {skeleton(facts.name), skeleton(facts.registered_model)}
        return _Claims(names, {facts.registered_model}, artifacts)

    def _searched(self, registered: set[str], artifacts: set[str]) -> Iterator[str]:
        """Specs that hold a claim, or are written so that a search could miss it."""
        if registered:
            yield from self.git.search(self.tree, sorted(registered), ("models/*/manifest.yaml",))
        if artifacts:
            yield from self.git.search(self.tree, sorted(artifacts), ("models/*/releases/*/release.yaml",))

    def _facts(self, names: Sequence[str]) -> Iterator[FleetModel]:
        others = Snapshot(GitSource(self.git, self.tree, [f"models/{name}" for name in names]))
        for name in names:
            try:
                yield FleetModel(others, others.model(name))
            except Unreadable:
                continue


@dataclass(frozen=True)
class _Claims:
    """What one model claims for itself: the look of its names, its name in the registry, and its artifacts."""

    names: set[str]
    registered: set[str]
    artifacts: set[str]
