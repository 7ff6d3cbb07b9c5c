"""Bytes to text, refusing whatever two readers could see differently (THREATS T32, T33, T38, T42)."""

import re
import unicodedata
from collections.abc import Callable

from modelward.tree.place import Span

SPEC_BYTES = 256 * 1024
EVIDENCE_BYTES = 4 * 1024 * 1024

# Controls but tab and line feed, formatting characters (Unicode category Cf), the separators that some parsers take
# for line ends, fillers that show as nothing, private use, surrogates and non-characters.
_HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\ue000-\uf8ff\ufdd0-\ufdef\ud800-\udfff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
) + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0xF0000, 0x10000))
HIDDEN = re.compile(f"[{_HIDDEN}]")
_HIDDEN_ASCII = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


class Refused(Exception):
    """A text that the reader refuses; the file's name is added by whoever knows it."""

    def __init__(
        self, message: str, remedy: str, span: Span | None = None, also: tuple[Span, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.span = span
        self.also = also


def decode(data: bytes, limit: int) -> str:
    """The text of `data`, which holds at most `limit` bytes; raises `Refused`."""
    if len(data) > limit:
        raise Refused(
            f"the file has {len(data)} bytes, over the limit of {limit}", "split it, or move large content out"
        )
    if data.startswith(_LFS_POINTER):
        raise Refused("the file is a Git LFS pointer, not the content", "commit the content itself", Span(1, 1, 2))
    if data.isascii():
        if _HIDDEN_ASCII.search(data) is None:
            return data.decode("ascii")
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused("the file is not UTF-8 (it looks like UTF-16)", "save it as UTF-8", Span(1, 1, 2))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        raise Refused("the file is not UTF-8 here", "save it as UTF-8", span_at(before, len(before))) from error
    if (bad := HIDDEN.search(text)) is not None:
        raise Refused(_hidden(bad.group()), "remove it", span_at(text, bad.start()))
    if not unicodedata.is_normalized("NFC", text):
        first = next(i for i, line in enumerate(text.split("\n"), 1) if not unicodedata.is_normalized("NFC", line))
        raise Refused("the text is not in Unicode normal form C", "save it in NFC", Span(first, 1, 2))
    return text


def check_value(value: str, place: Callable[[], Span]) -> None:
    """Refuse a string whose escapes spell what the text itself may not hold; `place` tells where it stands."""
    if (bad := HIDDEN.search(value)) is not None:
        raise Refused(f"an escape spells {_hidden(bad.group())}", "remove it", place())
    if not unicodedata.is_normalized("NFC", value):
        raise Refused("an escape spells text that is not in Unicode normal form C", "write it in NFC", place())


def shown(value: object, most: int = 80) -> str:
    """A value from a file as a message quotes it: what is too long is cut, so that no file can flood a report."""
    text = str(value)
    return text if len(text) <= most else f"{text[:most]}..."


def span_at(text: str, index: int, length: int = 1) -> Span:
    """The place of the character at `index`; only a line feed ends a line."""
    start = text.rfind("\n", 0, index) + 1
    column = index - start + 1
    return Span(text.count("\n", 0, index) + 1, column, column + length)


def _hidden(character: str) -> str:
    if character == "\r":
        return "a carriage return, which some parsers take for a line end; use line feeds only"
    if character == "\ufeff":
        return "a byte order mark (U+FEFF)"
    name = unicodedata.name(character, "a control or unassigned character")
    return f"a character that does not show: U+{ord(character):04X} ({name})"
