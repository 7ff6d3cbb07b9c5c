"""Text from files inside Markdown: a reader sees what was written, and no word of it becomes markup.

A forge looks for mentions, references and links in the text that is left when Markdown is done, so that a backslash
does not stop them; inside code it does not look. Words that could mean anything to it are therefore shown as code.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from modelward.report.terminal import safe

_TOKENS = re.compile(r"`[^`]+`|[^\s`]+|`+|\s+")
_CODE = re.compile(r"`[^`]+`")
# Letters and digits of any script, and punctuation that neither Markdown nor a forge gives a meaning.
_INERT = re.compile(r"(?:[^\W_]|[.,;!?'\"()/%+=\u2013\u2014\u2026-])+:?")
# Bare web addresses, and what forges turn into links to commits and issues.
_REFERENCE = re.compile(r"www\.|//|\bGH-\d|(?<![^\W_])(?=[a-f]*[0-9])[0-9a-f]{7,}(?![^\W_])", re.IGNORECASE)


def prose(text: str, limit: int = 2_000) -> str:
    """Text as inline Markdown on one line, at most `limit` characters of it; what stands in backticks is code."""
    shown = _shown(text, limit)
    return "".join(_run(run) for run in _runs(_TOKENS.findall(shown)))


def code(text: str, limit: int = 2_000) -> str:
    """Text as inline code on one line, at most `limit` characters of it."""
    return _fenced(_shown(text, limit))


def _shown(text: str, limit: int) -> str:
    shown = safe(text)
    if len(shown) > limit:
        shown = shown[: limit - 1] + "\u2026"
    # Table rows are parted before code is looked for, and readers differ in how a bar there is escaped.
    return shown.replace("|", "\\x7c")


def _runs(tokens: Sequence[str]) -> Iterator[list[str]]:
    """The tokens, parted where there is space; space is a run of its own."""
    run: list[str] = []
    for token in tokens:
        if token.isspace():
            yield run
            yield [" "]
            run = []
        else:
            run.append(token)
    yield run


def _run(pieces: list[str]) -> str:
    """Pieces without space between them; two of code side by side can only be shown as one."""
    coded = [piece != " " and not _inert(piece) for piece in pieces]
    if any(one and other for one, other in pairwise(coded)):
        return _fenced("".join(pieces))
    shown = zip(pieces, coded, strict=True)
    return "".join(
        (_fenced(piece[1:-1] if _CODE.fullmatch(piece) else piece)) if is_code else piece for piece, is_code in shown
    )


def _inert(piece: str) -> bool:
    return _INERT.fullmatch(piece) is not None and _REFERENCE.search(piece) is None


def _fenced(text: str) -> str:
    if not text:
        return ""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    # One space on each side is taken off again; it keeps backticks and spaces at the ends.
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"
