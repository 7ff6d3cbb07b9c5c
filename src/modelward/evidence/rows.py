"""Rows from a data file: read once, named by the digest of the file's bytes, with every column as it is needed."""

import hashlib
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from modelward.errors import CannotEvaluate, WrongUse
from modelward.evidence.contents import RowIds
from modelward.specs.manifest import Manifest
from modelward.specs.scalars import Digest
from modelward.statistics.bootstrap import Array
from modelward.tree.digest import digest_of

if TYPE_CHECKING:
    import pandas as pd

MISSING: Final = "missing"
"""The group of rows that have no value in the column."""

_NO_NUMBER: Final = ("", "NA", "NaN", "nan", "null", "NULL", "None", "none")
_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"
Texts = NDArray[np.str_]


@dataclass(frozen=True)
class Rows:
    """The rows of a data file, in its order; `digest` is that of the file's bytes as given."""

    digest: Digest
    frame: "pd.DataFrame"

    def __len__(self) -> int:
        return len(self.frame)

    def require(self, columns: Iterable[str], what: str) -> None:
        """Raise `WrongUse` when a column is not there."""
        lacking = [column for column in columns if column not in self.frame.columns]
        if lacking:
            known = ", ".join(map(str, self.frame.columns[:40]))
            raise WrongUse(f"the data has no column `{lacking[0]}`, {what}", f"its columns are {known}")

    def texts(self, column: str) -> list[str | None]:
        """A column as texts; None is missing. A whole number has no point, so that 1 and 1.0 are the same."""
        self.require([column], "which is asked for")
        return [_text(value) for value in self.frame[column].tolist()]

    def numbers(self, column: str) -> Array:
        """A column as numbers; NaN is missing. Raises `CannotEvaluate` for anything that is no number."""
        import pandas as pd

        self.require([column], "which is asked for")
        values = self.frame[column]
        converted = pd.to_numeric(values, errors="coerce")
        bad = np.flatnonzero((converted.isna() & values.notna()).to_numpy())
        if bad.size:
            raise CannotEvaluate(
                f"row {bad[0] + 1} of the data has no number in `{column}`: {values.iloc[bad[0]]!r}",
                "correct the data, or the kind of the feature in the manifest",
            )
        return np.asarray(converted, dtype=np.float64)

    def groups(self, column: str) -> Texts:
        """The group of each row by a column."""
        return np.array([value if value is not None else MISSING for value in self.texts(column)])

    def ids(self, column: str | None) -> RowIds:
        """How many rows there are, and the digest of their ids: of a column, or by default of their numbers from 1 on.

        The digest is the SHA-256 of the ids in the file's order, each followed by a line feed.
        """
        texts = [str(number) for number in range(1, len(self) + 1)] if column is None else self.texts(column)
        digest = hashlib.sha256()
        for text in texts:
            digest.update(f"{text}\n".encode())
        if None in texts or len(set(texts)) != len(texts):
            raise CannotEvaluate(f"`{column}` does not name each row once", "name a column of ids with --id")
        return RowIds(count=len(texts), ids=Digest(f"sha256:{digest.hexdigest()}"), column=column)


def read_rows(path: Path, as_text: Sequence[str] = ()) -> Rows:
    """Read CSV, plain or gzip-compressed, or Parquet, told apart by their first bytes.

    Columns of a CSV named in `as_text` are kept as they are written; of the others, columns of numbers become numbers.
    Raises `WrongUse` when there is no such file, `CannotEvaluate` when it cannot be read as a table with rows.
    """
    data = _bytes(path)
    try:
        frame = _parquet(data) if data.startswith(_PARQUET) else _csv(data, as_text)
    except (ValueError, OSError, EOFError) as error:
        raise CannotEvaluate(f"{path} is no table: {_first_line(error)}", "give CSV or Parquet") from error
    if not len(frame):
        raise CannotEvaluate(f"{path} has no rows", "give the rows that the release is measured on")
    return Rows(digest_of(data), frame)


def digest_of_file(path: Path) -> Digest:
    """The digest of a data file's bytes; `WrongUse` when it cannot be read."""
    return digest_of(_bytes(path))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WrongUse(f"cannot read {path}: {error.strerror}", "give the data with --data FILE") from error


def _csv(data: bytes, as_text: Sequence[str]) -> "pd.DataFrame":
    import pandas as pd

    def stream() -> io.BytesIO:
        return io.BytesIO(data)

    options: dict[str, Any] = {
        "compression": "gzip" if data.startswith(_GZIP) else None,
        "encoding": "utf-8-sig",
    }
    header = pd.read_csv(stream(), header=None, nrows=1, dtype=str, keep_default_na=False, **options)
    names: list[str] = header.iloc[0].tolist()
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"the column {twice!r} stands twice")
    texts = set(as_text) & set(names)
    if tuple(map(int, pd.__version__.split(".")[:2])) < (3, 1):
        # Later ones read every number as it is written, and warn of the option.
        options["float_precision"] = "round_trip"
    return pd.read_csv(
        stream(),
        dtype=dict.fromkeys(texts, str),
        keep_default_na=False,
        na_values={name: [""] if name in texts else list(_NO_NUMBER) for name in names},
        low_memory=False,
        **options,
    )


def _parquet(data: bytes) -> "pd.DataFrame":
    import pandas as pd

    return pd.read_parquet(io.BytesIO(data))


def _text(value: object) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    return None if text in ("<NA>", "NaT") else text


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).split("\n")[0][:200]


def columns_as_text(manifest: Manifest, others: Iterable[str] = ()) -> list[str]:
    """The columns whose values are names, not numbers: categories, texts, classes, and others such as ids."""
    names = [feature.name for feature in manifest.features if feature.kind in ("categorical", "text")]
    label = [manifest.label.column] if manifest.label is not None and manifest.task != "regression" else []
    return [*names, *label, *others]
