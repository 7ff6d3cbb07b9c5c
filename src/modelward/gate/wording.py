"""What differs between two values of a spec, in words short enough for a reviewer and complete enough for a signer."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from modelward.specs.scalars import Spec
from modelward.specs.thresholds import Gate

_NAMES: Final = ("name", "incident", "team", "role", "kind", "metric")
"""The fields by which an entry of a list is known, whatever else of it changes."""


def differing(before: Spec, after: Spec) -> Iterator[tuple[str, Any, Any]]:
    """The fields that differ, by the names that the type gives them."""
    for name in type(after).model_fields:
        old, new = getattr(before, name), getattr(after, name)
        if old != new or type(old) is not type(new):
            yield name, old, new


def difference(old: object, new: object) -> str:
    """What was there and what is, down to the values that differ."""
    if isinstance(old, Spec) and isinstance(new, Spec) and type(old) is type(new):
        return ", ".join(
            f"{name.rstrip('_')}{':' if isinstance(one, (Mapping, tuple)) else ''} {difference(one, other)}"
            for name, one, other in differing(old, new)
        )
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return "; ".join(_entries(old, new))
    if isinstance(old, tuple) and isinstance(new, tuple):
        return "; ".join(_entries(_labelled(old), _labelled(new))) or "in another order"
    return f"{shown(old)} -> {shown(new)}"


def shown(value: object) -> str:
    """A value in a few words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Spec):
        return ", ".join(_named(name.rstrip("_"), one) for name, one in value if one not in (None, ()))
    if isinstance(value, Mapping):
        return ", ".join(_named(str(key), one) for key, one in value.items()) or "nothing"
    if isinstance(value, tuple):
        return ("; " if any(isinstance(one, Spec) for one in value) else ", ").join(map(shown, value)) or "nothing"
    return str(value)


def _named(name: str, value: object) -> str:
    return f"{name} ({shown(value)})" if isinstance(value, (Spec, Mapping, tuple)) else f"{name} {shown(value)}"


def _entries(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for key, value in old.items():
        if key not in new:
            yield f"without {_entry(key, value)}"
        elif value != new[key] or type(value) is not type(new[key]):
            yield f"{key}: {difference(value, new[key])}"
    for key, value in new.items():
        if key not in old:
            yield f"with {_entry(key, value)}"


def _entry(key: str, value: object) -> str:
    return key if shown(value) == key else f"{key} ({shown(value)})"


def _labelled(items: tuple[Any, ...]) -> dict[str, Any]:
    """The entries of a list by what they are known as; those without a name by their number."""
    found: dict[str, Any] = {}
    for number, item in enumerate(items, start=1):
        label = _label(item, number)
        found[label if label not in found else f"{label}, entry {number}"] = item
    return found


def _label(item: object, number: int) -> str:
    if isinstance(item, Gate):
        known = [item.metric, f"in {', '.join(item.environments)}"]
        known += [f"of {item.output}"] if item.output else []
        known += [f"by {item.slice}"] if item.slice else []
        known += [f"against {item.versus}"] if item.versus else []
        return " ".join(known)
    if isinstance(item, Spec):
        name = next((str(getattr(item, one)) for one in _NAMES if getattr(item, one, None) is not None), None)
        return name or f"entry {number}"
    return shown(item)
