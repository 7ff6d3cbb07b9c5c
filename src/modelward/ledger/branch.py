"""The ledger's branch: read and verified commit by commit, and moved forward by signed commits alone."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

from modelward.errors import CannotEvaluate, ModelwardError
from modelward.ledger.folding import State, Where, folded
from modelward.ledger.writing import read, record_path, written
from modelward.policy.people import machine_keys
from modelward.signing.commits import commit_signer
from modelward.signing.sshsig import SignatureRefused
from modelward.specs.ledger import EnvironmentState, LedgerRecord, Trust
from modelward.specs.policy import People
from modelward.specs.scalars import EnvironmentName, ModelName
from modelward.tree.batches import batched
from modelward.tree.commit_source import GitSource
from modelward.tree.committing import committed
from modelward.tree.git import Change, Git
from modelward.tree.remotes import Overtaken, PushRefused, RemoteAway, RemoteBranch
from modelward.tree.snapshot import Snapshot
from modelward.userinfo import shown

BRANCH: Final = "refs/heads/modelward/ledger"
SEEN: Final = "refs/modelward/ledger-seen"
"""The ledger commit that this clone has verified last: a ledger that does not contain it was rewound (THREATS T84)."""
_FETCHED: Final = "refs/modelward/ledger-fetched"
_TRUST: Final = "state/trust.json"
_PEOPLE: Final = "policies/people.yaml"
_AT_ONCE: Final = 500
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_REMEDY: Final = "nothing that raises risk happens until a person gives --ledger-root"


class LedgerDoubted(CannotEvaluate):
    """The ledger is not what it was, or not what a machine of this repository wrote: an alarm, and no mere failure."""


class LedgerRaced(ModelwardError):
    """Another reconciler wrote first: read again, and plan again."""


class LedgerAway(RemoteAway):
    """The repository that keeps the ledger cannot be reached."""


@dataclass(frozen=True)
class Ledger:
    """The ledger at one verified commit; `commit` is None while there is none."""

    git: Git
    commit: str | None
    state: State

    @cached_property
    def commits(self) -> frozenset[str]:
        """Every commit of the ledger, which what a registry is anchored to must be one of."""
        return frozenset() if self.commit is None else frozenset(self.git.text("rev-list", self.commit).split())


@dataclass(frozen=True)
class LedgerBranch:
    """Where the ledger is kept: the branch in `remote`, or in this repository alone when that is None."""

    git: Git
    remote: str | None

    def tip(self) -> str | None:
        """The commit that the branch is at now, fetched if it is elsewhere; raises `LedgerAway`."""
        if self.remote is None:
            return _resolved(self.git, BRANCH)
        try:
            return self._elsewhere(self.remote).fetched(_FETCHED)
        except RemoteAway as error:
            raise LedgerAway(
                f"the ledger in `{shown(self.remote)}` cannot be read: {error.message}", error.remedy
            ) from error

    def publish(self, commit: str, before: str | None) -> None:
        """Let the branch be at `commit`, if it still is at `before`; raises `LedgerRaced` or `LedgerAway`."""
        if self.remote is None:
            try:
                self.git.run("update-ref", BRANCH, commit, before or "0" * len(commit))
            except CannotEvaluate as error:
                if self.tip() != before:
                    raise LedgerRaced("another run wrote the ledger first", "run again") from error
                raise LedgerAway(f"the ledger cannot be written here: {error.message}", error.remedy) from error
            return
        try:
            self._elsewhere(self.remote).publish(commit, before)
        except Overtaken as error:
            raise LedgerRaced("another run wrote the ledger first", "run again") from error
        except (RemoteAway, PushRefused) as error:
            raise LedgerAway(f"`{shown(self.remote)}` takes no ledger: {error.message}", error.remedy) from error

    def _elsewhere(self, remote: str) -> RemoteBranch:
        return RemoteBranch(self.git, remote, BRANCH)


def verified(git: Git, tip: str | None, main: str, seen: str | None) -> Ledger:
    """The ledger at `tip`, with every commit verified after the one that was `seen` before.

    What it trusts must have led to the commit `main`: elsewhere anybody could name people of their own.

    Raises `LedgerDoubted` for a ledger that lost what was seen, branches, changes or removes a record, bears
    a signature of nobody who may write it, or says another state than its records come to.
    """
    if tip is None:
        if seen is not None:
            raise LedgerDoubted(f"the ledger is gone: this clone knows it at {seen[:12]}", _put_back(seen))
        return Ledger(git, None, State())
    git.require_whole()
    if seen is not None and not git.is_ancestor(seen, tip):
        rewound = git.is_ancestor(tip, seen)
        why = f"the ledger at {tip[:12]} has lost {seen[:12]}, which this clone has seen"
        raise LedgerDoubted(why, _put_back(seen) if rewound else _REMEDY)
    state = State() if seen is None else _read_state(git, seen)
    for records in _Chain(git, seen, main).to(tip):
        state = folded(state, records)
    if written_state(state) != _state_files(git, tip):
        raise LedgerDoubted(f"the ledger at {tip[:12]} says another state than its records come to", _REMEDY)
    return Ledger(git, tip, state)


def _put_back(commit: str) -> str:
    return f"ask who took it away, and put it back: git push REMOTE {commit}:{BRANCH}; {_REMEDY}"


def remembered(ledger: Ledger) -> None:
    """Let this clone know the ledger at a verified commit, so that it is missed if it is ever lost."""
    if ledger.commit is not None:
        ledger.git.run("update-ref", SEEN, ledger.commit)


def last_seen(git: Git) -> str | None:
    """The ledger commit that this clone has verified last."""
    return _resolved(git, SEEN)


def as_of(git: Git, main: str) -> State:
    """What the ledger, as this repository knows it, said when `main` was the newest that it could have judged.

    A change is judged by what was known before it: a record of it, or of what came after, would judge in its own cause.
    """
    tip = known_tip(git)
    if tip is None:
        return State()
    commits = git.text("rev-list", tip).split()

    def early(commit: str) -> bool:
        (data,) = git.blobs([f"{commit}:{_TRUST}"])
        return git.is_ancestor(read(data, Trust, f"trust of {commit[:12]}").trusted, main)

    # It is nearly always the newest. What a ledger trusts only ever goes forward, so that the others can be halved.
    at = 0 if early(tip) else bisect_left(commits, 1, lo=1, key=lambda commit: int(early(commit)))
    if at == len(commits):
        return State()
    seen = last_seen(git)
    known = seen if seen is not None and git.is_ancestor(seen, commits[at]) else None
    return verified(git, commits[at], main, known).state


def known_tip(git: Git) -> str | None:
    """The ledger's commit as this repository knows it without asking another: its branch, or as last fetched."""
    return _resolved(git, BRANCH) or _resolved(git, "refs/remotes/origin/modelward/ledger")


