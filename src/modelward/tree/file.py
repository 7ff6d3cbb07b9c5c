"""One governed spec file: checked before it is read, read strictly, typed, and able to say where its values stand."""

from functools import lru_cache
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from modelward.specs.scalars import Spec
from modelward.tree import layout
from modelward.tree.invalid import problems_of
from modelward.tree.place import Note, Place, Pointer, Problem, Unreadable
from modelward.tree.source import Entry, Source
from modelward.tree.text import SPEC_BYTES, Refused
from modelward.tree.yaml_reader import place_of, read_yaml

S = TypeVar("S", bound=Spec)


class File(Generic[S]):
    """A spec file: its path and the typed spec in it. Places are found again in its bytes when a message needs one."""

    def __init__(self, source: Source, entry: Entry, spec: S) -> None:
        self.source = source
        self.entry = entry
        self.spec = spec

    @property
    def path(self) -> str:
        """The path from the repository's root."""
        return self.entry.path

    def place(self, *pointer: str | int, key: bool = False) -> Place:
        """Where the value at `pointer` stands, or with `key` the key that names it."""
        return Place(self.path, place_of(content(self.source, self.entry).decode(), pointer, key=key))


def content(source: Source, entry: Entry) -> bytes:
    """The bytes of a file."""
    return next(iter(source.read([entry])))[1]


def read_spec(source: Source, entry: Entry | None, path: str, spec: type[S]) -> File[S]:
    """The typed spec at `path`; raises `Unreadable` when there is none, or it is not to be read."""
    if entry is None:
        raise Unreadable((Problem("the file is missing", Place(path), "add it; every spec is demanded"),))
    if unsafe := tuple(layout.unsafe([entry])):
        raise Unreadable(unsafe)
    if entry.size > SPEC_BYTES:
        message = f"the file has {entry.size} bytes, over the limit of {SPEC_BYTES}"
        raise Unreadable((Problem(message, Place(path), "split it, or move large content out"),))
    return File(source, entry, typed(path, content(source, entry), spec))


def typed(path: str, data: bytes, spec: type[S]) -> S:
    """The spec in the bytes of a file; raises `Unreadable` with every place that is wrong."""
    found: S
    try:
        found = _typed(data, spec)
    except Refused as refused:
        raise Unreadable((refusal(path, refused),)) from refused
    except ValidationError as error:
        text = data.decode()

        def place(pointer: Pointer, key: bool) -> Place:
            return Place(path, place_of(text, pointer, key=key))

        raise Unreadable(tuple(problems_of(error, spec, place, read_yaml(data)))) from error
    return found


@lru_cache(256)
def _typed(data: bytes, spec: type[Any]) -> Any:
    """The spec; what many models share, such as the thresholds of a team, is read once. Nobody can change it."""
    return spec.model_validate(read_yaml(data))


def refusal(path: str, refused: Refused) -> Problem:
    """A text that was refused, as a problem of its file."""
    notes = () if refused.also is None else (Note(Place(path, refused.also[0]), refused.also[1]),)
    return Problem(refused.message, Place(path, refused.span), refused.remedy, notes)
