"""Which files may stand where, judged from names and modes before any content is read (THREATS T42, T45)."""

import re
from collections.abc import Iterable, Iterator

from modelward.specs.kinds import MODEL_SPECS
from modelward.specs.scalars import MODEL_NAME
from modelward.tree.place import Place, Problem
from modelward.tree.source import EXECUTABLE, REGULAR, SUBMODULE, SYMLINK, Entry

DEMANDED = (
    *(f"policies/{name}.yaml" for name in ("policy", "people", "signoff", "floors", "enforcement", "freezes")),
    "environments/registries.yaml",
)
"""What an organisation must say, also where it demands nothing: a file that is gone is no policy."""
MAX_FILES = 5_000
MAX_PATH = 400
_NAME = r"(?!\.{1,2}(?:/|\Z))[A-Za-z0-9_.][A-Za-z0-9._-]*"
_SAFE_PATH = re.compile(rf"{_NAME}(?:/{_NAME})*")
_MODEL_NAME = re.compile(MODEL_NAME)
_BESIDE_SPECS = frozenset({"README.md"}) | {f"{name}.yaml" for name, _ in MODEL_SPECS}
_FOLDERS = frozenset({"releases", "rules", "signoffs"})
_MODES = {SYMLINK: "a symbolic link", SUBMODULE: "a submodule", EXECUTABLE: "an executable"}


def unsafe(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Entries that are no plain files with plain names."""
    for entry in entries:
        if entry.mode != REGULAR:
            what = _MODES.get(entry.mode, "no regular file")
            yield Problem(f"the path is {what}", Place(entry.path), "replace it by a plain file of mode 100644")
        if len(entry.path) > MAX_PATH or not _SAFE_PATH.fullmatch(entry.path):
            yield Problem(
                "the path has characters other than letters, digits, `.`, `_`, `-`, or leads elsewhere, or is too long",
                Place(entry.path),
                "rename the file",
            )


def problems(model: str, entries: Iterable[Entry]) -> Iterator[Problem]:
    """What in a model's folder has no place there."""
    entries = list(entries)
    folder = f"models/{model}"
    if not _MODEL_NAME.fullmatch(model):
        yield Problem(
            "a model's name has lower-case letters, digits and `-` only, at most 63",
            Place(folder),
            "rename the folder before the model is merged; afterwards its name is for ever",
        )
    if len(entries) > MAX_FILES:
        yield Problem(
            f"the folder has {len(entries)} files, over the limit of {MAX_FILES}", Place(folder), "move data out"
        )
        return
    yield from unsafe(entries)
    for entry in entries:
        inside = entry.path[len(folder) + 1 :]
        top, _, rest = inside.partition("/")
        if inside == "" or (rest and top not in _FOLDERS) or (not rest and top not in _BESIDE_SPECS):
            yield Problem(
                f"no file of a model stands under this name (known are {', '.join(sorted(_BESIDE_SPECS))})",
                Place(entry.path),
                "rename or remove the file",
            )
