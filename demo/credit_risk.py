"""The data of the model `credit-risk`: its columns, the clients, the split into training and holdout rows.

A client file comes in, two frames of integers go out. Whether a client is held out depends on the client's ID
alone, so that a file in another order, or with more clients, never moves a row from one side to the other.
"""

import hashlib
from pathlib import Path
from typing import Final

import pandas as pd

IDENTIFIER: Final = "ID"
LABEL: Final = "DEFAULT"
PROTECTED: Final = "SEX"

REPAYMENT_STATUS: Final = ("PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6")
"""Months of delay in repayment, September back to April 2005; zero and below mean no delay."""

AMOUNTS: Final = (
    "LIMIT_BAL",
    *(f"BILL_AMT{month}" for month in range(1, 7)),
    *(f"PAY_AMT{month}" for month in range(1, 7)),
)
"""Credit limit, bills and payments in New Taiwan dollars."""

FEATURES: Final = ("LIMIT_BAL", *REPAYMENT_STATUS, *AMOUNTS[1:])
"""What the model reads, in the order in which it reads it. No protected attribute is among them."""

COLUMNS: Final = (IDENTIFIER, "LIMIT_BAL", "SEX", "EDUCATION", "MARRIAGE", "AGE", *FEATURES[1:], LABEL)
"""Every column of the client file, in its order."""

HOLDOUT_SHARE: Final = 0.30
SPLIT_SALT: Final = "credit-risk/holdout/1"


def read_clients(path: Path) -> pd.DataFrame:
    """Read a client file, plain or gzip-compressed CSV, as `int64` columns in the order of `COLUMNS`.

    Raises:
        OSError: the file cannot be read.
        ValueError: a column is missing or unknown, a value is not an integer, or an ID occurs twice.
    """
    clients = pd.read_csv(path, encoding="utf-8-sig")
    if difference := set(COLUMNS).symmetric_difference(clients.columns):
        raise ValueError(f"{path}: missing or unknown columns: {', '.join(sorted(difference))}")
    if fractional := [column for column in COLUMNS if clients[column].dtype != "int64"]:
        raise ValueError(f"{path}: columns with values that are no integers: {', '.join(fractional)}")
    if not clients[IDENTIFIER].is_unique:
        raise ValueError(f"{path}: column {IDENTIFIER} names a client twice")
    return clients[list(COLUMNS)]


def split(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part clients into training and holdout rows, about 70 to 30, each sorted by ID.

    Splitting the holdout rows again yields all of them as holdout.
    """
    ordered = frame.sort_values(IDENTIFIER)
    held_out = ordered[IDENTIFIER].map(_is_held_out).astype(bool)
    return ordered[~held_out], ordered[held_out]


def training_bytes(frame: pd.DataFrame) -> bytes:
    """Write the training rows of `frame` in canonical form; the SHA-256 of the bytes names the rows."""
    training, _ = split(frame)
    return _canonical_csv(training)


def holdout_bytes(frame: pd.DataFrame) -> bytes:
    """Write the holdout rows of `frame` in canonical form; the SHA-256 of the bytes names the rows."""
    _, holdout = split(frame)
    return _canonical_csv(holdout)


def _is_held_out(client: int) -> bool:
    digest = hashlib.sha256(f"{SPLIT_SALT}:{client}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < HOLDOUT_SHARE * 2**64


def _canonical_csv(rows: pd.DataFrame) -> bytes:
    """Write UTF-8 without byte-order mark: one header line, `COLUMNS`, LF, decimal integers, sorted by ID."""
    text: str = rows.sort_values(IDENTIFIER).to_csv(columns=list(COLUMNS), index=False, lineterminator="\n")
    return text.encode()
