"""What never shares a step: policy with what it judges, and a demand that is loosened with a release that profits."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from modelward.gate.fields import Change
from modelward.gate.scopes import Scope
from modelward.specs.signoff import ChangeKind
from modelward.tree.place import Place, Problem

LOOSENING: Final[frozenset[ChangeKind]] = frozenset(
    {
        "tier",
        "compliance",
        "threshold-loosened",
        "trigger-removed",
        "canary",
        "approvers",
        "retention-shortened",
    }
)
"""Changes of what is demanded that nobody can prove to be tighter."""
EXPOSING: Final[frozenset[ChangeKind]] = frozenset(
    {"promotion", "enable", "resume", "unhold", "promote-step", "tenant"}
)
"""Changes that put a release, or more of it, before people."""


def mixed_scopes(scopes: Collection[Scope]) -> Iterator[Problem]:
    """Whether a model and the organisation's own files change in one step."""
    models = sorted(scope for scope in scopes if scope.startswith("models/"))
    others = sorted(scope for scope in scopes if not scope.startswith("models/"))
    if models and others:
        yield Problem(
            f"{others[0]} and {models[0]} change in one step, so that what judges changes with what is judged",
            Place(others[0] if others[0] != "repository" else models[0]),
            "make two changes of it, and merge one first",
        )


def mixed_changes(changes: Sequence[Change]) -> Iterator[Problem]:
    """Whether a model loosens what is demanded of it and gains by it in one step."""
    for scope in sorted({change.scope for change in changes}):
        loosening = [change for change in changes if change.scope == scope and change.kind in LOOSENING]
        exposing = [change for change in changes if change.scope == scope and change.kind in EXPOSING]
        if loosening and exposing:
            yield Problem(
                f"`{loosening[0].kind}` ({loosening[0].what}) shares a step with "
                f"`{exposing[0].kind}` ({exposing[0].what})",
                loosening[0].place,
                "make two changes of it, and merge the one that changes the demands first",
            )
