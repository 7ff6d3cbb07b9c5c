"""Why several things are as they are, for people: each cause once, with the names of all that it explains."""

from collections.abc import Iterable, Sequence
from typing import Final

_NAMED: Final = 3
"""How many names stand before a cause; of more the first of them, and how many others there are."""


def said_once(reasons: Iterable[tuple[str, str]]) -> str:
    """Names with the reason of each: those that have the same reason stand before it together."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in reasons:
        by_reason.setdefault(reason, []).append(name)
    return "; ".join(f"{_named(names)}: {reason}" for reason, names in by_reason.items())


def _named(names: Sequence[str]) -> str:
    if len(names) <= _NAMED:
        return ", ".join(names)
    return f"{', '.join(names[: _NAMED - 1])}, and {len(names) - _NAMED + 1} more"
