"""An event as CloudEvents 1.0 has it (https://github.com/cloudevents/spec, JSON format), on one line."""

import json
from typing import Any, Final
from urllib.parse import quote

from modelward.events.interface import Event

LARGEST: Final = 64 * 1024
"""Bytes that every reader of CloudEvents must take; what is longer is sent without its details."""
MEDIA_TYPE: Final = "application/cloudevents+json"


def cloudevent(event: Event, repository: str) -> dict[str, Any]:
    """The document of an event in `repository`; `source` and `id` together are the same for the same happening."""
    document: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "source": f"/modelward/{quote(repository, errors='replace')}",
        "type": event.type,
        "subject": event.subject,
        "time": event.instant,
        "severity": event.severity,
        "datacontenttype": "application/json",
        "data": {
            "model": event.model,
            "environment": event.environment,
            "release": event.release,
            "title": event.title,
            "body": event.body,
            "details": event.data,
        },
    }
    if not event.subject:
        del document["subject"]
    return document


def written(event: Event, repository: str) -> bytes:
    """The document as JSON of ASCII characters on one line, without a line feed."""
    document = cloudevent(event, repository)
    data = _dumped(document)
    if len(data) <= LARGEST:
        return data
    return _dumped(document | {"data": document["data"] | {"details": {"left_out": "they are too long"}}})


def _dumped(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":"), allow_nan=False, default=dict).encode()
