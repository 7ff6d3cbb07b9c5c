"""One archive for who signs: the same files always give the same bytes."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Final

SUMS: Final = "SHA256SUMS"
SUMMARY: Final = "SUMMARY.md"
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3


def archive(top: str, files: Mapping[str, bytes]) -> bytes:
    """A zip of the files below the folder `top`, and an index of their digests that `sha256sum -c` reads.

    Names are sorted, times are fixed, and nothing is compressed, so that no library's version is in the bytes.
    """
    listing = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    everything = {**files, SUMS: listing.encode()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as zipped:
        for name in sorted(everything):
            entry = zipfile.ZipInfo(f"{top}/{name}", _EARLIEST)
            entry.create_system = _UNIX
            entry.external_attr = 0o100644 << 16
            zipped.writestr(entry, everything[name])
    return packed.getvalue()