def rooted(git: Git, commit: str | None) -> None:
    """Let a person vouch for the ledger at a commit, or for none: what this clone has seen of another is forgotten."""
    if commit is not None:
        git.run("update-ref", SEEN, commit)
    elif last_seen(git) is not None:
        git.run("update-ref", "-d", SEEN)


def extended(ledger: Ledger, records: Sequence[LedgerRecord], message: str, key: Path) -> Ledger:
    """The ledger with some more records, in a commit that `key` signs; it is nowhere published yet.

    A record that stands already is not told twice: whoever derives the state again finds it once.
    """
    records = lacking(ledger, sorted(records, key=record_path))
    state = folded(ledger.state, records)
    files = {record_path(one): written(one) for one in records}
    before = written_state(ledger.state)
    files |= {path: data for path, data in written_state(state).items() if before.get(path) != data}
    return Ledger(ledger.git, committed(ledger.git, ledger.commit, files, message, key), state)


def require_believed(new: Ledger, before: Ledger, main: str) -> None:
    """Refuse to publish what no other reader would believe: a key that may not write it, or a clock that is wrong."""
    assert new.commit is not None
    try:
        for _ in _Chain(new.git, before.commit, main).to(new.commit):
            pass
    except LedgerDoubted as doubted:
        remedy = "is this the reconciler's key, listed in policies/people.yaml, and is this machine's clock right?"
        raise CannotEvaluate(f"nobody would believe what this run writes: {doubted.message}", remedy) from doubted


