"""Strict JSON: one object of finite values, bounded before it is built (THREATS T31, T37, T38, T40)."""

import json
import math
import re
from typing import Any, NoReturn

from modelward.tree.place import Pointer, Span
from modelward.tree.text import EVIDENCE_BYTES, Refused, check_value, decode, span_at
from modelward.tree.yaml_reader import MAX_DEPTH

_STRING = r'"(?:[^"\\]|\\.)*"'
_OUTSIDE_STRINGS = re.compile(rf"{_STRING}|([\[\]{{}}])", re.DOTALL)
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
        raise _duplicate(text, error.key) from error
    except _BadNumber as error:
        raise Refused(
            f"`{error.text}` is no finite number", "write a finite number", _find(text, error.text)
        ) from error
    if not isinstance(value, dict):
        raise Refused("the document is no object", "write one JSON object", Span(1, 1, 2))
    if "\\u" in text:
        _check_strings(value)
    return value


class _Duplicate(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class _BadNumber(Exception):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) != len(pairs):
        seen: set[str] = set()
        raise _Duplicate(next(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
    return built


def _constant(text: str) -> NoReturn:
    raise _BadNumber(text)


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _BadNumber(text)
    return value


def _integer(text: str) -> int:
    if len(text) > 19:
        raise _BadNumber(text)
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


def _check_strings(value: Any) -> None:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            check_value(item, Span(1, 1, 2))
        elif isinstance(item, dict):
            pending.extend(item)
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)


def _duplicate(text: str, key: str) -> Refused:
    for scope in _keys_by_object(text):
        places = [span for name, span in scope if name == key]
        if len(places) > 1:
            return Refused(
                f"the key `{key}` stands twice", "remove one of the two", places[1], also=(places[0], "first here")
            )
    return Refused(f"the key `{key}` stands twice", "remove one of the two", Span(1, 1, 2))


def _keys_by_object(text: str) -> list[list[tuple[str, Span]]]:
    """The keys of every object in `text` with their places."""
    scopes: list[list[tuple[str, Span]]] = []
    opened: list[list[tuple[str, Span]]] = []
    previous: re.Match[str] | None = None
    for token in _TOKEN.finditer(text):
        mark = token.group()
        if mark in "{[":
            opened.append([])
            scopes.append(opened[-1])
        elif mark in "}]" and opened:
            opened.pop()
        elif mark == ":" and previous is not None and opened:
            key = json.loads(previous.group())
            opened[-1].append((key, span_at(text, previous.start(), len(previous.group()))))
        previous = token
    return scopes


def _find(text: str, number: str) -> Span:
    for token in _TOKEN.finditer(text):
        if token.group() == number:
            return span_at(text, token.start(), len(number))
    return Span(1, 1, 2)


def place_in_json(text: str, pointer: Pointer, *, key: bool = False) -> Span:
    """Where the value at `pointer` starts in `text`, which `read_json` accepted; the nearest value around it else."""
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
