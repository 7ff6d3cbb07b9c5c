"""Sign-off records: read from the head, verified under the keys of the base, and counted or dismissed with a reason."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import ValidationError

from modelward.gate.scopes import PEOPLE, RecordPath, Scope, record_path, records_folder, speaks_of_signoffs
from modelward.policy.people import KeyOnRecord, Roles, keys_on_record
from modelward.signing.keys import PublicKey
from modelward.signing.sshsig import SignatureRefused, verify
from modelward.specs.policy import People
from modelward.specs.record import (
    POSSESSION,
    POSSESSION_NAMESPACE,
    SIGNOFF_NAMESPACE,
    PossessionRecord,
    SignoffRecord,
)
from modelward.specs.scalars import PersonName
from modelward.tree.json_reader import read_json
from modelward.tree.place import Place, Problem
from modelward.tree.source import REGULAR, Source
from modelward.tree.text import Refused

SKEW: Final = timedelta(minutes=5)
"""By how much the clocks of two honest people may differ."""
LONGEST: Final = timedelta(days=90)
"""How long a sign-off may be valid at most."""
MAX_RECORD: Final = 64 * 1024


@dataclass(frozen=True)
class Filed:
    """A record that stands in the tree under the name that its content demands, with its signature if there is one."""

    path: str
    data: bytes
    signature: bytes | None
    record: SignoffRecord | PossessionRecord

    @property
    def scope(self) -> Scope:
        """The scope that the record names."""
        return Scope(self.record.subject[0].name)

    @property
    def after(self) -> str:
        """The digest of the content that was signed."""
        return self.record.subject[0].digest.sha256


@dataclass(frozen=True)
class Counted:
    """A sign-off that counts."""

    filed: Filed
    record: SignoffRecord


@dataclass(frozen=True)
class Stale:
    """A sign-off that was good for other content; `before` tells that the base has moved instead."""

    filed: Filed
    record: SignoffRecord
    base_moved: bool


@dataclass(frozen=True)
class Dismissed:
    """A record or a review that counts for nothing, and why; `person` is None for somebody whom nobody knows."""

    path: str
    person: PersonName | None
    why: str


Outcome = Counted | Stale | Dismissed


def filed(path: str, data: bytes, signature: bytes | None) -> Filed | None:
    """The record in some bytes, or None when they are none, or have no business under this name."""
    name = RecordPath.of(path)
    record = _parsed(data)
    if name is None or record is None or not _in_place(name, record):
        return None
    return Filed(path, data, signature, record)


class Filing:
    """The records of a tree. Whatever is called `signoffs` and is no record in its place is a problem (THREATS T81)."""

    def __init__(self, source: Source, folders: Iterable[str]) -> None:
        self.problems: list[Problem] = []
        self.records: dict[str, Filed] = {}
        for folder in sorted(set(folders)):
            self._read(source, folder)

    def of(self, scope: Scope) -> list[Filed]:
        """The records of one scope, by path."""
        return [filed for filed in self.records.values() if filed.scope == scope]

    def _read(self, source: Source, folder: str) -> None:
        entries = source.entries(folder)
        plain = []
        for entry in entries:
            path = RecordPath.of(entry.path)
            if path is None or entry.mode != REGULAR or entry.size > MAX_RECORD:
                self._refuse(entry.path, "is no sign-off record")
            else:
                plain.append((path, entry))
        found = {
            path.path: (path, data)
            for (path, _), (_, data) in zip(plain, source.read(e for _, e in plain), strict=True)
        }
        for path, data in found.values():
            if path.is_signature:
                if path.document not in found:
                    self._refuse(path.path, "is the signature of no record")
                continue
            signature = found.get(f"{path.path}.sig")
            record = filed(path.path, data, None if signature is None else signature[1])
            if record is None:
                self._refuse(path.path, "is no sign-off record of the name that it has")
            else:
                self.records[path.path] = record

    def _refuse(self, path: str, what: str) -> None:
        remedy = "remove it; `modelward sign` writes records, and nothing else may be named `signoffs`"
        self.problems.append(Problem(f"the file {what}", Place(path), remedy))


def stray(paths: Iterable[str]) -> Iterator[Problem]:
    """Paths with a component `signoffs` where no scope keeps its records."""
    for path in paths:
        if speaks_of_signoffs(path) and RecordPath.of(path) is None:
            yield Problem(
                "no sign-off record can stand here", Place(path), "remove it; nothing else may be named `signoffs`"
            )


@dataclass(frozen=True)
class Signable:
    """What a record must name to count: this repository, one scope, and its content before and after."""

    repository: str
    scope: Scope
    before: str
    after: str


class Verifier:
    """Verifies records under the people of the base, as at one time."""

    def __init__(self, people: People, now: datetime) -> None:
        self._now = now
        self._people = people
        self._keys: dict[str, KeyOnRecord] = {}
        self._twice: set[str] = set()
        for key in keys_on_record(people):
            line = " ".join(key.key.key.split()[:2])
            if line in self._keys:
                self._twice.add(line)
            self._keys[line] = key

    def outcome(self, filed: Filed, record: SignoffRecord, signable: Signable, roles: Roles, used: set[str]) -> Outcome:
        """Whether a record counts; `used` are the nonces of this scope that stand at the base."""
        said = record.predicate
        why = (
            self._unsigned(filed, said.person)
            or self._untimely(said.signed_at, said.expires_at)
            or (f"it names the repository `{said.repository}`" if said.repository != signable.repository else "")
            or (f"it is of {filed.scope}" if filed.scope != signable.scope else "")
            or ("it has been used before" if said.nonce in used else "")
            or self._unfit(record, roles)
        )
        if why:
            return Dismissed(filed.path, said.person, why)
        if filed.after != signable.after:
            return Stale(filed, record, base_moved=False)
        if said.before.sha256 != signable.before:
            return Stale(filed, record, base_moved=True)
        return Counted(filed, record)

    def _unsigned(self, filed: Filed, person: PersonName) -> str:
        if filed.signature is None:
            return "it bears no signature"
        try:
            key = verify(filed.data, filed.signature, SIGNOFF_NAMESPACE)
        except SignatureRefused as refused:
            return refused.message
        known = self._keys.get(key.line)
        if known is None:
            return "it is signed by a key that nobody has"
        if key.line in self._twice:
            return "its key belongs to two"
        # A machine may bear the name of a person, and is not that person.
        group = "people" if person in self._people.people else "machines"
        if known.pointer[:2] != (group, person):
            return f"it is signed by the key of {known.holder}"
        if known.key.revoked is not None:
            return "its key is revoked"
        if not known.key.valid_from <= self._now < known.key.valid_until:
            return "its key is not valid now"
        return ""

    def _untimely(self, signed: datetime, expires: datetime) -> str:
        if signed > self._now + SKEW:
            return "it is signed in the future"
        if not self._now < expires:
            return "it has expired"
        if not timedelta() < expires - signed <= LONGEST:
            return f"it is valid for longer than {LONGEST.days} days, or not at all"
        return ""

    def _unfit(self, record: SignoffRecord, roles: Roles) -> str:
        said = record.predicate
        if said.person not in self._people.people:
            machine = self._people.machines.get(str(said.person))
            if machine is None:
                return "it is by nobody that policies/people.yaml knows"
            if said.decision != "propose" or "rollback-branch" not in machine.may:
                return "a machine can only propose a rollback"
            return ""
        if said.person not in roles.get(said.role, frozenset()):
            return f"`{said.person}` does not hold the role `{said.role}`"
        return ""


def newest(outcomes: Sequence[Outcome]) -> Mapping[PersonName, Counted]:
    """The record of each person that counts: the newest; of two at the same time the one that allows less."""
    order = {"reject": 2, "propose": 1, "approve": 0}
    found: dict[PersonName, Counted] = {}
    for one in outcomes:
        if isinstance(one, Counted):
            said = one.record.predicate
            known = found.get(said.person)
            rank = (said.signed_at, order[said.decision], said.nonce)
            if known is None:
                found[said.person] = one
                continue
            other = known.record.predicate
            if rank > (other.signed_at, order[other.decision], other.nonce):
                found[said.person] = one
    return found


def possessed(filed: Iterable[Filed], repository: str, person: str, key: PublicKey, after: str) -> bool:
    """Whether some statement shows that the private half of a new key signed for this person and this content."""
    for one in filed:
        record = one.record
        if not isinstance(record, PossessionRecord) or one.signature is None or one.scope != PEOPLE:
            continue
        said = record.predicate
        if (said.repository, said.person, said.fingerprint) != (repository, person, key.fingerprint):
            continue
        try:
            if one.after == after and verify(one.data, one.signature, POSSESSION_NAMESPACE) == key:
                return True
        except SignatureRefused:
            continue
    return False


def _parsed(data: bytes) -> SignoffRecord | PossessionRecord | None:
    try:
        document = read_json(data)
        kind = PossessionRecord if document.get("predicateType") == POSSESSION else SignoffRecord
        return kind.model_validate(document)
    except (Refused, ValidationError):
        return None


def _in_place(path: RecordPath, record: SignoffRecord | PossessionRecord) -> bool:
    said = record.predicate
    scope = Scope(record.subject[0].name)
    after = record.subject[0].digest.sha256
    return path.folder == records_folder(scope) and path.path == record_path(scope, after, said.person, said.nonce)
