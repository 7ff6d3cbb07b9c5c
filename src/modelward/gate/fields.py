"""One change of one field: its kind, what was there and what is, and its place."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from modelward.errors import CannotEvaluate
from modelward.gate.scopes import Scope
from modelward.specs.scalars import EnvironmentName, ModelName, Spec
from modelward.specs.signoff import ChangeKind
from modelward.tree.file import File
from modelward.tree.place import Place


@dataclass(frozen=True)
class Change:
    """One change of a field: its scope and kind, what was there and what is, and the place of it after the change."""

    scope: Scope
    kind: ChangeKind
    what: str
    place: Place = field(compare=False)
    model: ModelName | None = None
    environment: EnvironmentName | None = None
    before: str | None = None
    after: str | None = None


Kinds = Callable[[Any, Any], ChangeKind]
"""The kind of a field's change, told from its value before and after."""


def always(kind: ChangeKind) -> Kinds:
    """The same kind, whatever the values."""
    return lambda _before, _after: kind


def whole_changes(scope: Scope, kind: ChangeKind, before: File[Any], after: File[Any]) -> Iterator[Change]:
    """Every field of a spec that has one kind as a whole."""
    for name, old, new in differing(before.spec, after.spec):
        yield field_change(scope, kind, after, name, old, new)


def differing(before: Spec, after: Spec) -> Iterator[tuple[str, Any, Any]]:
    """The fields that differ, by the names that the type gives them."""
    for name in type(after).model_fields:
        old, new = getattr(before, name), getattr(after, name)
        if old != new or type(old) is not type(new):
            yield name, old, new


def field_change(
    scope: Scope,
    kind: ChangeKind,
    file: File[Any],
    name: str | tuple[str, ...],
    old: object,
    new: object,
    environment: EnvironmentName | None = None,
) -> Change:
    """The change of one field of a file; `name` is the way to it, as the type calls it."""
    pointer = (name,) if isinstance(name, str) else name
    written = tuple(part.rstrip("_") for part in pointer)
    place = file.place(*written) if new is not None else Place(file.path)
    return change(scope, kind, place, f"{'.'.join(written)}: {_shown(old)} -> {_shown(new)}", environment)


def change(
    scope: Scope, kind: ChangeKind, place: Place, what: str, environment: EnvironmentName | None = None
) -> Change:
    """A change at a place, in words."""
    return Change(scope, kind, what, place, ModelName(scope.partition("/")[2]), environment)


def _shown(value: object) -> str:
    """A value in a few words: a scalar as it is, all else by how much of it there is."""
    if value is None:
        return "nothing"
    if isinstance(value, (tuple, Mapping)):
        return f"{len(value)} entries"
    if isinstance(value, Spec):
        return ", ".join(f"{name} {_shown(one)}" for name, one in value if one is not None)
    return str(value)


def uncovered(path: str, name: str) -> CannotEvaluate:
    """The refusal of a field that nobody has given a kind."""
    return CannotEvaluate(f"no kind of change covers `{name}` of {path}", "take it out of the change, and report it")
