"""The bytes of an evidence document: one way to write each value, so that equal documents have equal digests."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import BaseModel

from modelward.specs.evidence import Envelope, Produced
from modelward.specs.scalars import Duration


def produced(at: datetime, by: str, tool: str) -> Produced:
    """Who made a document, with which tool, and when, written to the second.

    Raises ValueError when `at` bears no time zone.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at} bears no time zone")
    return Produced.model_validate({"at": _time(at.replace(microsecond=0)), "by": by, "tool": tool})


def document_bytes(envelope: Envelope) -> bytes:
    """The document as canonical JSON.

    Keys stand in the order of their type's fields (`kind`, `subject`, `produced`, `content`), keys of a mapping in the
    order given; what was not set, or is None, is left out. UTF-8, two spaces of indent, a line feed at the end, and
    the shortest digits that read back as the same number. Raises ValueError for NaN and infinity.
    """
    text = json.dumps(_plain(envelope), indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return _fields(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, Duration):
        return value.text
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise TypeError(f"no JSON for {type(value).__name__}")


def _fields(model: BaseModel) -> dict[str, object]:
    written = {}
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if name in model.model_fields_set and value is not None:
            written[field.alias or name] = _plain(value)
    return written | {name: _plain(value) for name, value in (model.model_extra or {}).items()}


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
