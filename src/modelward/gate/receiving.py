"""What a push may do to the branches that are trusted: asked by a server before it takes the objects in."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from modelward.errors import CannotEvaluate, WrongUse
from modelward.gate.verdict import Verdict
from modelward.gate.walk import Before, walk
from modelward.ledger.branch import BRANCH, as_of, verified
from modelward.policy.people import machine_keys
from modelward.signing.commits import commit_signer
from modelward.signing.sshsig import SignatureRefused
from modelward.tree.commit_source import GitSource
from modelward.tree.git import Git
from modelward.tree.snapshot import Snapshot

_HANDED_DOWN: Final = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")


@dataclass(frozen=True)
class Update:
    """One branch or tag that a push moves: from and to a commit, each None where there is none."""

    ref: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Refused:
    """An update that may not be, and why; with the verdict where one was given."""

    update: Update
    why: str
    remedy: str
    verdict: Verdict | None = None


def git_of_hook(environment: Mapping[str, str], folder: Path) -> Git:
    """The repository that a hook runs in, with the pushed objects; `WrongUse` when a variable leads out of it."""
    root = (folder / environment.get("GIT_DIR", ".")).resolve()
    handed = []
    for name in _HANDED_DOWN:
        value = environment.get(name)
        if value is None:
            continue
        for path in value.split(os.pathsep):
            if not (folder / path).resolve().is_relative_to(root):
                raise WrongUse(f"{name} leads out of {root}", "call this from the pre-receive hook of the repository")
        handed.append((name, os.pathsep.join(str((folder / path).resolve()) for path in value.split(os.pathsep))))
    return Git(root, tuple(handed))


def read_updates(lines: Iterable[str]) -> Iterator[Update]:
    """The updates that git tells a pre-receive hook; raises `CannotEvaluate` for anything else."""
    for line in lines:
        words = line.rstrip("\n").split(" ", 2)
        if len(words) != 3 or not all(set(word) <= set("0123456789abcdef") and word for word in words[:2]):
            raise CannotEvaluate("standard input is not what git tells a pre-receive hook", "call this from that hook")
        old, new = (None if set(word) == {"0"} else word for word in words[:2])
        yield Update(words[2], old, new)


def refused(git: Git, updates: Iterable[Update], now: datetime) -> Iterator[Refused]:
    """The updates that may not be: of the main branch what the walk does not trust, of the ledger what is no ledger."""
    main = git.text("symbolic-ref", "HEAD")
    for update in updates:
        if update.ref in (main, BRANCH):
            refusal = _moved_back(git, update, main)
            if refusal is None:
                refusal = _main(git, update, now) if update.ref == main else _ledger(git, update, main, now)
            if refusal is not None:
                yield refusal


def _moved_back(git: Git, update: Update, main: str) -> Refused | None:
    if update.new is None:
        return Refused(update, f"{update.ref} is never deleted", "push no deletion of it")
    if update.old is None:
        if update.ref == main:
            remedy = "let an administrator push the first commit before the hook is installed"
            return Refused(update, f"{update.ref} has no commit yet from which anything could be judged", remedy)
        return None
    if not git.is_ancestor(update.old, update.new):
        return Refused(
            update, f"{update.ref} only moves forward: its history is never rewritten", "push without --force"
        )
    return None


def _main(git: Git, update: Update, now: datetime) -> Refused | None:
    assert update.old is not None
    assert update.new is not None
    memory = as_of(git, update.old)
    walked = walk(git, Before(update.old, {}, memory.held, memory.debts), update.new, lambda _commit: now)
    verdicts = [walked.stopped, *(held.verdict for held in walked.held_back.values())]
    denied = next((verdict for verdict in verdicts if verdict is not None), None)
    if denied is None:
        return None
    return Refused(update, f"{update.ref} takes only what may be merged", "see the verdict", denied)


def _ledger(git: Git, update: Update, main: str, now: datetime) -> Refused | None:
    assert update.new is not None
    people = Snapshot(GitSource(git, git.commit(main), ["policies"])).people.spec
    since = [] if update.old is None else [f"^{update.old}"]
    commits = git.text("rev-list", "--end-of-options", update.new, *since).split()
    keys = machine_keys(people, "ledger", now)
    for commit, raw in zip(commits, git.commits(commits), strict=True):
        try:
            signer = commit_signer(raw or b"")
        except SignatureRefused as error:
            return Refused(update, f"ledger commit {commit[:12]}: {error.message}", "only the reconciler writes there")
        if signer.line not in keys:
            why = f"ledger commit {commit[:12]} is signed by no machine that may write the ledger"
            return Refused(update, why, "only the reconciler writes there")
    return _rewritten(git, update, git.commit(main))


def _rewritten(git: Git, update: Update, main: str) -> Refused | None:
    """The refusal of a ledger that changes what it has said, even over a machine's signature (THREATS T59, T60)."""
    try:
        verified(git, update.new, main, update.old)
    except CannotEvaluate as doubted:
        return Refused(update, doubted.message, "records are only ever added, each commit upon the last")
    return None
