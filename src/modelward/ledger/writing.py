"""Records and states as the bytes that the ledger keeps."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from modelward import __version__
from modelward.errors import CannotEvaluate
from modelward.specs.ledger import LedgerRecord, RecordKind
from modelward.specs.scalars import Duration, Spec
from modelward.tree.json_reader import read_json
from modelward.tree.text import HIDDEN, Refused

S = TypeVar("S", bound=Spec)
_LONGEST: Final = 4000
"""How many characters a text of a record has at most."""


def record(kind: RecordKind, at: datetime, **facts: Any) -> LedgerRecord:
    """A new record; its id tells its time and its content, so that the same deed is never on record twice.

    Words of others, such as what a registry says of an error, are kept as text that the reader of the ledger accepts.
    """
    at = at.astimezone(UTC).replace(microsecond=0)
    body = {"schema": "ledger-record/v1", "kind": kind, "at": at, "engine": __version__, **facts}
    told = {name: _legible(plain(value)) for name, value in body.items() if value not in (None, (), {}, "")}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return LedgerRecord.model_validate(told | {"id": f"{at:%Y%m%dT%H%M%SZ}-{digest[:16]}"})


def written(spec: Spec) -> bytes:
    """A record or a state as canonical JSON: the same values are always the same bytes."""
    return json.dumps(plain(spec), indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def read(data: bytes | None, kind: type[S], name: str) -> S:
    """What some bytes of the ledger say. Raises `CannotEvaluate`: nobody guesses what a ledger meant."""
    try:
        return kind.model_validate(read_json(data or b""))
    except (Refused, ValidationError) as error:
        said = error.message if isinstance(error, Refused) else str(error.errors()[0]["msg"])
        remedy = "have its history looked at; nothing that raises risk happens until then"
        raise CannotEvaluate(f"the ledger's {name} cannot be read: {said}", remedy) from error


def record_path(one: LedgerRecord) -> str:
    """Where a record stands."""
    return f"records/{one.id[:4]}/{one.id[4:6]}/{one.id}.json"


def _legible(value: object) -> object:
    """A plain value in whose texts nothing is hidden: characters that do not show stand there as escapes."""
    if isinstance(value, str):
        text = HIDDEN.sub(lambda found: f"\\u{{{ord(found.group()):x}}}", unicodedata.normalize("NFC", value))
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}\u2026"
    if isinstance(value, Mapping):
        return {key: _legible(one) for key, one in value.items()}
    return [_legible(one) for one in value] if isinstance(value, list) else value


def plain(value: object) -> object:
    """A value of a record or a state as plain values of JSON; what is empty is left out."""
    if isinstance(value, Spec):
        known = type(value).model_fields
        named = {known[name].alias or name: plain(one) for name, one in value}
        return {name: one for name, one in named.items() if one not in (None, [], {})}
    if is_dataclass(value) and not isinstance(value, (type, Duration)):
        return plain({field.name: one for field in fields(value) if (one := getattr(value, field.name)) is not None})
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return str(value) if isinstance(value, Duration) else value
