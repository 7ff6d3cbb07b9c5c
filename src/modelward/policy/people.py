"""Who holds which role, and whose keys are on record."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from modelward.specs.approvers import Approvers, TeamMembers
from modelward.specs.policy import Duty, Key, People
from modelward.specs.scalars import PersonName, RoleName

Roles = Mapping[RoleName, frozenset[PersonName]]
"""The people who hold each role; a name that is no person holds none."""


class KeyOnRecord(NamedTuple):
    """A key of `people.yaml`: the way to it from the file's root, whose it is, and the key."""

    pointer: tuple[str, str, str, int]
    key: Key

    @property
    def holder(self) -> str:
        """The person or the machine that the key belongs to, as a message names it."""
        group, name = self.pointer[:2]
        return f"machine `{name}`" if group == "machines" else f"`{name}`"


def keys_on_record(people: People) -> Iterator[KeyOnRecord]:
    """Every key of every person, then of every machine."""
    for group, holders in (("people", people.people), ("machines", people.machines)):
        for name, holder in holders.items():
            for index, key in enumerate(holder.keys):
                yield KeyOnRecord((group, name, "keys", index), key)


def machine_keys(people: People, duty: Duty, at: datetime) -> frozenset[str]:
    """The keys of the machines that may do something, each as its algorithm and its base64, that count at a time."""
    return frozenset(
        " ".join(key.key.key.split()[:2])
        for key in keys_on_record(people)
        if key.pointer[0] == "machines" and duty in people.machines[key.pointer[1]].may and _counts(key.key, at)
    )


def keyless(people: People, now: datetime) -> frozenset[PersonName]:
    """The people who have no key with which they could sign now."""
    return frozenset(
        name for name, person in people.people.items() if not any(_counts(key, now) for key in person.keys)
    )


def _counts(key: Key, at: datetime) -> bool:
    return key.revoked is None and key.valid_from <= at < key.valid_until


def policy_roles(people: People) -> Roles:
    """The roles that policy alone assigns: the standing ones, and those that stand beside a person."""
    held = {role: set(members) for role, members in people.standing_roles.items()}
    for name, person in people.people.items():
        for role in person.roles:
            held.setdefault(role, set()).add(name)
    return {role: frozenset(members & people.people.keys()) for role, members in held.items()}


def model_roles(people: People, of_policy: Roles, approvers: Approvers) -> Roles:
    """The roles of policy and those of a model; what a model says of a role that policy assigns counts for nothing."""
    held = dict(of_policy)
    for role, members in approvers.roles.items():
        if role not in of_policy:
            named: set[PersonName] = set()
            for member in members:
                named |= set(people.teams.get(member.team, ())) if isinstance(member, TeamMembers) else {member}
            held[role] = frozenset(named & people.people.keys())
    return held
