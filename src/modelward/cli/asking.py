"""Whom an edit of a model will ask: the kinds of change that it makes, what each requires, and who can sign."""

import os
from collections.abc import Mapping
from datetime import datetime

from modelward.errors import CannotEvaluate, ModelwardError
from modelward.gate.approval import Approvals
from modelward.gate.authorship import Authorship, Commit
from modelward.gate.changes import classify_model
from modelward.gate.opening import standing
from modelward.gate.scopes import Scope
from modelward.gate.step import Step
from modelward.gate.verdict import Verdict
from modelward.ledger.branch import as_of
from modelward.report.terminal import dim, safe
from modelward.report.verdicts import content_as_text
from modelward.rules.judgement import Judgement
from modelward.tree.git import Git
from modelward.tree.overlay import OverlaySource
from modelward.tree.snapshot import Snapshot

_EDIT = "(this edit)"


def asked_as_text(git: Git, snapshot: Snapshot, files: Mapping[str, bytes], scope: Scope, now: datetime) -> str:
    """What new bytes of some files change in the model `scope`, and who is to sign that, for people.

    Where it cannot be told the text says why: the gate will say the same, and nothing is written by this.
    """
    try:
        return content_as_text(_verdict(git, snapshot, files, scope, now), lambda _path: [], lambda _stale: ()).rstrip()
    except ModelwardError as error:
        return dim(f"who is to sign cannot be told: {safe(error.message)}")


def _verdict(git: Git, snapshot: Snapshot, files: Mapping[str, bytes], scope: Scope, now: datetime) -> Verdict:
    head = Snapshot(OverlaySource(snapshot.source, files))
    held = as_of(git, git.upstream_tip() or git.commit("HEAD")).held
    name = scope.removeprefix("models/")
    changes = classify_model(scope, tuple(files), snapshot.model(name), head.model(name), held)
    hands = Authorship([Commit(_EDIT, _author(git), (), tuple(files))], (), "authors")
    before = standing(snapshot, now)
    paths = frozenset(files)
    step = Step(
        snapshot,
        head,
        paths,
        (paths,),
        hands,
        held,
        before.colliding,
        before.reviews,
        before.debts,
        before.brought,
        now,
        is_open=True,
    )
    approval = Approvals(step).of(scope, changes)
    return Verdict("", changes, Judgement(), (), (approval.proposal,), approval.requirements, (), ())


def _author(git: Git) -> str:
    """The address under which git would commit; none where nobody has set one."""
    try:
        return os.environ.get("GIT_AUTHOR_EMAIL") or git.text("config", "user.email")
    except CannotEvaluate:
        return ""
