"""Edits that splice bytes: everything outside the edited value stays as it was.

Whatever is spliced is read again before it is given back, and must differ from the old document in that value alone.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from modelward.errors import CannotEvaluate, WrongUse
from modelward.tree.place import Pointer
from modelward.tree.text import Refused
from modelward.tree.yaml_reader import Located, locate, read_yaml

Scalar = str | int | float | bool | None
Value = Scalar | Mapping[str, "Value"] | Sequence["Value"]
"""What can be written into a spec."""
# Words and durations; what holds a digest, an identifier or a key is quoted, whatever it starts with.
_PLAIN_WORD = re.compile(
    r"(?!.*[A-Za-z0-9]{32})[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9][A-Za-z0-9_./-]*)*"
    r"|(?:0|[1-9][0-9]*)(?:s|m|h|d|w|mo|y)"
)


def replace_scalar(data: bytes, pointer: Pointer, value: Scalar) -> bytes:
    """The document with the scalar at `pointer` replaced; quotes stay as they were written."""
    text = data.decode()
    old = read_yaml(data)
    found = locate(text, pointer)
    current = _get(old, pointer)
    if found is None or isinstance(current, dict | tuple):
        raise WrongUse(f"`{_dotted(pointer)}` is no single value", "name one value, or edit the file")
    # A block scalar ends with its line feeds, which belong to what follows.
    end = found.start + len(text[found.start : found.end].rstrip("\n"))
    edited = text[: found.start] + scalar(value, found.style) + text[end:]
    return _checked(edited, _with(old, pointer, value), pointer)


def insert_entry(data: bytes, pointer: Pointer, key: str, value: Value) -> bytes:
    """The document with `key: value` added at the end of the mapping at `pointer`."""
    text, old = data.decode(), read_yaml(data)
    mapping = _get(old, pointer)
    found = locate(text, pointer)
    if found is None or not isinstance(mapping, dict) or key in mapping:
        raise WrongUse(f"`{key}` cannot be added to `{_dotted(pointer)}`", "edit the file")
    edited = _added(text, found, mapping, pointer, f"{scalar(key)}: {flow(value)}")
    return _checked(edited, _with(old, (*pointer, key), _read(value)), pointer)


def append_item(data: bytes, pointer: Pointer, value: Value) -> bytes:
    """The document with `value` added at the end of the sequence at `pointer`."""
    text, old = data.decode(), read_yaml(data)
    sequence = _get(old, pointer)
    found = locate(text, pointer)
    if found is None or not isinstance(sequence, tuple):
        raise WrongUse(f"nothing can be added to `{_dotted(pointer)}`", "edit the file")
    dash = "" if text[found.start] == "[" else "- "
    edited = _added(text, found, sequence, pointer, dash + flow(value))
    return _checked(edited, _with(old, pointer, (*sequence, _read(value))), pointer)


def append_line(data: bytes, key: str, value: Value) -> bytes:
    """The document with `value` as a line of its own at the end of the sequence at a key of the root.

    A sequence that is missing, or empty on the key's line, is begun below its key.
    """
    text, old = data.decode(), read_yaml(data)
    sequence = old.get(key, ())
    if not isinstance(sequence, tuple):
        raise WrongUse(f"nothing can be added to `{key}`", "edit the file")
    expected = {**old, key: (*sequence, _read(value))}
    found = locate(text, (key,))
    if found is None:
        end = "" if text.endswith("\n") else "\n"
        return _checked(f"{text}{end}{scalar(key)}:\n  - {flow(value)}\n", expected, (key,))
    if sequence:
        return append_item(data, (key,), value)
    edited = text[: found.start].rstrip(" ") + f"\n  - {flow(value)}" + text[found.end :]
    return _checked(edited, expected, (key,))


def clear(data: bytes, pointer: Pointer) -> bytes:
    """The document with the mapping or sequence at `pointer` emptied; comments between its values go with them."""
    text, old = data.decode(), read_yaml(data)
    collection = _get(old, pointer)
    found = locate(text, pointer)
    named = locate(text, pointer, key=True)
    if found is None or named is None or not isinstance(collection, dict | tuple):
        raise WrongUse(f"`{_dotted(pointer)}` is no mapping or sequence", "edit the file")
    nothing: dict[str, Any] | tuple[()] = {} if isinstance(collection, dict) else ()
    if text[found.start] in "{[":
        edited = text[: found.start] + flow(nothing) + text[found.end :]
    else:
        last = _last(text, collection, pointer)
        end = last.start + len(text[last.start : last.end].rstrip())
        edited = text[: text.index(":", named.end) + 1] + " " + flow(nothing) + text[end:]
    return _checked(edited, _with(old, pointer, nothing), pointer)


def remove_entry(data: bytes, pointer: Pointer) -> bytes:
    """The document without the entry at `pointer` of a mapping; a comment at the end of its line goes with it."""
    text, old = data.decode(), read_yaml(data)
    *above, name = pointer
    around = tuple(above)
    mapping = _get(old, around)
    found = locate(text, around)
    if found is None or not isinstance(mapping, dict) or name not in mapping:
        raise WrongUse(f"`{_dotted(pointer)}` is not there", "look at the file")
    if len(mapping) == 1:
        return clear(data, around)
    left = {key: value for key, value in mapping.items() if key != name}
    start, end = _stretch(text, mapping, pointer, flowing=text[found.start] == "{")
    return _checked(text[:start] + text[end:], _with(old, around, left), pointer)


def _stretch(text: str, mapping: Mapping[str, Any], pointer: Pointer, *, flowing: bool) -> tuple[int, int]:
    """From where to where an entry stands that is not the only one: with its comma, or with its whole lines."""
    *above, name = pointer
    named, found = locate(text, pointer, key=True), locate(text, pointer)
    assert named is not None
    assert found is not None
    keys = list(mapping)
    at = keys.index(str(name))
    if flowing and at == 0:
        following = locate(text, (*above, keys[1]), key=True)
        assert following is not None
        return named.start, following.start
    if flowing:
        before = locate(text, (*above, keys[at - 1]))
        assert before is not None
        return before.end, found.end
    value = mapping[str(name)]
    if isinstance(value, dict | tuple) and text[found.start] not in "{[":
        found = _last(text, value, pointer)
    line = text.find("\n", found.start + len(text[found.start : found.end].rstrip()) - 1)
    return text.rfind("\n", 0, named.start) + 1, len(text) if line < 0 else line + 1


def create_folder(path: Path) -> None:
    """Make a folder and those around it, where they are missing."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotEvaluate(f"cannot make {path}: {error.strerror}", "check permissions and space") from error


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file's content as a whole; a reader, also after a crash, sees the old or the new."""
    import tempfile

    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CannotEvaluate(f"cannot write {path}: {error.strerror}", "check permissions and space") from error


