"""A folder for files of others that are only looked at, and that are gone afterwards."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch() -> Iterator[Path]:
    """A new folder, which is removed in the end with all that lies in it; raises `OSError`.

    However deep that lies: `shutil.rmtree` calls itself for each folder, and so ends where Python lets no call in.
    """
    folder = Path(tempfile.mkdtemp(prefix="modelward-"))
    try:
        yield folder
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    folders = [folder]
    for each in folders:
        # Others may have made it so that nothing can be taken out of it.
        each.chmod(0o700)
        with os.scandir(each) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
                else:
                    Path(entry.path).unlink()
    for each in reversed(folders):
        each.rmdir()
