"""What plan, apply, status and diff share: the options, and the plan at a commit."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from modelward.cli.options import matching, merged_at, now
from modelward.cli.suggesting import unmatched
from modelward.errors import CannotEvaluate
from modelward.events.outbox import Outbox
from modelward.ledger.branch import LedgerDoubted
from modelward.reconcile.judging import SpecsJudge
from modelward.reconcile.knowledge import Knowledge
from modelward.reconcile.observing import Plan, Untrusted, make_plan
from modelward.reconcile.planning import Circumstances
from modelward.reconcile.registries import ClockDoubted, Registries
from modelward.reconcile.remembering import NO_LEDGER, Roots, remember, require_anchored
from modelward.reconcile.serving import assigned
from modelward.reconcile.states import unbelieved
from modelward.reconcile.trust import Trusted
from modelward.registry.connecting import connect
from modelward.specs.scalars import EnvironmentName
from modelward.traffic.connecting import connect as traffic
from modelward.traffic.interface import Traffic
from modelward.tree.commit_source import GitSource
from modelward.tree.git import Git, find_git
from modelward.tree.history import History
from modelward.tree.remotes import RemoteAway, RemoteBranch
from modelward.userinfo import shown

F = TypeVar("F", bound=Callable[..., Any])
_RELATIVE = re.compile(r"[~^:]|@\{")
"""What is in no name of a branch, but in that of a commit found from one."""


def remembering(function: F) -> F:
    """`--remote`, `--trust-root` and `--ledger-root`: where the ledger is kept, and what a person vouches for."""
    remote = click.option("--remote", help="The remote that keeps the ledger.  [default: what was fetched last]")
    root = click.option("--trust-root", metavar="COMMIT", help="Trust main up to here: where a ledger begins.")
    ledger = click.option("--ledger-root", metavar="COMMIT", help="Vouch for the ledger at a commit of it, or `none`.")
    return remote(root(ledger(function)))


@dataclass(frozen=True)
class Shard:
    """One of `of` equal parts of all models, counted from 1; each model is always in the same part."""

    number: int
    of: int

    def holds(self, model: str) -> bool:
        """Whether the model is in this part."""
        return int.from_bytes(hashlib.sha256(model.encode()).digest()[:8]) % self.of == self.number - 1


class _Shard(click.ParamType[Shard]):
    """A part as people write it: `2/5`."""

    name = "shard"

    def convert(self, value: str | Shard, param: click.Parameter | None, ctx: click.Context | None) -> Shard:
        """The part that the argument names."""
        if isinstance(value, Shard):
            return value
        found = re.fullmatch(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})", value)
        if found is None or int(found[1]) > int(found[2]):
            self.fail(f"`{value}` is no part such as 2/5", param, ctx)
        return Shard(int(found[1]), int(found[2]))


def shard(function: F) -> F:
    """`--shard`: which part of the models a run is about, where several runs share them."""
    return click.option("--shard", "part", type=_Shard(), metavar="I/N", help="Only part I of N of the models.")(
        function
    )


@dataclass(frozen=True)
class Selected:
    """What a run is about: the commit, the models and environments by globs, and whether it takes models over."""

    ref: str
    models: Sequence[str]
    environments: Sequence[str]
    adopt: bool = False
    shard: Shard | None = None


class Reconciling:
    """One look at the repository, its ledger if it keeps one, and its registries."""

    def __init__(
        self,
        folder: Path,
        selected: Selected,
        remote: str | None = None,
        trust_root: str | None = None,
        ledger_root: str | None = None,
    ) -> None:
        git = find_git(folder)
        self.at = now()
        self.adopt = selected.adopt
        behind = _behind(git, selected.ref, remote)
        self.target = target = git.commit(selected.ref)
        self.full = not selected.models and not selected.environments
        """Whether it is about all that there is, or all of the part that is its own."""
        named = (None if one in (None, NO_LEDGER) else git.commit(str(one)) for one in (trust_root, ledger_root))
        trust, ledger = named
        self.roots = Roots(trust, NO_LEDGER if ledger_root == NO_LEDGER else ledger)
        self.memory = remember(git, target, remote, self.roots, self.at, behind)
        if self.memory is None and behind is not None:
            raise behind
        source = GitSource(git, target) if self.memory is None else self.memory.trusted.source
        commit = target if self.memory is None else self.memory.trusted.commit
        merged = merged_at(git, selected.ref, commit, source, selected.models)
        if selected.shard is not None:
            names = tuple(name for name in merged.models if selected.shard.holds(name))
            merged = replace(merged, models=names, whole=False)
        self.merged = merged
        snapshot = self.merged.snapshot
        known = sorted(snapshot.environments)
        names = matching(known, selected.environments)
        if not names:
            where, there = f" at {snapshot.source.label}", f"the environments are {', '.join(known) or 'none'}"
            raise unmatched("environment", selected.environments, known, where, there)
        environments = snapshot.environments
        # Read here: registries are listed in threads of their own, which have no business in git.
        registries = snapshot.registries.spec

        def route(name: EnvironmentName, opened: Registries) -> Traffic:
            return traffic(environments[name].spec, opened)

        self.doubt: CannotEvaluate | None = None if self.memory is None else self.memory.alarm
        self.registries = Registries(lambda name: connect(registries, name), route)
        self._git, self._folder = git, git.root
        self._run = Circumstances(
            snapshot.policy.spec.repository,
            self.at,
            selected.adopt,
            frozenset(EnvironmentName(name) for name in names) if selected.environments else None,
        )

    @property
    def repository(self) -> str:
        """The name of the repository, which the models that it moves bear as a tag."""
        return self._run.repository

    @property
    def environments(self) -> frozenset[EnvironmentName] | None:
        """The environments that it is about; None is all."""
        return self._run.selected

    @property
    def outbox(self) -> Outbox:
        """What others have yet to be told of what the runs of this clone did."""
        return Outbox(Path(self._git.common_folder) / "modelward" / "outbox")

    @property
    def unsure(self) -> CannotEvaluate | None:
        """The doubt; or that the remote could not be asked, so that what is known here may be old."""
        return self.doubt or (None if self.memory is None else self.memory.doubt)

    @property
    def where(self) -> str:
        """What the registry is compared with, for people."""
        return f"{self.merged.ref} ({self.merged.commit[:12]})"

    def plan(self, *, relieving: bool = False) -> Plan:
        """What separates the registries from git now; raises what is in doubt.

        That is the ledger, main or the journal as this clone knows them, a clock, and a registry that has seen another
        ledger. A run that is `relieving` finds that as its `doubt`, and raises it when what reduces risk is done.
        """
        if self.unsure is not None and not relieving:
            if isinstance(self.unsure, RemoteAway):
                remedy = f"{self.unsure.remedy}; without --remote it shows what was fetched last"
                raise RemoteAway(self.unsure.message, remedy)
            raise self.unsure
        snapshot = self.merged.snapshot
        plan = make_plan(
            snapshot,
            self.merged.models,
            self.registries,
            self._run,
            whole=self.merged.whole,
            judge=SpecsJudge(snapshot, self._run.now),
            promoted=History(self.merged.git, self.merged.commit).promoted,
            knowledge=self._knowledge(),
        )
        try:
            self._require_believed(plan)
        except (ClockDoubted, LedgerDoubted) as error:
            if not relieving:
                raise
            self.doubt = self.doubt or error
        doubted = self.registries.doubted
        models = (
            unbelieved(one, doubted[one.registry].message) if one.registry in doubted else one for one in plan.models
        )
        plan = replace(plan, models=tuple(models))
        return plan if self.memory is None else replace(plan, untrusted=tuple(_untrusted(self.memory.trusted)))

    def _require_believed(self, plan: Plan) -> None:
        """Refuse what the registries show to be wrong: this machine's clock, or the ledger as it is known here."""
        self.registries.require_same_time()
        if not self.roots.vouched:
            observed = (model.observed for model in plan.models if model.observed is not None)
            require_anchored(observed, self.repository, None if self.memory is None else self.memory.ledger)

    def _knowledge(self) -> Knowledge | None:
        if self.memory is None:
            return None
        return Knowledge(
            self.memory.state,
            self.merged.snapshot,
            self._git,
            self.merged.commit,
            self.memory.trusted.root,
            self.at,
            self._folder,
            assigned=partial(assigned, self.registries),
        )


def _behind(git: Git, ref: str, remote: str | None) -> CannotEvaluate | None:
    """Bring what a name names in the remote, where it names a branch of that; why what is known here may be behind."""
    tracked = ref.removeprefix("refs/remotes/")
    if remote is None or not tracked.startswith(f"{remote}/") or _RELATIVE.search(tracked):
        return None
    branch = tracked.removeprefix(f"{remote}/")
    try:
        if RemoteBranch(git, remote, f"refs/heads/{branch}").fetched(f"refs/remotes/{tracked}") is None:
            return CannotEvaluate(
                f"`{shown(remote)}` has no branch {branch}", "name the branch that is main there: --ref"
            )
    except RemoteAway as error:
        return RemoteAway(f"{branch} of `{shown(remote)}` cannot be read: {error.message}", error.remedy)
    return None


def _untrusted(trusted: Trusted) -> Iterator[Untrusted]:
    if trusted.walked.stopped is not None:
        yield Untrusted(None, trusted.commit, trusted.walked.stopped)
    for scope, held in sorted(trusted.held_back.items()):
        yield Untrusted(scope, held.trusted, held.verdict)
