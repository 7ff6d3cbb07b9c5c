"""Archives: the same files, the same bytes."""

import io
import subprocess
import zipfile
from pathlib import Path

from modelward.evidence.packing import archive
from modelward.tree.digest import digest_of

FILES = {"models/m/manifest.yaml": b"schema: manifest/v1\n", "SUMMARY.md": "Zürich\n".encode()}


def test_the_same_files_give_the_same_bytes_in_any_order() -> None:
    assert archive("m-1.0.0", FILES) == archive("m-1.0.0", dict(reversed(FILES.items())))
    assert archive("m-1.0.0", FILES) != archive("m-1.0.0", {**FILES, "SUMMARY.md": b""})


def test_the_bytes_are_those_of_every_machine() -> None:
    assert digest_of(archive("m-1.0.0", FILES)) == (
        "sha256:4ef74124a800a5c3b591ddd2f10c334507981c83d828287a9d33e31ca3def18e"
    )


def test_nothing_of_time_or_owner_is_in_it() -> None:
    with zipfile.ZipFile(io.BytesIO(archive("m-1.0.0", FILES))) as packed:
        for entry in packed.infolist():
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert entry.external_attr >> 16 == 0o100644


def test_sha256sum_finds_every_file_as_the_index_says(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive("m-1.0.0", FILES))) as packed:
        packed.extractall(tmp_path)
    done = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=tmp_path / "m-1.0.0", capture_output=True, check=True
    )
    assert done.stdout.decode().splitlines() == ["SUMMARY.md: OK", "models/m/manifest.yaml: OK"]
