"""The branch that lets main tell the truth after a release was taken out: one line, proposed by the machine itself.

Nothing here touches a working tree, an index, or any branch but this one. Merging is for people: the machine proposes,
and whoever may sign a rollback says yes. A branch that somebody has added to is theirs, and is left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from modelward.errors import CannotEvaluate, Denied, WrongUse
from modelward.gate.approval import Approvals
from modelward.gate.authorship import commits_between
from modelward.gate.changes import classify_model
from modelward.gate.fields import Change
from modelward.gate.opening import Range, open_step
from modelward.gate.records import LONGEST, Counted, Filing
from modelward.gate.scopes import Scope, records_folder, speaks_of_signoffs
from modelward.gate.signing import Speaker, signoff_statement
from modelward.gate.step import Step
from modelward.policy.people import keys_on_record, machine_keys
from modelward.rules.base import Held
from modelward.signing.commits import commit_signer
from modelward.signing.keygen import public_half, sign
from modelward.signing.sshsig import SignatureRefused
from modelward.specs.policy import People
from modelward.specs.record import SIGNOFF_NAMESPACE, SignoffRecord
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName
from modelward.tree.commit_source import GitSource
from modelward.tree.committing import committed, tree_with
from modelward.tree.edit import replace_scalar
from modelward.tree.git import Git
from modelward.tree.remotes import RemoteBranch
from modelward.tree.snapshot import Snapshot

PREFIX: Final = "modelward/rollback/"
ROLE: Final = "machine"
"""The role that a machine names in what it proposes; no role gives a machine anything."""
_DUTY: Final = "rollback-branch"
_FETCHED: Final = "refs/modelward/rollback-fetched/"


def branch_for(model: ModelName, environment: EnvironmentName, taken_out: ReleaseName) -> str:
    """The name of the branch by which git is asked to say that a release was taken out of an environment.

    No two rollbacks share one: in front of an environment whose own name has a hyphen stands a plus.
    """
    between = "+" if "-" in environment else "-"
    return f"{PREFIX}{model}{between}{environment}-{taken_out}"


@dataclass(frozen=True)
class Return:
    """A release that was taken out of an environment, by the suspension `suspension`, and the one put back."""

    model: ModelName
    environment: EnvironmentName
    taken_out: ReleaseName
    put_back: ReleaseName
    suspension: str

    @property
    def branch(self) -> str:
        """The name of the branch that says so."""
        return branch_for(self.model, self.environment, self.taken_out)


@dataclass(frozen=True)
class Proposed:
    """The branch stands at `commit`; `written` tells whether it does so since now."""

    branch: str
    commit: str
    written: bool


@dataclass(frozen=True)
class Settled:
    """There is nothing to propose, and why: main does not deploy what was taken out."""

    why: str


@dataclass(frozen=True)
class LeftAlone:
    """Somebody has put more into the branch than the machine did: what becomes of it is theirs to say."""

    branch: str
    commit: str


Outcome = Proposed | Settled | LeftAlone


def propose_return(
    git: Git, main: str, back: Return, held: Held, key: Path, remote: str | None, now: datetime
) -> Outcome:
    """Let the branch of a return stand in `remote`, or in this repository alone when that is None.

    `main` is the newest commit of the main branch, `held` what the ledger says has held each environment. A branch that
    stands for the same change is not written again; one that main has overtaken is made anew.

    Raises `WrongUse` for a key that is of no machine with the duty `rollback-branch`, `Denied` where the gate would not
    take the change for a rollback, and `CannotEvaluate` when the branch cannot be read or pushed.
    """
    manifest = Snapshot(GitSource(git, main, ["policies", f"models/{back.model}"])).model(back.model).manifest
    deployed = manifest.spec.deployments.get(back.environment)
    if deployed is None or deployed.release != back.taken_out:
        said = "nothing" if deployed is None else deployed.release
        return Settled(f"main deploys {said} to {back.environment}")
    making = _Making(git, main, back, held, key, now)
    branch = _Branch(git, remote, back.branch)
    before = branch.tip()
    if before is not None and (standing := making.judged(before)) is not None:
        return standing
    after = making.made()
    branch.publish(after, before)
    return Proposed(back.branch, after, written=True)


def stands(git: Git, main: str, branch: str, remote: str | None) -> bool:
    """Whether there is such a branch in `remote`, or in this repository when that is None, that main has not taken."""
    tip = _Branch(git, remote, branch).tip()
    return tip is not None and not git.is_ancestor(tip, main)


@dataclass(frozen=True)
class _Making:
    """The change of one return upon main: made, or recognised in a branch."""

    git: Git
    main: str
    back: Return
    held: Held
    key: Path
    now: datetime

    @property
    def scope(self) -> Scope:
        return Scope(f"models/{self.back.model}")

    @property
    def manifest(self) -> str:
        return f"{self.scope}/manifest.yaml"

    def made(self) -> str:
        """A commit that changes the line, and upon it one with the machine's signed proposal of exactly that."""
        back = self.back
        source = GitSource(self.git, self.main, [self.scope])
        data = next(data for _, data in source.read(source.entries(self.manifest)))
        edited = replace_scalar(data, ("deployments", str(back.environment), "release"), str(back.put_back))
        step = self._step(self.main, tree_with(self.git, self.main, {self.manifest: edited}))
        changes = self._changes(step)
        if [change.kind for change in changes] != ["rollback"]:
            why = f"the ledger does not show that {back.put_back} held {back.environment} and is not suspended there"
            raise Denied(why, f"roll {back.model} back by hand: modelward rollback {back.model} {back.environment}")
        machine = _machine(step.base.people.spec, self.key, self.now)
        words = f"Suspension {back.suspension}"
        speaker = Speaker(machine, "propose", words, LONGEST)
        one = signoff_statement(step, self.scope, changes, ROLE, speaker)
        signature = sign(one.data, self.key, SIGNOFF_NAMESPACE)
        message = f"Roll back {back.model} in {back.environment} to {back.put_back}\n\n{words}"
        change = committed(self.git, self.main, {self.manifest: edited}, message, self.key)
        records = {one.path: one.data, f"{one.path}.sig": signature}
        return committed(self.git, change, records, f"Propose it as {machine}", self.key)

    def judged(self, tip: str) -> Proposed | LeftAlone | None:
        """What a branch comes to that stands already; None when it is to be made anew."""
        by_machine, by_others = self._hands(tip)
        if not by_machine:
            # Merged long ago, or somebody else's under this name.
            return None
        if by_others:
            return LeftAlone(self.back.branch, tip)
        return Proposed(self.back.branch, tip, written=False) if self._stands(tip) else None

    def _stands(self, tip: str) -> bool:
        """Whether merging the branch is still this return, and the machine's proposal counts for it."""
        try:
            tree = self.git.merged_tree(self.main, tip)
        except CannotEvaluate:
            return False
        step = self._step(tip, tree)
        wanted = ("rollback", self.back.environment, self.back.put_back)
        if [(one.kind, one.environment, one.after) for one in self._changes(step)] != [wanted]:
            return False
        approvals = Approvals(step)
        filing = Filing(step.head.source, [records_folder(self.scope)])
        records = ((one, one.record) for one in filing.of(self.scope) if isinstance(one.record, SignoffRecord))
        said = [approvals.outcome(self.scope, one, record) for one, record in records]
        counted = [one.record.predicate for one in said if isinstance(one, Counted)]
        machines = step.base.people.spec.machines
        return any(one.decision == "propose" and str(one.person) in machines for one in counted)

    def _step(self, head: str, tree: str) -> Step:
        return open_step(self.git, Range(self.main, head, tree), self.now, held=self.held)

    def _changes(self, step: Step) -> Sequence[Change]:
        paths = step.scopes.get(self.scope, ())
        return classify_model(
            self.scope, paths, step.base.model(self.back.model), step.head.model(self.back.model), self.held
        )

    def _hands(self, tip: str) -> tuple[bool, bool]:
        """Whether a machine made a commit of the branch, and whether anybody else put more in than sign-offs."""
        people = Snapshot(GitSource(self.git, self.main, ["policies"])).people.spec
        keys = machine_keys(people, _DUTY, self.now)
        commits = list(commits_between(self.git, self.main, tip))
        signed = {
            one.id for one, raw in zip(commits, self.git.commits(c.id for c in commits), strict=True) if _by(raw, keys)
        }
        others = [path for one in commits if one.id not in signed for path in one.paths]
        return bool(signed), any(not speaks_of_signoffs(path) for path in others)


