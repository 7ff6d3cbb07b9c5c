"""What the file `MLmodel` says of the model beside it. Nothing is loaded, and nothing it says is trusted to be true."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import yaml

from modelward.specs.scalars import IDENTIFIER

PYTHON = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){1,2}[0-9A-Za-z.+-]{0,20}")
"""A version of Python as it is written where something was trained."""

FeatureKind = Literal["numeric", "categorical", "boolean", "text", "timestamp"]

_MAX_BYTES = 1024 * 1024
_KINDS: dict[str, FeatureKind] = {
    "boolean": "boolean",
    "integer": "numeric",
    "long": "numeric",
    "float": "numeric",
    "double": "numeric",
    "string": "categorical",
    "datetime": "timestamp",
}


@dataclass(frozen=True)
class Column:
    """One column of a signature that a manifest can name."""

    name: str
    kind: FeatureKind


@dataclass(frozen=True)
class Described:
    """What an `MLmodel` file says. `None` and nothing stand for what it does not say, or not in a form that we read."""

    python: str | None = None
    made_at: datetime | None = None
    tabular: bool | None = None
    """Whether the inputs are named columns; None without a signature."""
    inputs: tuple[Column, ...] = ()
    unnamed_inputs: int = 0
    """How many columns have a name or a type that no feature can have."""
    outputs: tuple[Column, ...] = ()


def described(directory: Path) -> Described:
    """What the file `MLmodel` in a model's directory says."""
    document = _document(directory / "MLmodel")
    signature = document.get("signature")
    signature = signature if isinstance(signature, dict) else {}
    entries = _entries(signature.get("inputs"))
    inputs = _columns(entries)
    flavors = document.get("flavors")
    flavor = flavors.get("python_function") if isinstance(flavors, dict) else None
    python = flavor.get("python_version") if isinstance(flavor, dict) else None
    return Described(
        python if isinstance(python, str) and PYTHON.fullmatch(python) else None,
        _time(document.get("utc_time_created")),
        None if entries is None else any("name" in entry for entry in entries),
        inputs,
        len(entries or ()) - len(inputs),
        _columns(_entries(signature.get("outputs"))),
    )


def _document(path: Path) -> dict[str, Any]:
    """The mapping in the file with every scalar as text; empty when there is none, or none that is safe to read."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        text = data.decode()
        # An alias lets a small text grow without bound.
        if len(data) > _MAX_BYTES or any(
            isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.CBaseLoader)
        ):
            return {}
        document = yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506 - builds mappings, sequences and strings alone
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _entries(written: object) -> list[dict[str, Any]] | None:
    """The entries of one side of a signature, which stands as JSON inside the YAML."""
    try:
        entries = json.loads(written) if isinstance(written, str) else None
    except (ValueError, RecursionError):
        return None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else None


def _columns(entries: list[dict[str, Any]] | None) -> tuple[Column, ...]:
    columns: dict[str, Column] = {}
    for entry in entries or ():
        name, kind = entry.get("name"), entry.get("type")
        if isinstance(name, str) and re.fullmatch(IDENTIFIER, name) and isinstance(kind, str) and kind in _KINDS:
            columns[name] = Column(name, _KINDS[kind])
    return tuple(columns.values())


def _time(written: object) -> datetime | None:
    """The time, which MLflow writes in UTC without saying so."""
    try:
        made_at = datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None
    return made_at.replace(tzinfo=UTC) if made_at is not None and made_at.tzinfo is None else made_at
