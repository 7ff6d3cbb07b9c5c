"""Many git objects by one process: what it is asked in one go, and its answers."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, TypeVar

from modelward.errors import CannotEvaluate

T = TypeVar("T")


def batched(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """The things in lists of at most `size`."""
    remaining = iter(things)
    while batch := list(islice(remaining, size)):
        yield batch


def next_object(answers: IO[bytes], kind: bytes) -> bytes | None:
    """The next answer of `git cat-file --batch`; None when git has no such object, or it is of another kind."""
    header = answers.readline().split()
    if len(header) != 3:
        return None
    size = int(header[2])
    content = answers.read(size + 1)
    if len(content) != size + 1:
        raise CannotEvaluate("git stopped while it was read", "run `git fsck`")
    return content[:-1] if header[1] == kind else None
