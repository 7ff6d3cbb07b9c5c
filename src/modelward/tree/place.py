"""Places in files, and what is said about them before any rule runs."""

from dataclasses import dataclass

from modelward.errors import ModelwardError

Pointer = tuple[str | int, ...]
"""The way from a document's root to a value: keys of mappings and indexes of sequences."""


@dataclass(frozen=True, order=True)
class Span:
    """A stretch of one line: 1-based line, 1-based first character, and the character after the last."""

    line: int
    column: int
    end: int


@dataclass(frozen=True)
class Place:
    """A file, and where it matters a stretch in it."""

    path: str
    span: Span | None = None

    def __str__(self) -> str:
        return self.path if self.span is None else f"{self.path}:{self.span.line}:{self.span.column}"


@dataclass(frozen=True)
class Note:
    """A second place that belongs to a message, and what is there."""

    place: Place
    text: str


@dataclass(frozen=True)
class Problem:
    """Why a file cannot be used: it is unsafe, malformed, or no spec of its kind."""

    message: str
    place: Place
    remedy: str
    notes: tuple[Note, ...] = ()


class Unreadable(ModelwardError):
    """A file that somebody asked for cannot be used."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        super().__init__(f"{first.place}: {first.message}", first.remedy)
        self.problems = problems
