"""One change of one field: its kind, what was there and what is, and its place."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from modelward.errors import CannotEvaluate
from modelward.gate.scopes import Scope
from modelward.gate.wording import difference, differing
from modelward.specs.scalars import EnvironmentName, ModelName
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
    return change(scope, kind, place, f"{'.'.join(written)}: {difference(old, new)}", environment)


def change(
    scope: Scope, kind: ChangeKind, place: Place, what: str, environment: EnvironmentName | None = None
) -> Change:
    """A change at a place, in words."""
    return Change(scope, kind, what, place, ModelName(scope.partition("/")[2]), environment)


def uncovered(path: str, name: str) -> CannotEvaluate:
    """The refusal of a field that nobody has given a kind."""
    return CannotEvaluate(f"no kind of change covers `{name}` of {path}", "take it out of the change, and report it")
