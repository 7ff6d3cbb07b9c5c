"""Digests: of content, and of a model directory. There is one way to compute each."""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from modelward.errors import CannotEvaluate
from modelward.specs.scalars import Digest

# MLflow's client writes this file into a directory that it downloads by registered name; it is no part of the model.
ADDED_ON_DOWNLOAD = frozenset({"registered_model_meta"})
_ESCAPED = re.compile(r"[\\\n\r]")


def digest_of(data: bytes) -> Digest:
    """The digest of some content, as specs write it."""
    return Digest(f"sha256:{hashlib.sha256(data).hexdigest()}")


def file_digest(path: Path) -> Digest:
    """The digest of a file's content, read piece by piece; raises `OSError`."""
    with path.open("rb") as file:
        return Digest(f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}")


def artifact_digest(directory: Path) -> tuple[Digest, int]:
    r"""The digest of a model directory, and the size of its files in bytes.

    It is the SHA-256 of what `find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum` prints there.
    Raises `CannotEvaluate` for a symbolic link, and for a name that `sha256sum` writes in another way.
    """
    listing = hashlib.sha256()
    size = 0
    for path in sorted(_files(directory), key=os.fsencode):
        content = file_digest(directory / path).removeprefix("sha256:")
        size += (directory / path).stat().st_size
        listing.update(content.encode() + b"  " + os.fsencode(path) + b"\n")
    return Digest(f"sha256:{listing.hexdigest()}"), size


def _files(directory: Path) -> Iterator[str]:
    folders = [""]
    for folder in folders:
        with os.scandir(directory / folder) as entries:
            for entry in entries:
                inside = folder + entry.name
                if entry.is_symlink():
                    # What stands behind a link can change while the listing stays the same.
                    raise CannotEvaluate(f"{inside} is a symbolic link", "an artifact is plain files")
                if _ESCAPED.search(inside):
                    said = f"{inside!r} has a backslash or a line end in its name"
                    raise CannotEvaluate(said, "an artifact has plain names")
                if entry.is_dir():
                    folders.append(f"{inside}/")
                elif entry.is_file() and inside not in ADDED_ON_DOWNLOAD:
                    yield inside