def _added(text: str, found: Located, collection: Any, pointer: Pointer, entry: str) -> str:
    """The text with an entry after the last of a mapping or sequence, in the style in which that is written."""
    if not collection:
        end = found.start + 1
    elif text[found.start] in "{[":
        end = _last(text, collection, pointer).end
        entry = f", {entry}"
    else:
        last = _last(text, collection, pointer)
        end = text.find("\n", last.start + len(text[last.start : last.end].rstrip()) - 1)
        end = len(text) if end < 0 else end
        entry = "\n" + " " * (found.start - text.rfind("\n", 0, found.start) - 1) + entry
    return text[:end] + entry + text[end:]


def write_together(root: Path, files: Mapping[str, bytes]) -> None:
    """Write all of some files below `root`, by path, or none: where one fails, those before it are as they were."""
    before: dict[Path, bytes | None] = {}
    try:
        for name, data in files.items():
            path = root / name
            create_folder(path.parent)
            before[path] = _content(path)
            write_atomically(path, data)
    except BaseException:
        for path, old in before.items():
            if old is None:
                path.unlink(missing_ok=True)
            else:
                write_atomically(path, old)
        raise


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CannotEvaluate(f"cannot read {path}: {error.strerror}", "check what stands there") from error


def _last(text: str, value: Any, pointer: Pointer) -> Located:
    """Where the last value in a mapping or sequence stands; what a block ends with, not the comments after it."""
    while True:
        step = list(value)[-1] if isinstance(value, dict) else len(value) - 1
        pointer, value = (*pointer, step), value[step]
        found = locate(text, pointer)
        assert found is not None
        if not isinstance(value, dict | tuple) or text[found.start] in "{[":
            return found


def _checked(edited: str, expected: Any, pointer: Pointer) -> bytes:
    try:
        data = edited.encode()
        if read_yaml(data) == expected:
            return data
    except UnicodeEncodeError as error:
        raise WrongUse(f"`{_dotted(pointer)}` cannot take this value: it is no text", "write it in UTF-8") from error
    except Refused as refused:
        raise WrongUse(f"`{_dotted(pointer)}` cannot take this value: {refused.message}", refused.remedy) from refused
    raise WrongUse(f"`{_dotted(pointer)}` cannot be edited in place", "edit the file")


def flow(value: Value) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def scalar(value: Scalar, style: str | None = None) -> str:
    """A single value as every YAML reader takes it; in single quotes where `style` has them and the value allows it."""
    if not isinstance(value, str):
        return json.dumps(value)
    if style == "'" and "\n" not in value:
        return "'" + value.replace("'", "''") + "'"
    if style in (None, "") and _PLAIN_WORD.fullmatch(value) and value.lower() not in _WORDS_OF_YAML:
        return value
    return json.dumps(value, ensure_ascii=False)


_WORDS_OF_YAML = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def _read(value: Value) -> Any:
    """The value as the reader gives it back."""
    if isinstance(value, Mapping):
        return {key: _read(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(map(_read, value))
    return value


def _get(value: Any, pointer: Pointer) -> Any:
    for step in pointer:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError) as error:
            raise WrongUse(f"`{_dotted(pointer)}` is not there: `{step}` is missing", "look at the file") from error
    return value


def _with(value: Any, pointer: Pointer, new: Any) -> Any:
    if not pointer:
        return new
    step, rest = pointer[0], pointer[1:]
    if isinstance(value, dict):
        return {**value, str(step): _with(value.get(step), rest, new)}
    items = list(value)
    items[int(step)] = _with(items[int(step)], rest, new)
    return tuple(items)


def _dotted(pointer: Pointer) -> str:
    return ".".join(map(str, pointer))