def _by(raw: bytes | None, keys: frozenset[str]) -> bool:
    try:
        return commit_signer(raw or b"").line in keys
    except SignatureRefused:
        return False


def _machine(people: People, key: Path, now: datetime) -> str:
    """The name of the machine that a key is of, which may write such branches now."""
    line = public_half(key).line
    if line in machine_keys(people, _DUTY, now):
        for known in keys_on_record(people):
            if known.pointer[0] == "machines" and known.key.key.split()[:2] == line.split():
                return known.pointer[1]
    remedy = "policies/people.yaml: `machines: {NAME: {may: [rollback-branch], keys: [...]}}`"
    raise WrongUse(f"{key} is the key of no machine that may propose a rollback", remedy)


@dataclass(frozen=True)
class _Branch:
    """One branch of a remote, or of this repository."""

    git: Git
    remote: str | None
    name: str

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.name}"

    def tip(self) -> str | None:
        """The commit that it is at, fetched where it is elsewhere; None when there is no such branch."""
        if self.remote is None:
            return self.git.text("for-each-ref", "--format=%(objectname)", self.ref) or None
        fetched = f"{_FETCHED}{self.name.removeprefix(PREFIX)}"
        return RemoteBranch(self.git, self.remote, self.ref).fetched(fetched)

    def publish(self, commit: str, before: str | None) -> None:
        """Let it be at `commit`, if it still is at `before`."""
        if self.remote is None:
            self.git.run("update-ref", self.ref, commit, before or "0" * len(commit))
            return
        RemoteBranch(self.git, self.remote, self.ref).publish(commit, before)
