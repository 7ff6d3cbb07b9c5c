"""The changes of a manifest: what a model is, and which release serves where."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from modelward.errors import Denied
from modelward.gate.fields import Change, Kinds, always, field_change, uncovered
from modelward.gate.scopes import Scope
from modelward.gate.wording import differing
from modelward.rules.base import Held
from modelward.specs.manifest import Deployment, Manifest
from modelward.specs.scalars import EnvironmentName, Spec
from modelward.specs.signoff import ChangeKind
from modelward.tree.file import File

MANIFEST: Final[Mapping[str, ChangeKind]] = {
    "schema_": "identity",
    "model": "identity",
    "registered_model": "identity",
    "summary": "documentation",
    "sponsor": "ownership",
    "on_call": "ownership",
    "escalation": "ownership",
    "tier": "tier",
    "compliance": "compliance",
    "limitations": "documentation",
    "task": "identity",
    "inputs": "identity",
    "label": "identity",
    "rules": "identity",
    "fallback": "identity",
    "features": "identity",
    "views": "identity",
    "retraining": "retraining",
}
"""The kind of each field of the manifest that has one kind; the others are told apart below."""

ENDS_WITH: Final[Mapping[ChangeKind, frozenset[str]]] = {
    "promotion": frozenset({"resume", "promote_step", "abort"}),
    "rollback": frozenset({"resume", "promote_step"}),
}
"""What was said of the release before, and may go in the step that moves on from it without further signatures.

A rollback does not take an `abort` with it: whoever may go back alone could else let what was aborted begin again.
"""

OWNER: Final[Mapping[str, ChangeKind]] = {"team": "ownership", "contact": "documentation"}


def manifest_changes(scope: Scope, before: File[Manifest], after: File[Manifest], held: Held) -> Iterator[Change]:
    """Every change of a manifest; a release that was `held` here returns, any other is promoted."""
    model = after.spec.model
    for name, old, new in differing(before.spec, after.spec):
        if name in MANIFEST:
            yield field_change(scope, MANIFEST[name], after, name, old, new)
        elif name == "owner":
            yield from _owner(scope, after, old, new)
        elif name == "outputs":
            yield field_change(scope, _output_kind(old, new), after, name, old, new)
        elif name == "retired":
            kind: ChangeKind = "model-added" if new is None else "model-retired"
            yield field_change(scope, kind, after, name, old, new)
        elif name == "deployments":
            for environment in sorted(old.keys() | new.keys()):
                pair = (old.get(environment), new.get(environment))
                yield from _deployment(scope, after, environment, *pair, held)
        else:
            raise uncovered(after.path, name)
    if model != before.spec.model:
        raise Denied(f"{after.path} gives the model another name", "a model's name is its identity for ever")


def _owner(scope: Scope, file: File[Manifest], old: Spec | None, new: Spec | None) -> Iterator[Change]:
    if old is None or new is None:
        yield field_change(scope, "ownership", file, "owner", old, new)
        return
    for name, was, is_ in differing(old, new):
        if name not in OWNER:
            raise uncovered(file.path, f"owner.{name}")
        yield field_change(scope, OWNER[name], file, ("owner", name), was, is_)


def _output_kind(old: tuple[Spec, ...], new: tuple[Spec, ...]) -> ChangeKind:
    """A scoring threshold that moves decides otherwise about people; nobody can prove that it is tighter."""
    bare = [[one.model_copy(update={"threshold": None}) for one in outputs] for outputs in (old, new)]
    return "threshold-loosened" if bare[0] == bare[1] else "identity"


def _deployment(
    scope: Scope,
    file: File[Manifest],
    environment: EnvironmentName,
    old: Deployment | None,
    new: Deployment | None,
    held: Held,
) -> Iterator[Change]:
    model = file.spec.model
    if new is None:
        place = file.place("deployments")
        what = f"nothing is deployed to {environment} any more"
        yield Change(scope, "fallback", what, place, model, environment, None if old is None else old.release, None)
        return
    ended: tuple[str, ...] = ()
    if old is None or old.release != new.release:
        # Where nothing is deployed nothing goes back: all that stood beside the release before is gone with it.
        returns = old is not None and new.release in held(model, environment)
        kind: ChangeKind = "rollback" if returns else "promotion"
        ended = (
            tuple(name for name, _, is_ in differing(old, new) if is_ is None and name in ENDS_WITH[kind])
            if old
            else ()
        )
        yield move(scope, file, environment, old, new, kind, ended)
    for name, was, is_ in differing(old or Deployment(release=new.release), new):
        if name == "release" or name in ended:
            continue
        if name not in SWITCHES:
            raise uncovered(file.path, f"deployments.{environment}.{name}")
        pointer = ("deployments", environment, name)
        yield field_change(scope, SWITCHES[name](was, is_), file, pointer, was, is_, environment)


def _flag(_was: bool | None, is_: bool | None) -> ChangeKind:
    """A flag that is not written is on."""
    return "fallback" if is_ is False else "enable"


def _hold(was: Any, is_: Any) -> ChangeKind:
    if is_ is None or (was is not None and is_.until < was.until):
        return "unhold"
    return "hold"


def _abort(was: str | None, _is: str | None) -> ChangeKind:
    """Another id takes the old one away: the rollout that it ended would begin again."""
    return "fallback" if was is None else "enable"


SWITCHES: Final[Mapping[str, Kinds]] = {
    "ml_enabled": _flag,
    "feedback_enabled": _flag,
    "hold": _hold,
    "resume": always("resume"),
    "promote_step": always("promote-step"),
    "abort": _abort,
    "tenants": always("tenant"),
}


def move(
    scope: Scope,
    file: File[Manifest],
    environment: EnvironmentName,
    old: Deployment | None,
    new: Deployment,
    kind: ChangeKind,
    ended: Sequence[str] = (),
) -> Change:
    """A release that takes the place of another in an environment, and what `ended` with that one."""
    was = None if old is None else old.release
    gone = "".join(f", without {name} {getattr(old, name)}" for name in ended)
    what = f"{environment}: {was or 'nothing'} -> {new.release}{gone}"
    place = file.place("deployments", environment, "release")
    return Change(scope, kind, what, place, file.spec.model, environment, was, new.release)
