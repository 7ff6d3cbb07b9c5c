"""Text for a terminal: colours, and nothing in it that a file could use to speak for us (THREATS T77)."""

import re
from collections.abc import Sequence

import click

# Controls, bidirectional and zero-width characters, and line ends of every kind but our own; and the mark by which CI
# systems know a command anywhere in a line of a log, such as `##[` and `##vso[`.
_UNSAFE = re.compile(
    r"#(?=#\w*\[)|"
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)


def safe(text: object) -> str:
    """The text with every character that could move a cursor, hide others or begin a command written as an escape."""
    return _UNSAFE.sub(_escape, str(text))


def _escape(match: re.Match[str]) -> str:
    if match.group() == "#":
        return "\\x23"
    return match.group().encode("unicode_escape", "surrogatepass").decode()


def complaint(message: str, remedy: str) -> str:
    """What is wrong, and what to do about it."""
    return f"{red('error')}{bold(f': {safe(message)}')}{remedied(remedy)}"


def remedied(remedy: str) -> str:
    """What to do, as a line below what it is about; nothing where nobody knows."""
    return f"\n  {blue('=')} {bold('help')}: {safe(remedy)}" if remedy else ""


def bold(text: str) -> str:
    """Emphasis."""
    return click.style(text, bold=True)


def dim(text: str) -> str:
    """What may be passed over."""
    return click.style(text, dim=True)


def red(text: str) -> str:
    """What denies or fails."""
    return click.style(text, fg="red", bold=True)


def yellow(text: str) -> str:
    """What warns or changes."""
    return click.style(text, fg="yellow")


def green(text: str) -> str:
    """What is well or new."""
    return click.style(text, fg="green")


def blue(text: str) -> str:
    """Frames and arrows."""
    return click.style(text, fg="blue", bold=True)


def table(rows: Sequence[tuple[str, ...]], header: tuple[str, ...]) -> str:
    """Left-aligned columns; the last is as long as it is."""
    widths = [max(len(click.unstyle(row[column])) for row in [header, *rows]) for column in range(len(header))]

    def line(row: tuple[str, ...]) -> str:
        cells = [cell + " " * (width - len(click.unstyle(cell))) for cell, width in zip(row, widths, strict=True)]
        return "  ".join(cells).rstrip()

    return "\n".join([dim(line(header)), *map(line, rows)])


def counted(number: int, noun: str) -> str:
    """A number of things: `1 change`, `2 changes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
