"""A new spec as people write it: a modeline, block style down to what fits on one line, and comments."""

import posixpath
from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from modelward.specs.kinds import kind_of
from modelward.tree.edit import Value, flow, scalar
from modelward.tree.file import typed
from modelward.tree.place import Pointer

WIDTH = 120
_UNLIMITED = 1_000_000

Comments = Mapping[Pointer, str]
"""Comments by the way to the value before which they stand; `()` is the end of the file."""


def render(path: str, document: Mapping[str, Value], comments: Comments | None = None) -> bytes:
    """The file at `path` that says `document`, which is a spec of the kind that belongs there, without `schema:`.

    Mappings and sequences of single values stand on one line where they fit, as does every item of a sequence. Raises
    `Unreadable` when the result would be no spec of its kind.
    """
    kind = kind_of(path)
    assert kind is not None, path
    schemas = posixpath.relpath("policies/schemas", posixpath.dirname(path))
    modeline = f"# yaml-language-server: $schema={schemas}/{kind.name}.schema.json\n"
    body = block({"schema": f"{kind.name}/v1", **document}, comments or {})
    data = (modeline + body).encode("utf-8", "surrogatepass")
    typed(path, data, kind.spec)
    return data


class _Representer(RoundTripRepresenter):
    """Writes what is nothing as `null`, never as an empty place."""


_Representer.add_representer(type(None), lambda writer, _: writer.represent_scalar("tag:yaml.org,2002:null", "null"))


def block(document: Mapping[str, Value], comments: Comments) -> str:
    """The document in block style, without a modeline."""
    yaml = YAML()
    yaml.Representer = _Representer
    yaml.width = _UNLIMITED
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    root = _block(document, (), comments)
    stream = StringIO()
    yaml.dump(root, stream)
    return stream.getvalue() + _lines(comments.get((), ""))


def _block(value: Value, pointer: Pointer, comments: Comments) -> Any:
    """The value for ruamel: a mapping in block style, or a sequence whose items stand on one line each."""
    if isinstance(value, Mapping):
        mapping = CommentedMap()
        for key, item in value.items():
            inside = (*pointer, key)
            mapping[_leaf(key)] = (
                _leaf(item) if _on_one_line(item, inside, comments) else _block(item, inside, comments)
            )
        _comment(mapping, list(value), pointer, comments)
        return mapping
    assert isinstance(value, list | tuple)
    sequence = CommentedSeq(map(_leaf, value))
    _comment(sequence, list(range(len(value))), pointer, comments)
    return sequence


def _comment(collection: Any, steps: list[Any], pointer: Pointer, comments: Comments) -> None:
    for step in steps:
        if text := comments.get((*pointer, step)):
            collection.yaml_set_comment_before_after_key(step, before=text, indent=2 * len(pointer))


def _lines(text: str) -> str:
    return "".join((f"# {line}" if line else "") + "\n" for line in text.split("\n")) if text else ""


def _on_one_line(value: Value, pointer: Pointer, comments: Comments) -> bool:
    if _is_single(value):
        return True
    assert isinstance(value, Mapping | list | tuple)
    if any(commented[: len(pointer)] == pointer and commented != pointer for commented in comments):
        return False
    items = value.values() if isinstance(value, Mapping) else value
    # An entry of a mapping, such as one person of many, stands on one line also with short sequences in it.
    short = _is_short if len(pointer) > 1 and isinstance(value, Mapping) else _is_single
    single = all(map(short, items))
    key = pointer[-1]
    return single and 2 * len(pointer) + len(f"{key}: {flow(value)}") <= WIDTH + 2


def _is_single(value: Value) -> bool:
    return isinstance(value, str) or not isinstance(value, Mapping | list | tuple)


def _is_short(value: Value) -> bool:
    return not value or _is_single(value) or (isinstance(value, list | tuple) and all(map(_is_single, value)))


def _leaf(value: Value) -> Any:
    """The value in flow style, with the quotes that every reader needs."""
    if isinstance(value, Mapping):
        mapping = CommentedMap((_leaf(key), _leaf(item)) for key, item in value.items())
        mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list | tuple):
        sequence = CommentedSeq(map(_leaf, value))
        sequence.fa.set_flow_style()
        return sequence
    if isinstance(value, str) and scalar(value).startswith('"'):
        return DoubleQuotedScalarString(value)
    return value
