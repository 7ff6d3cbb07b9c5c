"""A release and its evidence, checked as they lie there: pins, forms, subjects, attached files, signatures."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pydantic import ValidationError

from modelward.evidence.contents import AttachedFile
from modelward.policy.signatures import signer_of
from modelward.rules.evidence_schema import EvidenceSchemas
from modelward.signing.sshsig import SignatureRefused
from modelward.specs.evidence import Envelope, Subject
from modelward.specs.policy import People
from modelward.specs.scalars import PersonName
from modelward.tree.digest import digest_of
from modelward.tree.model import SIGNATURE, Evidence, Model, ReleaseFolder
from modelward.tree.place import Place


class Fault(NamedTuple):
    """What is wrong, and where."""

    place: Place
    message: str


@dataclass(frozen=True)
class Checked:
    """One pinned document: its faults, and who has signed it with a signature that counts."""

    evidence: Evidence
    faults: tuple[Fault, ...]
    signed_by: PersonName | None


@dataclass(frozen=True)
class Against:
    """What documents are held against: schemas of kinds, people, the time of this run, and files by their path."""

    schemas: EvidenceSchemas
    people: People
    at: datetime
    read: Callable[[str], bytes | None]


def check(model: Model, release: ReleaseFolder, against: Against) -> list[Checked]:
    """Every document that the record pins, in its order."""
    return [_checked(model, release, index, against) for index in range(len(release.evidence))]


def _checked(model: Model, release: ReleaseFolder, index: int, against: Against) -> Checked:
    evidence = release.evidence[index]
    pin = release.record.place("evidence", index, "digest")
    if evidence.data is None:
        return Checked(evidence, (Fault(pin, f"`{evidence.path}` is missing or too large"),), None)
    faults = []
    if evidence.digest != evidence.pin.digest:
        faults.append(Fault(pin, f"`{evidence.pin.path}` is {evidence.digest}, not the document that was pinned"))
    if not isinstance(evidence.envelope, Envelope):
        faults += [Fault(problem.place, problem.message) for problem in evidence.envelope]
        return Checked(evidence, tuple(faults), None)
    faults += _form(evidence, against.schemas)
    faults += _subject(evidence, evidence.envelope.subject, model, release)
    faults += _attached(evidence, release, against)
    signed_by = None
    try:
        signed_by = signer_of(evidence, against.people, against.at)
    except SignatureRefused as refused:
        faults.append(Fault(Place(evidence.path + SIGNATURE), refused.message))
    return Checked(evidence, tuple(faults), signed_by)


def _form(evidence: Evidence, schemas: EvidenceSchemas) -> Iterator[Fault]:
    assert isinstance(evidence.envelope, Envelope)
    if evidence.envelope.kind != evidence.pin.kind:
        yield Fault(evidence.place("kind"), f"the document is pinned as `{evidence.pin.kind}`")
    assert isinstance(evidence.document, Mapping)
    errors = schemas.errors(evidence.pin.kind, evidence.document)
    if errors is None:
        yield Fault(evidence.place("kind"), f"`{evidence.pin.kind}` is no kind of evidence here")
    for error in errors or ():
        yield Fault(evidence.place(*error.pointer), error.message)


def _subject(evidence: Evidence, subject: Subject, model: Model, release: ReleaseFolder) -> Iterator[Fault]:
    spec = release.spec
    expected = (
        ("model", subject.model, model.name),
        ("release", subject.release, spec.release),
        ("artifact", subject.artifact, spec.artifact.digest),
    )
    for name, said, wanted in expected:
        if said != wanted:
            yield Fault(evidence.place("subject", name), f"the document speaks of {name} {said}, not {wanted}")
    named = {dataset.digest for dataset in spec.datasets}
    for index, digest in enumerate(subject.datasets):
        if digest not in named:
            place = evidence.place("subject", "datasets", index)
            yield Fault(place, f"release {spec.release} does not name the data {digest}")


def _attached(evidence: Evidence, release: ReleaseFolder, against: Against) -> Iterator[Fault]:
    """A file that the document speaks of is there, byte for byte."""
    assert isinstance(evidence.envelope, Envelope)
    said = (evidence.envelope.content.model_extra or {}).get("file")
    if said is None:
        return
    try:
        file = AttachedFile.model_validate(said)
    except ValidationError:
        yield Fault(evidence.place("content", "file"), "this names no attached file")
        return
    data = against.read(f"{release.folder}/{file.path}")
    if data is None or digest_of(data) != file.digest:
        found = "missing" if data is None else f"{digest_of(data)}, not {file.digest}"
        yield Fault(evidence.place("content", "file"), f"`{file.path}` is {found}")
