"""What may be shown of an address, and of another's words about one: who is let in by it is nobody's business."""

import re
from typing import Final

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PATH: Final = re.compile(r"(?:(?:sqlite|file)[a-z0-9+]*://)?[/.]")
# Quotes and brackets before a word are none of its own; those within may be of a password.
_WORD: Final = re.compile(r"(?<![^\s'\"`(<])[^\s'\"`(<]\S*")


def shown(address: str) -> str:
    """An address, also one that is wrong, without password and query; a name without a password may be a token."""
    if _PATH.match(address):
        return address
    found = _SCHEME.match(address)
    scheme = "" if found is None else found[0]
    before, _, query = address.removeprefix(scheme).partition("?")
    if "@" in query:
        # Nobody can tell whether this is a password with a question mark or a query with a user in it.
        return f"{scheme}***"
    credentials, at, host = before.rpartition("@")
    user, colon, _ = credentials.partition(":")
    named = f"{user}:***@" if colon else "***@" if at else ""
    return f"{scheme}{named}{host}" + ("?***" if query else "")


def without_userinfo(text: str) -> str:
    """Another's words, where each address that names a user stands as it may be shown.

    What has neither a scheme nor a password, as in `git@example.org`, is left: it may be where to write to.
    """
    return _WORD.sub(lambda word: shown(word[0]) if ":" in word[0].rpartition("@")[0] else word[0], text)
