"""Two documents side by side: what one says and the other does not, and where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isclose
from typing import Any, Final

from modelward.tree.place import Pointer
from modelward.tree.text import shown

TOLERANCE: Final = 1e-9
"""How far two numbers may lie apart, absolutely or relative to their size, and still be the same."""

_NAMES: Final = ("metric", "check", "group", "name")


@dataclass(frozen=True)
class Difference:
    """A place in a document, and what is wrong with what stands there."""

    pointer: Pointer
    message: str


def differences(said: Any, again: Any, pointer: Pointer = (), subject: str = "") -> Iterator[Difference]:
    """Where the JSON value `said` is not what was computed `again`; numbers may differ by `TOLERANCE`."""
    if isinstance(said, dict) and isinstance(again, dict):
        subject = next((str(said[name]) for name in _NAMES if name in said), subject)
        for key in said.keys() - again.keys():
            yield Difference((*pointer, key), f"{_of(subject, key)} was not found again")
        for key in again.keys() - said.keys():
            yield Difference(pointer, f"{_of(subject, key)} is missing; computed again it is {_shown(again[key])}")
        for key in said:
            if key in again:
                yield from differences(said[key], again[key], (*pointer, key), _of(subject, key))
    elif isinstance(said, list) and isinstance(again, list):
        for index, (one, other) in enumerate(zip(said, again, strict=False)):
            yield from differences(one, other, (*pointer, index), subject)
        if len(said) != len(again):
            yield Difference(pointer, f"{subject} has {len(said)} entries; computed again it has {len(again)}")
    elif not _same(said, again):
        yield Difference(pointer, f"{subject} is {_shown(said)}; computed again it is {_shown(again)}")


def _same(said: Any, again: Any) -> bool:
    if isinstance(said, bool) or isinstance(again, bool):
        return said is again
    if isinstance(said, int | float) and isinstance(again, int | float):
        return isclose(said, again, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return type(said) is type(again) and bool(said == again)


def _of(subject: str, key: str) -> str:
    return f"{subject} {key}".strip()


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.12g}"
    return shown(value if isinstance(value, str | int) else type(value).__name__)
