"""Whether there are people enough who can sign, and keys that will still count next month."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from modelward.health.outcomes import Check, Failed, Look, Ok, Outcome, Unknown, Warned, each, listed
from modelward.policy.people import Roles, keyless, keys_on_record
from modelward.policy.requirements import can_fill, covers
from modelward.rules.requirements import WITHOUT_MODEL, asked_of
from modelward.rules.subjects import Repository
from modelward.specs.scalars import PersonName
from modelward.specs.signoff import Requirement
from modelward.tree.place import Unreadable
from modelward.tree.snapshot import Snapshot

_SOON: Final = timedelta(days=30)
_MORE_KEYS: Final = "modelward people add-key PERSON --key FILE"
_MORE_PEOPLE: Final = (
    "give keys and roles to more people: modelward people add-key, policies/people.yaml, approvers.yaml"
)


def signers(snapshot: Snapshot, now: datetime) -> Iterator[Check]:
    """Keys, and whether every requirement can be filled by people who have some."""
    return each(_looks(_Signers(snapshot, now)))


def _looks(signers: "_Signers") -> Iterator[tuple[str, Look]]:
    yield "keys", signers.keys
    yield "keys that expire", signers.expiring
    yield "requirements", signers.fillable
    yield "requirements without their author", signers.independent


@dataclass(frozen=True)
class _Need:
    """A requirement, whose it is, and who could speak in which role; `proposing` are those who could ask for it."""

    what: str
    requirement: Requirement
    roles: Roles
    proposing: AbstractSet[PersonName]


@dataclass(frozen=True)
class _Signers:
    snapshot: Snapshot
    now: datetime

    def keys(self) -> Outcome:
        people = self.snapshot.people.spec
        without = sorted(self._keyless)
        if len(without) == len(people.people):
            return Failed("nobody has a key that counts now, so nobody can sign", _MORE_KEYS)
        if without:
            return Warned(f"no key counts now of {listed(without)}", _MORE_KEYS)
        return Ok(f"each of {len(people.people)} people has one that counts now")

    def expiring(self) -> Outcome:
        last: dict[str, datetime] = {}
        for one in keys_on_record(self.snapshot.people.spec):
            if one.key.revoked is None and one.key.valid_until > self.now:
                last[one.holder] = max(one.key.valid_until, last.get(one.holder, self.now))
        soon = sorted((until, holder) for holder, until in last.items() if until <= self.now + _SOON)
        if soon:
            return Warned(listed([f"{holder} has none after {until:%Y-%m-%d}" for until, holder in soon]), _MORE_KEYS)
        return Ok("whoever has one still has one in 30 days")

    def fillable(self) -> Outcome:
        """Whether people who have keys could fill each requirement, and one beside them could propose it."""
        lacking = [need.what for need in self._needs if not _can_be_met(need)]
        if lacking:
            return Failed(f"nobody can fill {listed(lacking)}", _MORE_PEOPLE)
        return self._unless_unread("people with keys can fill each")

    def independent(self) -> Outcome:
        """Whoever makes a change fills none of its slots: on whom a requirement leans alone cannot change anything."""
        leaning = [
            f"{need.what} for a change by {person}"
            for need in self._needs
            if need.requirement.proposer is None and _can_be_met(need)
            for person in sorted(_askable(need))
            if not can_fill(need.requirement, need.roles, person)
        ]
        if leaning:
            return Warned(f"nobody can fill {listed(leaning)}", _MORE_PEOPLE)
        return self._unless_unread("no requirement leans on one person alone")

    def _unless_unread(self, why: str) -> Outcome:
        if self._read[1]:
            return Unknown(f"the roles of {listed(self._read[1])} cannot be read", "modelward validate")
        return Ok(why)

    @property
    def _needs(self) -> list[_Need]:
        return self._read[0]

    @cached_property
    def _read(self) -> tuple[list[_Need], list[str]]:
        """What is asked of whom, and the models that cannot be read."""
        known = Repository(self.snapshot, self.now, {})
        needs = [
            self._need(f"`{one.name}`", one, known.policy_roles, _everybody(known.policy_roles))
            for one in self.snapshot.signoff.spec.requirements
            if one.when.environment is None and any(covers(one.when, kind) for kind in WITHOUT_MODEL)
        ]
        unread: list[str] = []
        for name in self.snapshot.model_names():
            try:
                asked = asked_of(self.snapshot.model(name), known)
            except Unreadable:
                unread.append(f"models/{name}")
                continue
            needs += [
                self._need(f"`{one.requirement.name}` of {name}", one.requirement, asked.roles, asked.own)
                for one in asked.requirements
            ]
        return needs, unread

    def _need(self, what: str, requirement: Requirement, roles: Roles, proposing: Iterable[PersonName]) -> _Need:
        """A requirement without those who cannot speak: who has no key, nor a login where reviews are accepted."""
        people = self.snapshot.people.spec
        mute = self._keyless
        if "review" in (requirement.accept or ()):
            mute = frozenset(name for name in mute if "github" not in people.people[name].logins)
        heard = {role: holders - mute for role, holders in roles.items()}
        return _Need(what, requirement, heard, frozenset(proposing) - self._keyless)

    @cached_property
    def _keyless(self) -> frozenset[PersonName]:
        return keyless(self.snapshot.people.spec, self.now)


def _can_be_met(need: _Need) -> bool:
    if not can_fill(need.requirement, need.roles):
        return False
    if need.requirement.proposer is not None or not need.proposing:
        return True
    return any(can_fill(need.requirement, need.roles, one) for one in need.proposing)


def _everybody(roles: Roles) -> frozenset[PersonName]:
    return frozenset().union(*roles.values())


def _askable(need: _Need) -> set[PersonName]:
    slots = need.requirement.all or need.requirement.any or ()
    return {person for slot in slots for person in need.roles.get(slot.role, ())}