def writers(people: People) -> frozenset[str]:
    """The keys of the machines that may write the ledger, whether they count now or not."""
    return frozenset(
        " ".join(one.key.split()[:2])
        for machine in people.machines.values()
        if "ledger" in machine.may
        for one in machine.keys
    )


def lacking(ledger: Ledger, records: Sequence[LedgerRecord]) -> list[LedgerRecord]:
    """Those of some records that do not stand in the ledger."""
    if ledger.commit is None:
        return list(records)
    paths = [record_path(one) for one in records]
    # Each folder is listed once: to look for one record of many among many others takes as long.
    folders = {path.rpartition("/")[0] for path in paths}
    known = {f"{folder}/{name}" for folder in folders for name in ledger.git.names(ledger.commit, folder)}
    return [one for one, path in zip(records, paths, strict=True) if path not in known]


def written_state(state: State) -> dict[str, bytes]:
    """The files in which a state stands."""
    files = {f"state/{model}/{name}.json": written(one) for (model, name), one in state.environments.items()}
    return files if state.trust is None else files | {_TRUST: written(state.trust)}


class _Chain:
    """The commits of a ledger after a verified one, each held against the people of its parent's trusted commit.

    A key counts by the newest time that the ledger tells so far: what one writes may be older than what others have
    written meanwhile, but no date on it lets a key write that has ended by then (THREATS T19).
    """

    def __init__(self, git: Git, after: str | None, main: str) -> None:
        self._git = git
        self._expected = after
        self._main = main
        self._people: dict[str, People] = {}
        self._at = datetime.min.replace(tzinfo=UTC)

    def to(self, tip: str) -> Iterator[tuple[LedgerRecord, ...]]:
        """What each commit up to `tip` adds, oldest first; the records of one in the order of their names."""
        since = [] if self._expected is None else [f"^{self._expected}"]
        lines = self._git.text("rev-list", "--reverse", "--topo-order", "--parents", tip, *since).splitlines()
        self._at = _newest(self._git, self._expected if lines else None)
        for some in batched(lines, _AT_ONCE):
            yield from self._verified([line.split() for line in some])

    def _verified(self, links: Sequence[Sequence[str]]) -> Iterator[tuple[LedgerRecord, ...]]:
        """The same of some commits, each given with its parents; git is asked once for all of them."""
        commits = [ids[0] for ids in links]
        raw = self._git.commits(commits)
        trusted = self._trusted([(ids[1:] or ids[:1])[0] for ids in links])
        people = self._people_of(trusted)
        added = self._added(commits)
        for ids, data, trust in zip(links, raw, trusted, strict=True):
            commit, *before = ids
            if before != ([] if self._expected is None else [self._expected]):
                raise LedgerDoubted(f"ledger commit {commit[:12]} does not follow the one before it", _REMEDY)
            records = added[commit]
            self._at = max((self._at, *(record.at for record in records)))
            self._check_signed(commit, data or b"", people[trust])
            yield records
            self._expected = commit

    def _check_signed(self, commit: str, raw: bytes, people: People) -> None:
        try:
            signer = commit_signer(raw)
        except SignatureRefused as refused:
            raise LedgerDoubted(f"ledger commit {commit[:12]}: {refused.message}", _REMEDY) from refused
        if signer.line not in machine_keys(people, "ledger", self._at):
            raise LedgerDoubted(f"ledger commit {commit[:12]} is signed by no machine that may write it", _REMEDY)

    def _trusted(self, commits: Sequence[str]) -> list[str]:
        """The commit of main that each ledger commit trusts; all of them have led to main."""
        found = self._git.blobs(f"{commit}:{_TRUST}" for commit in commits)
        trusted = [
            read(data, Trust, f"trust of {commit[:12]}").trusted for commit, data in zip(commits, found, strict=True)
        ]
        for one in self._git.not_before(self._main, dict.fromkeys(trusted)):
            why = f"the ledger trusts {one[:12]}, which did not lead to {self._main[:12]}"
            raise LedgerDoubted(why, "fetch the newest main; the ledger never goes back to an older one")
        return trusted

    def _people_of(self, trusted: Sequence[str]) -> Mapping[str, People]:
        """The people of each commit of main; the same file is read once."""
        commits = list(dict.fromkeys(trusted))
        files = list(self._git.object_ids(f"{commit}:{_PEOPLE}" for commit in commits))
        for commit, file in zip(commits, files, strict=True):
            if file not in self._people:
                self._people[file] = Snapshot(GitSource(self._git, commit, ["policies"])).people.spec
        return {commit: self._people[file] for commit, file in zip(commits, files, strict=True)}

    def _added(self, commits: Sequence[str]) -> Mapping[str, tuple[LedgerRecord, ...]]:
        """The records that each commit adds; nothing else may it do beside changing the state."""
        paths = {commit: self._new_records(commit, changes) for commit, changes in self._git.changes(commits).items()}
        wanted = [(commit, path, object_id) for commit, new in paths.items() for path, object_id in sorted(new.items())]
        found: dict[str, list[LedgerRecord]] = {commit: [] for commit in commits}
        contents = self._git.blobs(object_id for _, _, object_id in wanted)
        for (commit, path, _), data in zip(wanted, contents, strict=True):
            one = read(data, LedgerRecord, path)
            if record_path(one) != path:
                raise LedgerDoubted(f"{path} is no record of that name", _REMEDY)
            found[commit].append(one)
        return {commit: tuple(records) for commit, records in found.items()}

    def _new_records(self, commit: str, changes: Iterable[Change]) -> Mapping[str, str]:
        new: dict[str, str] = {}
        for change in changes:
            if change.path.startswith("records/") and change.status == "A":
                new[change.path] = change.object_id
            elif not change.path.startswith("state/") or change.status == "D":
                raise LedgerDoubted(f"ledger commit {commit[:12]} changes or removes {change.path}", _REMEDY)
        return new


