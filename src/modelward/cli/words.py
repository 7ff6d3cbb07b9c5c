"""Text that a person gives for a spec."""

import unicodedata
from typing import overload

import click

from modelward.tree.text import HIDDEN

MOST = 4000


@overload
def words(_ctx: click.Context, _parameter: click.Parameter, value: str) -> str: ...
@overload
def words(_ctx: click.Context, _parameter: click.Parameter, value: None) -> None: ...
def words(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """The text of an option as a spec may hold it: not empty, not endless, all of it visible, in normal form C."""
    if value is None:
        return None
    text = unicodedata.normalize("NFC", value)
    if not text.strip():
        raise click.BadParameter("there is no text in it")
    if len(text) > MOST:
        raise click.BadParameter(f"the text has {len(text)} characters, over the limit of {MOST}")
    if (bad := HIDDEN.search(text)) is not None:
        raise click.BadParameter(f"the text has a character that does not show: U+{ord(bad.group()):04X}")
    return text
