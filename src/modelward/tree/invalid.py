"""From the type checker's words to ours: what is wrong with a value, where, and what to write."""

from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from modelward.specs import scalars
from modelward.tree.place import Place, Pointer, Problem
from modelward.tree.text import shown

PlaceOf = Callable[[Pointer, bool], Place]
MAX_PROBLEMS = 20
_PATTERNS = {
    scalars.MODEL_NAME: ("lower-case letters, digits and `-`, at most 63", "credit-risk"),
    scalars.DIGEST: ("`sha256:` and 64 lower-case hexadecimal digits", "sha256:9f86..."),
    scalars.VERSION: ("a semantic version", '"1.2.0"'),
    scalars.TIME: ("an RFC 3339 time in UTC", '"2026-11-02T09:00:00Z"'),
    scalars.DURATION: ("a number and one of s, m, h, d, w", "24h"),
    scalars.CALENDAR_DURATION: ("a number and one of s, m, h, d, w, mo, y", "5y"),
    scalars.ENVIRONMENT_VARIABLE: ("the name of an environment variable", "MLFLOW_TRACKING_URI"),
    scalars.RELATIVE_PATH: ("a relative path of plain names, without `..`", "metrics.json"),
    scalars.REGISTERED_NAME: ("a registry's name without quotes, slashes and colons", "credit-risk"),
    scalars.IDENTIFIER: ("letters, digits and `_`", "auc_roc"),
}
_NUMBERS = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "greater_than": ("over", "gt"),
}


def problems_of(error: ValidationError, spec: type[BaseModel], place: PlaceOf, document: Any) -> list[Problem]:
    """One problem for each thing that `spec` refuses, without repeats that only other union members add.

    At most `MAX_PROBLEMS` of them, and then one that says so: the place of each must be searched for in the text.
    """
    found: dict[tuple[Place, str], Problem] = {}
    for detail in error.errors(include_url=False):
        pointer, named = _pointer(detail, document)
        message, remedy = _words(detail, shown(named))
        if detail["type"] == "extra_forbidden":
            remedy = _meant(named, spec) or remedy
        at = place(pointer, detail["type"] in ("extra_forbidden", "missing") or "[key]" in detail["loc"])
        if len(found) == MAX_PROBLEMS:
            return [*found.values(), Problem("more is wrong from here on", at, "correct what is shown first")]
        found.setdefault((at, message), Problem(message, at, remedy))
    return list(found.values())


def _pointer(detail: ErrorDetails, document: Any) -> tuple[Pointer, str]:
    """The part of the error's location that the document has (unions add their own tags), and the field's name."""
    pointer: list[str | int] = []
    value: Any = document
    name = "the document"
    for step in detail["loc"]:
        if _leads_on(value, step):
            value = value[step]
        elif step == "[key]":
            break
        elif detail["type"] == "missing" and step == detail["loc"][-1]:
            name = str(step)
            break
        else:
            continue
        pointer.append(step)
        name = str(step) if isinstance(step, str) else name
    return tuple(pointer), name


def _leads_on(value: Any, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(value, tuple | list) and 0 <= step < len(value)
    return isinstance(value, dict) and step in value


def _meant(name: str, spec: type[BaseModel]) -> str:
    """The remedy for a key that is close to one that the spec knows; empty where none is, or it stands elsewhere."""
    keys = _keys(spec)
    close = [] if name in keys else get_close_matches(name, keys, n=1)
    return f"did you mean `{close[0]}`? `modelward schema` shows the fields of each spec" if close else ""


@cache
def _keys(spec: type[BaseModel]) -> tuple[str, ...]:
    schema = spec.model_json_schema()
    parts = (schema, *schema.get("$defs", {}).values())
    return tuple(sorted({name for part in parts for name in part.get("properties", {})}))


def _words(detail: ErrorDetails, name: str) -> tuple[str, str]:
    """What is wrong, and the remedy."""
    kind = detail["type"]
    context = detail.get("ctx", {})
    given = detail["input"]
    if kind == "missing":
        return f"`{name}` is missing", f"add `{name}:`"
    if kind == "extra_forbidden":
        return f"unknown key `{name}`", "remove it; `modelward schema` shows the fields of each spec"
    if kind == "string_pattern_mismatch":
        what, example = _PATTERNS.get(context["pattern"], (f"text that matches {context['pattern']}", ""))
        return f"`{name}` must be {what}, not `{shown(given)}`", f"write it like {example}" if example else "correct it"
    if kind == "string_type":
        written = str(given).lower() if isinstance(given, bool) else shown(given)
        remedy = f'quote it: "{written}"' if isinstance(given, int | float) else "write a quoted string"
        return f"`{name}` must be a string", remedy
    if kind == "literal_error":
        return f"`{name}` is `{shown(given)}`, which is none of {context['expected']}", "use one of these"
    if kind in _NUMBERS:
        words, bound = _NUMBERS[kind]
        return f"`{name}` must be {words} {context[bound]}, not {given}", "correct the number"
    if kind in ("int_type", "float_type", "int_from_float", "bool_type"):
        expected = {"int": "a whole number", "float": "a number", "bool": "`true` or `false`"}[kind.partition("_")[0]]
        return f"`{name}` must be {expected}", "write it without quotes" if isinstance(given, str) else "correct it"
    if kind in ("tuple_type", "dict_type", "model_type", "model_attributes_type"):
        expected = "a sequence" if kind == "tuple_type" else "a mapping"
        return f"`{name}` must be {expected}", "correct its form"
    return f"`{name}` {detail['msg'][:1].lower()}{detail['msg'][1:]}", "correct it"
