"""What another tool found out about a release, in the words of evidence: its JSON, or its file as it is."""

import mimetypes
import re
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from modelward.errors import WrongUse
from modelward.evidence.contents import AttachedFile
from modelward.evidence.pinning import free_name
from modelward.specs.evidence import Content
from modelward.specs.thresholds import Thresholds
from modelward.tree.digest import digest_of
from modelward.tree.invalid import problems_of
from modelward.tree.json_reader import place_in_json, read_json
from modelward.tree.place import Place, Pointer
from modelward.tree.text import EVIDENCE_BYTES, Refused

REPORTED: Final = "reported"
_UNKNOWN: Final = "application/octet-stream"
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_MOST_NAME: Final = 80


@dataclass(frozen=True)
class Attachment:
    """The content of a document, and the file that it speaks of with the name under which that is kept."""

    content: Content
    file: tuple[str, bytes] | None


def attachment(name: str, data: bytes, taken: set[str]) -> Attachment:
    """What is attached from a file called `name`: the object that its JSON writes, or the file itself.

    `taken` are names that the kept file cannot have. Raises `WrongUse` for a file over the limit of evidence, and for
    JSON that is not to be read, or uses our words for something else.
    """
    if len(data) > EVIDENCE_BYTES:
        message = f"{name} has {len(data)} bytes, over the limit of {EVIDENCE_BYTES}"
        raise WrongUse(message, "attach a shorter one, or a document that names it by digest")
    is_json = name.lower().endswith(".json") or data.lstrip()[:1] == b"{"
    if is_json:
        return Attachment(content_of(name, data), None)
    media_type = mimetypes.guess_type(name)[0] or _UNKNOWN
    stem, ending = _plain_name(name)
    kept = free_name(stem, ending, taken)
    file = AttachedFile(name=name, path=kept, media_type=media_type, size=len(data), digest=digest_of(data))
    return Attachment(Content.model_validate({"file": file.model_dump()}), (kept, data))


def _plain_name(name: str) -> tuple[str, str]:
    """A name that a path of the repository may have, as what stands before its ending, and the ending with its dot."""
    parts = [part.strip("._-") for part in _UNSAFE.sub("-", name).strip("._-")[-_MOST_NAME:].rpartition(".")]
    stem, ending = parts[0], parts[2]
    return (stem, f".{ending}") if stem and ending else (stem or ending or "attached", "")


def content_of(name: str, data: bytes) -> Content:
    """The content that the JSON of a file writes; raises `WrongUse` with the place of what is wrong."""
    try:
        document = read_json(data)
    except Refused as refused:
        raise WrongUse(f"{Place(name, refused.span)}: {refused.message}", refused.remedy) from refused
    try:
        return Content.model_validate(document)
    except ValidationError as error:

        def place(pointer: Pointer, key: bool) -> Place:
            return Place(name, place_in_json(data.decode(), pointer, key=key))

        problem = problems_of(error, Content, place, document)[0]
        raise WrongUse(f"{problem.place}: {problem.message}", problem.remedy) from error


def check_reported(content: Content, thresholds: Thresholds) -> None:
    """Raise `WrongUse` unless all that is measured is a metric that thresholds declare as reported, in its unit."""
    for measured in content.measurements:
        metric = thresholds.metrics.get(measured.metric)
        if metric is None or metric.computed != REPORTED:
            declared = [name for name, each in thresholds.metrics.items() if each.computed == REPORTED]
            said = "is computed here, not reported" if metric is not None else "is not declared"
            raise WrongUse(
                f"the metric `{measured.metric}` {said}",
                f"thresholds.yaml declares as reported: {', '.join(declared) or 'none'}",
            )
        if measured.unit != metric.unit:
            raise WrongUse(
                f"`{measured.metric}` is reported in {measured.unit}, and declared in {metric.unit}", "convert it"
            )
    if not content.measurements:
        raise WrongUse("nothing is reported", 'write {"measurements": [{"metric": ..., "value": ..., ...}]}')
