"""A folder for files of others: whatever they put there is gone in the end."""

from pathlib import Path

import pytest

from modelward.tree.scratch import scratch


def test_all_that_was_put_there_is_gone_however_it_lies_and_whatever_ends_it() -> None:
    def filled(folder: Path) -> None:
        for number in range(1, 1500):
            Path(f"{folder}{'/d' * number}").mkdir()
        (folder / "d/kept").mkdir()
        (folder / "d/kept/file").write_bytes(b"x")
        (folder / "d/link").symlink_to(Path(__file__).parent)
        (folder / "d/kept").chmod(0o500)

    with scratch() as folder:
        filled(folder)
    assert not folder.exists()
    with pytest.raises(IsADirectoryError), scratch() as folder:
        folder.read_bytes()
    assert not folder.exists()
    assert Path(__file__).exists(), "what a link leads to is not of the folder"
