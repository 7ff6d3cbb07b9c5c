"""Digests: of content, and of a model directory. There is one way to compute each."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from modelward.specs.scalars import Digest

# MLflow's client writes this file into a directory that it downloads by registered name; it is no part of the model.
ADDED_ON_DOWNLOAD = frozenset({"registered_model_meta"})


def digest_of(data: bytes) -> Digest:
    """The digest of some content, as specs write it."""
    return Digest(f"sha256:{hashlib.sha256(data).hexdigest()}")


def artifact_digest(directory: Path) -> tuple[Digest, int]:
    """The digest of a model directory, and the size of its files in bytes.

    It is the SHA-256 of what `find * -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum` prints there.
    """
    listing = hashlib.sha256()
    size = 0
    for path in sorted(_files(directory), key=lambda path: path.relative_to(directory).as_posix().encode()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        size += path.stat().st_size
        listing.update(f"{content}  {path.relative_to(directory).as_posix()}\n".encode())
    return Digest(f"sha256:{listing.hexdigest()}"), size


def _files(directory: Path) -> Iterator[Path]:
    for path in directory.rglob("*"):
        if path.is_file() and path.relative_to(directory).as_posix() not in ADDED_ON_DOWNLOAD:
            yield path


def short(digest: str) -> str:
    """The first twelve hexadecimal digits, for people."""
    return digest.removeprefix("sha256:")[:12]
