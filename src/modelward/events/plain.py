"""Text from files and other systems as plain text of bounded length, which speaks for nobody but itself."""

import math
import unicodedata
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"
"""A plain value of JSON."""

MOST_LINES: Final = 60
_MOST_ITEMS: Final = 100
_MOST_LEVELS: Final = 5
_LONGEST: Final = 1_000
# Beyond this, readers that take every number for a double no longer tell two integers apart.
_GREATEST: Final = 2**53
_SPACES: Final = frozenset("\t\n\v\f\r\x85\u2028\u2029")
# Controls, marks of direction, what has no width, halves of pairs, and what each program shows as it likes.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co"})
# Full-width twins of what starts a mention, a link, a tag or emphasis in some chat or mail program.
_INERT: Final = str.maketrans({"<": "＜", ">": "＞", "@": "＠", "[": "［", "]": "］", "`": "｀", "*": "＊", "~": "～"})


def line(text: str, limit: int) -> str:
    """The text on one line of at most `limit` characters, without any that are hidden or steer."""
    shown = " ".join("".join(map(_visible, text)).split())
    return shown if len(shown) <= limit else shown[: limit - 1].rstrip() + "…"


def paragraphs(text: str, limit: int) -> str:
    """The same on as many lines as the text has, up to a bound."""
    lines = [line(one, limit) for one in text.split("\n")[:MOST_LINES]]
    shown = "\n".join(lines).strip("\n")
    return shown if len(shown) <= limit else shown[: limit - 1].rstrip() + "…"


def inert(text: str) -> str:
    """Text in which no program that shows it finds a mention, a link, a tag or emphasis; people read the same."""
    return text.translate(_INERT).replace("://", "：//")


def plain(value: object, level: int = 0) -> Json:
    """A value of JSON, bounded in size and depth, that cannot be changed any more.

    A number that JSON cannot write, or that readers round, becomes text; so does any other value.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _GREATEST else line(str(value), _LONGEST)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str | bytes) and level >= _MOST_LEVELS:
        return "…"
    if isinstance(value, Mapping):
        return plain_mapping(value, level)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return tuple(plain(item, level + 1) for item in value[:_MOST_ITEMS])
    return line(str(value), _LONGEST)


def plain_mapping(values: Mapping[str, object], level: int = 0) -> Mapping[str, Json]:
    """A mapping of such values; of very many, the first."""
    items = list(values.items())[:_MOST_ITEMS]
    return MappingProxyType({line(str(name), 100): plain(value, level + 1) for name, value in items})


def _visible(character: str) -> str:
    if character in _SPACES:
        return " "
    return "" if unicodedata.category(character) in _HIDDEN else character
