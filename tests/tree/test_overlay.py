"""A tree with new files above it reads like the tree that they were written into."""

from modelward.tree.directory import DirectorySource
from modelward.tree.overlay import OverlaySource
from repository import Repository

NEW = {"models/new/manifest.yaml": b"new\n", "models/credit-score/manifest.yaml": b"other\n", "top.txt": b"top\n"}


def test_it_reads_as_if_the_files_were_there(example: Repository) -> None:
    overlay = OverlaySource(DirectorySource(example.root), NEW)
    shown = {
        prefix: (overlay.entries(prefix), overlay.folders(prefix)) for prefix in ("", "models", "models/new", "nowhere")
    }
    paths = [*NEW, "policies/policy.yaml", "nowhere", "models"]
    single = {path: overlay.entry(path) for path in paths}
    content = {entry.path: data for entry, data in overlay.read(overlay.entries(""))}
    for path, data in NEW.items():
        example.write(path, data)
    real = DirectorySource(example.root)
    for prefix, (entries, folders) in shown.items():
        assert entries == real.entries(prefix)
        if prefix:
            assert folders == real.folders(prefix)
    assert single == {path: real.entry(path) for path in paths}
    assert content == {entry.path: data for entry, data in real.read(real.entries(""))}
    assert overlay.label == real.label
