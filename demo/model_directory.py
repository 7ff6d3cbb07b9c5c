"""Model directories as MLflow writes them: their digest, and their copy without what the client adds."""

import hashlib
import shutil
from pathlib import Path
from typing import Final

CLIENT_SIDE_FILE: Final = "registered_model_meta"
"""MLflow's client adds this file to a download; it is no part of what was registered."""


def digest(directory: Path) -> str:
    """Name the content of a model directory, as `sha256:<hex>`.

    The hash is taken over the lines that `sha256sum` prints for its files, `<hex>  <path>` with paths
    relative to the directory and sorted bytewise, leaving out `CLIENT_SIDE_FILE`.

    Raises:
        ValueError: the directory holds no file.
    """
    paths = sorted(
        (path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()),
        key=str.encode,
    )
    lines = [
        f"{hashlib.sha256((directory / path).read_bytes()).hexdigest()}  {path}\n"
        for path in paths
        if path != CLIENT_SIDE_FILE
    ]
    if not lines:
        raise ValueError(f"{directory} holds no file")
    return f"sha256:{hashlib.sha256(''.join(lines).encode()).hexdigest()}"


def export(download: Path, destination: Path) -> None:
    """Copy a downloaded model directory byte for byte, leaving out `CLIENT_SIDE_FILE`."""
    shutil.copytree(download, destination, ignore=shutil.ignore_patterns(CLIENT_SIDE_FILE))