def _read_state(git: Git, commit: str) -> State:
    """The state that a verified commit says."""
    trust: Trust | None = None
    environments: dict[Where, EnvironmentState] = {}
    for path, data in _state_files(git, commit).items():
        if path == _TRUST:
            trust = read(data, Trust, path)
        else:
            one = read(data, EnvironmentState, path)
            environments[ModelName(one.model), EnvironmentName(one.environment)] = one
    return State(trust, environments)


def _state_files(git: Git, commit: str) -> Mapping[str, bytes]:
    source = GitSource(git, commit, ["state"])
    return {entry.path: data for entry, data in source.read(source.entries("state"))}


def _newest(git: Git, commit: str | None) -> datetime:
    """The time of the newest record at a verified commit, which its name tells: names of records sort by time."""
    folder = "records"
    for _ in ("year", "month", "record"):
        names = [] if commit is None else git.names(commit, folder)
        if commit is None or not names:
            return datetime.min.replace(tzinfo=UTC)
        folder = f"{folder}/{names[-1]}"
    try:
        return datetime.strptime(PurePosixPath(folder).name.partition("-")[0], _STAMP).replace(tzinfo=UTC)
    except ValueError as error:
        raise LedgerDoubted(f"{folder} is no record of that name", _REMEDY) from error


def _resolved(git: Git, ref: str) -> str | None:
    return git.text("for-each-ref", "--format=%(objectname)", ref) or None
