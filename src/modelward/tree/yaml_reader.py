"""Strict YAML: one mapping of plain values, read in one pass over the parser's events.

The pass keeps its own stack, so that no depth can exhaust the interpreter's, and stops at the first event that is
not allowed. What remains is the part of YAML that every YAML 1.2 reader sees alike (THREATS T31, T35 to T40).
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import yaml

from modelward.tree.place import Pointer, Span
from modelward.tree.text import SPEC_BYTES, Refused, check_value, decode, shown, span_at

MAX_DEPTH = 32
MAX_NODES = 50_000
MAX_DIGITS = 18

_CONSTANTS = {"null": None, "true": True, "false": False}
_JSON_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
# What YAML 1.1 or another YAML 1.2 reader takes for something else than a string.
_AMBIGUOUS = re.compile(
    r"~|<<|=|(?i:null|true|false|yes|no|on|off|y|n)"
    r"|[-+]?(?:0[xob][0-9A-Fa-f_]+|[0-9][0-9_]*|[0-9_]*\.[0-9_]*)(?:[eE][-+]?[0-9]*)?"
    r"|[-+][0-9_]+"
    r"|[-+]?[0-9][0-9_]*(?::[0-9]+)+(?:\.[0-9_]*)?"
    r"|[-+]?(?i:\.inf|\.nan)"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*"
    r"|[0-9]+\.[0-9]+\.[0-9][-+.0-9A-Za-z]*"
)
# The first line of a block scalar (`|` or `>`), and the line after it, as every YAML reader takes them.
_BLOCK_SCALAR = re.compile(r"[|>](?:[1-9][-+]?|[-+][1-9]?)? *(?: #[^\n]*)?(?:\n(?! +(?:\n|$))|$)")
_SCALAR, _MAPPING, _SEQUENCE = yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent
_ENDS = frozenset({yaml.MappingEndEvent, yaml.SequenceEndEvent})
_PLAIN = (None, "")
_BLOCK = ("|", ">")


class _Mapping:
    """A mapping under construction: the pending key, and where each key stood."""

    __slots__ = ("key", "keys", "value")

    def __init__(self) -> None:
        self.value: dict[str, Any] = {}
        self.keys: dict[str, Any] = {}
        self.key: str | None = None


def read_yaml(data: bytes) -> dict[str, Any]:
    """The mapping that `data` writes; sequences become tuples. Raises `Refused` with the exact place."""
    text = decode(data, SPEC_BYTES)
    if (tab := text.find("\t")) >= 0:
        raise Refused("a tab, which YAML readers treat differently", "write spaces", span_at(text, tab))
    try:
        return _build(text)
    except yaml.YAMLError as error:
        raise _refusal(error) from error


def _build(text: str) -> dict[str, Any]:
    root: dict[str, Any] | None = None
    stack: list[_Mapping | list[Any]] = []
    nodes = 0
    value: Any
    top: _Mapping | list[Any] | None = None
    for event in _events(text):
        # This runs for every value of a fleet, and an exact class is told in a third of the time of an instance.
        kind = type(event)
        if kind is _SCALAR:
            if type(top) is _Mapping and top.key is None:
                _set_key(top, event)
                continue
            if event.style in _BLOCK:
                _check_block(text, event)
            value = _scalar(event)
        elif kind is _MAPPING or kind is _SEQUENCE:
            _check_node(event)
            if type(top) is _Mapping and top.key is None:
                raise Refused("a mapping's key must be a string", "write a plain key", _span(event))
            if len(stack) >= MAX_DEPTH:
                raise Refused(f"nested deeper than {MAX_DEPTH} levels", "flatten it", _span(event))
            if top is None and kind is _SEQUENCE:
                raise Refused("the document is a sequence", "write one mapping", _span(event))
            top = _Mapping() if kind is _MAPPING else []
            stack.append(top)
            continue
        elif kind in _ENDS:
            done = stack.pop()
            value = done.value if type(done) is _Mapping else tuple(done)  # type: ignore[arg-type]
            top = stack[-1] if stack else None
            if top is None:
                root = value
                continue
        else:
            _check_document(event, seen=root is not None)
            continue
        nodes += 1
        if nodes > MAX_NODES:
            raise Refused(f"more than {MAX_NODES} values", "split the file", _span(event))
        if type(top) is _Mapping and top.key is not None:
            top.value[top.key] = value
            top.key = None
        elif type(top) is list:
            top.append(value)
        else:
            raise Refused("the document is a single value", "write one mapping", _span(event))
    if root is None:
        raise Refused("the file holds no document", "write one mapping", Span(1, 1, 2))
    return root


def _events(text: str) -> Iterator[Any]:
    parser = yaml.CSafeLoader(text)
    try:
        yield from iter(parser.get_event, None)
    finally:
        parser.dispose()


def _check_document(event: yaml.Event, *, seen: bool) -> None:
    if isinstance(event, yaml.AliasEvent):
        raise Refused(f"an alias (`*{shown(event.anchor)}`)", "write the value out", _span(event))
    if isinstance(event, yaml.DocumentStartEvent):
        if seen:
            raise Refused("a second document", "one file holds one document", _span(event))
        if event.version or event.tags:
            raise Refused("a YAML directive", "remove it", Span(1, 1, 2))
    if isinstance(event, yaml.DocumentEndEvent) and event.explicit:
        raise Refused("a mark for the document's end (`...`)", "remove it", _span(event))


def _check_node(event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
    if event.anchor is not None:
        raise Refused(f"an anchor (`&{shown(event.anchor)}`)", "write the value out where it is used", _span(event))
    if event.tag is not None:
        raise Refused(f"an explicit tag (`{shown(event.tag)}`)", "remove it; the field's type is fixed", _span(event))


def _set_key(mapping: _Mapping, event: yaml.ScalarEvent) -> None:
    if event.style in _PLAIN and event.value == "<<":
        raise Refused("a merge key (`<<`)", "write the keys out", _span(event))
    key = _scalar(event)
    if not isinstance(key, str):
        raise Refused(
            f"the key `{shown(event.value)}` is not a string", f'quote it: "{shown(event.value)}"', _span(event)
        )
    if (first := mapping.keys.get(key)) is not None:
        raise Refused(
            f"the key `{shown(key)}` stands twice",
            "remove one of the two",
            _span(event),
            also=(_mark_span(first), "first here"),
        )
    mapping.keys[key] = event.start_mark
    mapping.key = key


def _scalar(event: yaml.ScalarEvent) -> str | int | float | bool | None:
    _check_node(event)
    text: str = event.value
    if event.style not in _PLAIN:
        if event.style == '"':
            check_value(text, lambda: _span(event))
        return text
    if _is_plain(text):
        return text
    if text == "":
        raise Refused("an empty value", "write `null` if there is none", _span(event))
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _JSON_NUMBER.fullmatch(text) is None:
        raise Refused(
            f"`{shown(text)}` means different things to different YAML readers",
            f'quote it: "{shown(text)}"',
            _span(event),
        )
    return _number(text, event)


@lru_cache(4096)
def _is_plain(text: str) -> bool:
    """Whether every reader takes it for a string; remembered, since the keys of all files are the same few."""
    return text != "" and _AMBIGUOUS.fullmatch(text) is None


def _check_block(text: str, event: yaml.ScalarEvent) -> None:
    start: Any = event.start_mark
    if _BLOCK_SCALAR.match(text, start.index) is None:
        raise Refused(
            "a block scalar that YAML readers take differently",
            "put nothing but a comment after its sign, and no line of spaces below it",
            _span(event),
        )


def _number(text: str, event: yaml.ScalarEvent) -> int | float:
    if _JSON_INTEGER.fullmatch(text):
        if len(text.lstrip("-")) > MAX_DIGITS:
            raise Refused(f"an integer of more than {MAX_DIGITS} digits", "quote it if it is a name", _span(event))
        return int(text)
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise Refused(f"`{shown(text)}` is too large for a number", "write a finite number", _span(event))
    return value


def _span(event: yaml.Event) -> Span:
    return _mark_span(event.start_mark, event.end_mark)


def _mark_span(start: Any, end: Any = None) -> Span:
    column = start.column + 1
    last = end.column + 1 if end is not None and end.line == start.line else column + 1
    return Span(start.line + 1, column, max(last, column + 1))


def _refusal(error: yaml.YAMLError) -> Refused:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "no YAML"
    return Refused(f"this is no YAML: {problem}", "correct the syntax", _mark_span(mark) if mark else Span(1, 1, 2))


class Located:
    """Where one value stands in the text: indexes of its first character and the one after its last, and its style."""

    __slots__ = ("end", "start", "style")

    def __init__(self, start: int, end: int, style: str | None) -> None:
        self.start = start
        self.end = end
        self.style = style


def locate(text: str, pointer: Pointer, *, key: bool = False) -> Located | None:
    """Where the value at `pointer` stands in `text`, or with `key` the key that names it; None when it is not there.

    `text` is one that `read_yaml` accepted.
    """
    lines = [0]
    for line in text.split("\n"):
        lines.append(lines[-1] + len(line) + 1)

    def index(mark: Any) -> int:
        return lines[int(mark.line)] + int(mark.column)

    path: list[str | int | None] = []
    opened: list[int] = []
    for event in _events(text):
        if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            path.pop()
            start = opened.pop()
            if tuple(path) == pointer and not key:
                return Located(start, index(event.end_mark), None)
            _advance(path)
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        if path and path[-1] is None and isinstance(event, yaml.ScalarEvent):
            path[-1] = event.value
            if key and tuple(path) == pointer:
                return Located(index(event.start_mark), index(event.end_mark), event.style)
            continue
        if isinstance(event, yaml.ScalarEvent):
            if tuple(path) == pointer and not key:
                return Located(index(event.start_mark), index(event.end_mark), event.style)
            _advance(path)
            continue
        opened.append(index(event.start_mark))
        path.append(None if isinstance(event, yaml.MappingStartEvent) else 0)
    return None


def _advance(path: list[str | int | None]) -> None:
    """Step past the value just read: to the next index of a sequence, or to the next key of a mapping."""
    if path:
        last = path[-1]
        path[-1] = last + 1 if isinstance(last, int) else None


def place_of(text: str, pointer: Pointer, *, key: bool = False) -> Span:
    """The first line of the value at `pointer`; of the nearest value around it when it is not there."""
    while True:
        found = locate(text, pointer, key=key and bool(pointer) and isinstance(pointer[-1], str))
        if found is not None:
            stretch = text[found.start : found.end].split("\n", 1)[0].rstrip()
            return span_at(text, found.start, max(len(stretch), 1))
        if not pointer:
            return Span(1, 1, 2)
        pointer = pointer[:-1]
