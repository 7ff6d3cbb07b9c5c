"""Strict JSON: one object of finite values, bounded before it is built (THREATS T31, T37, T38, T40)."""

import json
import math
import re
from functools import partial
from typing import Any, NoReturn

from modelward.tree.place import Pointer, Span
from modelward.tree.text import EVIDENCE_BYTES, Refused, check_value, decode, shown, span_at
from modelward.tree.yaml_reader import MAX_DEPTH, MAX_DIGITS

# A string, or what is left of the text when its end is missing: no text is gone through twice.
_STRING = r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)'
_OUTSIDE_STRINGS = re.compile(rf"{_STRING}|([\[\]{{}}])", re.DOTALL)
_ONE_STRING = re.compile(_STRING, re.DOTALL)
_TOKEN = re.compile(rf"{_STRING}|[\[\]{{}},:]|[^\s\[\]{{}},:\"]+", re.DOTALL)


def read_json(data: bytes) -> dict[str, Any]:
    """The object that `data` writes. Raises `Refused` with the exact place."""
    text = decode(data, EVIDENCE_BYTES)
    _check_depth(text)
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_integer
        )
    except json.JSONDecodeError as error:
        span = span_at(text, min(error.pos, len(text)))
        raise Refused(f"this is no JSON: {error.msg}", "correct the syntax", span) from error
    except _Duplicate as error:
        raise _duplicate(text) from error
    except _BadNumber as error:
        raise Refused(error.message, error.remedy, _find(text, error.text)) from error
    if not isinstance(value, dict):
        raise Refused("the document is no object", "write one JSON object", Span(1, 1, 2))
    _check_escapes(text)
    return value


class _Duplicate(Exception):
    """An object with a key that stands twice in it."""


class _BadNumber(Exception):
    def __init__(self, text: str, message: str, remedy: str) -> None:
        super().__init__(text)
        self.text = text
        self.message = message
        self.remedy = remedy


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) != len(pairs):
        raise _Duplicate
    return built


def _constant(text: str) -> NoReturn:
    raise _BadNumber(text, f"`{shown(text)}` is no finite number", "write a finite number")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        _constant(text)
    return value


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise _BadNumber(text, f"an integer of more than {MAX_DIGITS} digits", "quote it if it is a name")
    return int(text)


def _check_depth(text: str) -> None:
    depth = 0
    for token in _OUTSIDE_STRINGS.finditer(text):
        bracket = token.group(1)
        if bracket is None:
            continue
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise Refused(f"nested deeper than {MAX_DEPTH} levels", "flatten it", span_at(text, token.start()))


def _check_escapes(text: str) -> None:
    if "\\" not in text:
        return
    for string in _ONE_STRING.finditer(text):
        if "\\" in string.group():
            place = partial(span_at, text, string.start(), len(string.group()))
            check_value(json.loads(string.group()), place)


def _duplicate(text: str) -> Refused:
    """The first key that stands twice in its object; all that comes before it has been read."""
    opened: list[dict[str, re.Match[str]]] = []
    previous: re.Match[str] | None = None
    for token in _TOKEN.finditer(text):
        mark = token.group()
        if mark in "{[":
            opened.append({})
        elif mark in "}]":
            opened.pop()
        elif mark == ":" and previous is not None:
            key = json.loads(previous.group())
            first = opened[-1].setdefault(key, previous)
            if first is not previous:
                return Refused(
                    f"the key `{shown(key)}` stands twice",
                    "remove one of the two",
                    span_at(text, previous.start(), len(previous.group())),
                    also=(span_at(text, first.start(), len(first.group())), "first here"),
                )
        previous = token
    raise AssertionError("a key stands twice, and was not found again")


def _find(text: str, number: str) -> Span:
    for token in _TOKEN.finditer(text):
        if token.group() == number:
            return span_at(text, token.start(), len(number))
    return Span(1, 1, 2)


def place_in_json(text: str, pointer: Pointer, *, key: bool = False) -> Span:
    """Where the value at `pointer` starts in `text`, which `read_json` accepted; the nearest value around it else."""
    key = key and bool(pointer) and isinstance(pointer[-1], str)
    best = Span(1, 1, 2)
    depth = 0
    path: list[str | int] = []
    expects_key = False
    for token in _TOKEN.finditer(text):
        mark = token.group()
        if mark in ":,":
            if mark == ",":
                last = path[-1]
                if isinstance(last, int):
                    path[-1] = last + 1
                else:
                    expects_key = True
            continue
        if mark in "}]":
            path.pop()
            expects_key = False
            continue
        if expects_key:
            path[-1] = json.loads(mark)
            expects_key = False
            if key and tuple(path) == pointer:
                return span_at(text, token.start(), len(mark))
            continue
        if len(path) >= depth and tuple(path) == pointer[: len(path)]:
            depth = len(path)
            best = span_at(text, token.start(), len(mark))
            if depth == len(pointer) and not key:
                return best
        if mark == "{":
            path.append("")
            expects_key = True
        elif mark == "[":
            path.append(0)
    return best
