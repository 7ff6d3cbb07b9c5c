"""Documents to try properties with: a value, and a YAML text that writes it in a mixture of styles."""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

from hypothesis import strategies as st

from modelward.tree.place import Pointer

# Texts that people write: words, signs that mean something in YAML, other scripts, and characters beyond 16 bits.
_SIGNS = "ab1 .,:;-_#&*!|>%@?'\"\\/(){}[]~=+<é中😀"
_WORD = re.compile(r"[a-zé中][a-z0-9é中_-]*(?: [a-zé中][a-z0-9é中_-]*)*")
_READ_OTHERWISE = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})

words = st.text(alphabet="abcdefé中_-7", min_size=1, max_size=6).filter(lambda text: bool(_WORD.fullmatch(text)))
lines = st.lists(st.text(alphabet=_SIGNS, max_size=8), min_size=1, max_size=3).map("\n".join)
texts = st.one_of(words, st.text(alphabet=_SIGNS, max_size=10), lines).map(
    lambda text: unicodedata.normalize("NFC", text)
)
numbers = st.one_of(
    st.integers(min_value=-(10**18) + 1, max_value=10**18 - 1),
    st.integers(min_value=-20, max_value=20),
    st.floats(allow_nan=False, allow_infinity=False),
)
scalars: st.SearchStrategy[Any] = st.one_of(st.none(), st.booleans(), numbers, texts, words)
keys = st.one_of(words, texts.filter(lambda text: "\n" not in text))
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple), st.dictionaries(keys, inner, min_size=0, max_size=3)
    ),
    max_leaves=8,
)
roots = st.dictionaries(keys, values, min_size=1, max_size=4)


class Document(NamedTuple):
    """A value and a text that writes it."""

    value: dict[str, Any]
    text: str


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A mapping, written in block and flow style, with quotes of both kinds, comments and blank lines."""
    value = draw(roots)
    pen = _Pen(draw)
    text = pen.block(value, 0) if draw(st.integers(0, 4)) else pen.flow(value) + "\n"
    return Document(value, pen.comment() + text)


def pointers(value: Any, pointer: Pointer = ()) -> Iterator[tuple[Pointer, Any]]:
    """Every value in a document with the way to it."""
    yield pointer, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from pointers(item, (*pointer, key))
    elif isinstance(value, tuple | list):
        for index, item in enumerate(value):
            yield from pointers(item, (*pointer, index))


def changed(value: Any, pointer: Pointer, new: Any) -> Any:
    """The document with another value at `pointer`, or with one more there."""
    if not pointer:
        return new
    step = pointer[0]
    if isinstance(value, dict):
        return {**value, step: changed(value.get(str(step)), pointer[1:], new)}
    assert isinstance(step, int)
    return (*value[:step], changed(value[step], pointer[1:], new), *value[step + 1 :])


def typed(value: Any) -> Any:
    """The value with its types, so that 1, 1.0 and true are three things, and a tuple and a list are one."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [typed(item) for item in value]
    return (type(value).__name__, value)


class _Pen:
    """Writes values, and draws a style wherever there is a choice."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def comment(self) -> str:
        return self._draw(st.sampled_from(["", "", "", "# é: words\n", "\n", "#\n"]))

    def block(self, value: Any, indent: int) -> str:
        """A mapping or a sequence that is not empty, one entry a line, from the margin `indent` on."""
        margin = " " * indent
        text = ""
        for key, item in value.items() if isinstance(value, dict) else ((None, item) for item in value):
            sign = "-" if key is None else f"{self.key(key)}:"
            text += f"{margin}{sign}{self._after(item, indent, in_sequence=key is None)}" + self.comment()
        return text

    def _after(self, item: Any, indent: int, *, in_sequence: bool) -> str:
        deeper = indent + self._draw(st.sampled_from([2, 4]))
        if isinstance(item, dict | tuple) and item and self._draw(st.booleans()):
            if in_sequence:
                # The first entry may stand on the line of the dash.
                return f" {self.block(item, indent + 2).lstrip(' ')}"
            # A sequence may stand at the margin of its key.
            return f"\n{self.comment()}{self.block(item, indent if isinstance(item, tuple) else deeper)}"
        if isinstance(item, str) and _is_literal(item) and self._draw(st.booleans()):
            margin = " " * deeper
            return " |\n" + "".join(f"{margin}{line}\n" for line in item.split("\n")[:-1])
        return f" {self.flow(item)}{self._draw(st.sampled_from(['', '', '  # é']))}\n"

    def flow(self, value: Any) -> str:
        """A scalar, or a collection in brackets."""
        # A collection in brackets may go on in the next line, deeper than everything around it.
        gap = self._draw(st.sampled_from(["", " ", "\n" + " " * 40]))
        if isinstance(value, dict):
            entries = [f"{self.key(key)}: {self.flow(item)}" for key, item in value.items()]
            return "{" + gap + ", ".join(entries) + gap + "}"
        if isinstance(value, tuple):
            return "[" + gap + ", ".join(map(self.flow, value)) + gap + "]"
        return self.key(value) if isinstance(value, str) else json.dumps(value)

    def key(self, text: str) -> str:
        """A string, plain where that means the same."""
        styles = ['"']
        if "\n" not in text:
            styles.append("'")
        if _WORD.fullmatch(text) and text not in _READ_OTHERWISE:
            styles.append("")
        style = self._draw(st.sampled_from(styles))
        if style == "'":
            return "'" + text.replace("'", "''") + "'"
        return json.dumps(text, ensure_ascii=False) if style else text


def _is_literal(text: str) -> bool:
    every = text.split("\n")
    return every.pop() == "" and all(line and not line.startswith(" ") for line in every) and bool(every)
