"""All checks, in the order in which one leans on the other; what cannot be reached leaves those behind it unknown."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from modelward.errors import CannotEvaluate, ModelwardError
from modelward.forge.connecting import connect
from modelward.forge.interface import RepositoryName
from modelward.health.branches import branches
from modelward.health.clone import clone, clone_around, remotes_elsewhere
from modelward.health.generated import generated
from modelward.health.machine import machine
from modelward.health.outcomes import Check, Failed, Ok, Unasked, Unknown
from modelward.health.policies import policies
from modelward.health.registries import registries
from modelward.health.signers import signers
from modelward.tree.commit_source import GitSource
from modelward.tree.git import Git, NoRepository
from modelward.tree.snapshot import Snapshot

_ON_GITHUB: Final = "modelward doctor --github OWNER/REPO"


@dataclass(frozen=True)
class Wanted:
    """What is to be examined beside this machine: a commit, and whom to ask."""

    folder: Path
    ref: str
    registries: tuple[str, ...]
    github: RepositoryName | None


def examine(wanted: Wanted, now: datetime, variables: Mapping[str, str] = os.environ) -> Iterator[Check]:
    """Every check; raises `WrongUse` for a registry that the organisation does not name."""
    yield from machine()
    try:
        git = clone_around(wanted.folder)
    except NoRepository as error:
        yield Check("repository", Failed(error.message, error.remedy))
        return
    except CannotEvaluate as error:
        yield Check("repository", Unknown(error.message, error.remedy))
        return
    yield Check("repository", Ok(str(git.root)))
    yield from clone(git)
    try:
        snapshot = Snapshot(GitSource(git, git.commit(wanted.ref)))
        _ = snapshot.source.entries("policies")
    except ModelwardError as error:
        yield Check("policies", Unknown(error.message, error.remedy))
        return
    yield from _governed(wanted, git, snapshot, now, variables)


def _governed(
    wanted: Wanted, git: Git, snapshot: Snapshot, now: datetime, variables: Mapping[str, str]
) -> Iterator[Check]:
    yield from policies(snapshot, git)
    yield from signers(snapshot, now)
    yield from generated(snapshot, remotes_elsewhere(git) if wanted.github is None else ())
    try:
        known = snapshot.registries.spec
    except ModelwardError as error:
        yield Check("registries", Unknown(error.message, error.remedy))
    else:
        yield from registries(known, wanted.registries, now, variables)
    if wanted.github is None:
        yield Check("github", Unasked("what it enforces is not asked for", _ON_GITHUB))
    else:
        yield from branches(connect(wanted.github, variables), snapshot, now)
