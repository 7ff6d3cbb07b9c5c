"""Which signatures a change needs, and which slots are filled: the one place that says who approved."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from modelward.gate.fields import Change
from modelward.gate.records import Counted, Stale
from modelward.gate.scopes import Scope
from modelward.policy.people import Roles
from modelward.specs.manifest import Manifest, Tier
from modelward.specs.scalars import PersonName, RoleName
from modelward.specs.signoff import Condition, Requirement, Slot


@dataclass(frozen=True)
class Sides:
    """What a model is, before and after: a condition on tier or compliance matches if either side does."""

    manifests: tuple[Manifest, ...]

    def tiers(self) -> frozenset[Tier] | None:
        """The tiers of both sides; None when one of them names none, which every condition then covers."""
        tiers = {manifest.tier for manifest in self.manifests}
        return None if None in tiers else frozenset(tier for tier in tiers if tier is not None)

    def regimes(self) -> frozenset[str] | None:
        """The regimes of both sides; None when one of them names none, which every condition then covers."""
        found: set[str] = set()
        for manifest in self.manifests:
            if manifest.compliance is None:
                return None
            found |= set(manifest.compliance)
        return frozenset(found)


@dataclass(frozen=True)
class Said:
    """What one person says of a scope, in one role: by a signed record, or by a review on the forge."""

    person: PersonName
    role: RoleName
    at: datetime
    by: str


@dataclass(frozen=True)
class SlotState:
    """One role of a requirement: who has signed for it, who could, and who cannot."""

    role: RoleName
    need: int
    signed: tuple[Said, ...]
    stale: tuple[Stale, ...]
    possible: tuple[PersonName, ...]
    excluded: Mapping[PersonName, str]

    @property
    def filled(self) -> bool:
        """Whether enough people have signed."""
        return len(self.signed) >= self.need


@dataclass(frozen=True)
class RequirementState:
    """A requirement that a scope's changes come under, and its slots: all are needed, or `any` one.

    `alone` are those who signed, where all of them had a part in the change: somebody else is to look at it later.
    """

    requirement: Requirement
    scope: Scope
    changes: tuple[Change, ...]
    slots: tuple[SlotState, ...]
    alone: tuple[PersonName, ...] = ()

    @property
    def satisfied(self) -> bool:
        """Whether it is met. A requirement without slots is met by nobody."""
        filled = [slot.filled for slot in self.slots]
        return bool(filled) and (any(filled) if self.requirement.any is not None else all(filled))


def requirements_for(
    changes: Sequence[Change], requirements: Iterable[Requirement], sides: Sides
) -> Iterator[tuple[Requirement, tuple[Change, ...]]]:
    """The requirements that any of the changes comes under, each with those changes; all that match apply together."""
    for requirement in requirements:
        those = tuple(change for change in changes if applies(requirement.when, change, sides))
        if those:
            yield requirement, those


def uncovered(changes: Sequence[Change], requirements: Sequence[Requirement], sides: Sides) -> Iterator[Change]:
    """The changes that no requirement matches: nobody is asked about them, so they cannot be merged."""
    for change in changes:
        if not any(applies(requirement.when, change, sides) for requirement in requirements):
            yield change


def applies(condition: Condition, change: Change, sides: Sides) -> bool:
    """Whether a condition covers a change; what a model leaves out is whatever the condition names."""
    if condition.change is not None and change.kind not in condition.change:
        return False
    if condition.environment is not None and change.environment not in condition.environment:
        return False
    if condition.tier is None and condition.compliance is None:
        return True
    if not sides.manifests:
        return False
    tiers, regimes = sides.tiers(), sides.regimes()
    tier_fits = condition.tier is None or tiers is None or bool(tiers & set(condition.tier))
    return tier_fits and (condition.compliance is None or regimes is None or bool(regimes & set(condition.compliance)))


@dataclass(frozen=True)
class Voices:
    """Everything that was said of one scope, and the roles that people hold there.

    `parts` are the people who had a part in the change itself, each with what it was: they fill no slot, unless a
    requirement lets the proposer sign. The `keyless` can say nothing where only signatures are accepted.
    """

    said: Sequence[Said]
    stale: Sequence[Stale]
    parts: Mapping[PersonName, str]
    roles: Roles
    keyless: frozenset[PersonName]
    now: datetime

    def state(self, requirement: Requirement, scope: Scope, changes: tuple[Change, ...]) -> RequirementState:
        """How far a requirement is met."""
        slots = requirement.all if requirement.all is not None else requirement.any
        assert slots is not None, requirement
        states = tuple(self._slot(requirement, slot) for slot in slots)
        signed = {said.person for state in states for said in state.signed}
        alone = tuple(sorted(signed)) if signed <= self.parts.keys() else ()
        return RequirementState(requirement, scope, changes, states, alone)

    def _slot(self, requirement: Requirement, slot: Slot) -> SlotState:
        holders = self.roles.get(slot.role, frozenset())
        excluded: dict[PersonName, str] = {}
        signed = []
        for said in self.said:
            if said.person not in holders:
                continue
            if said.by == "review" and "review" not in (requirement.accept or ()):
                # They can still sign.
                continue
            why = self._excluded(requirement, said)
            if why:
                excluded[said.person] = why
            elif said.role == slot.role:
                signed.append(said)
            else:
                excluded[said.person] = f"speaks as {said.role}"
        for person in sorted(holders - excluded.keys() - {one.person for one in signed}):
            if requirement.proposer is None and person in self.parts:
                excluded[person] = self.parts[person]
            elif person in self.keyless and "review" not in (requirement.accept or ()):
                excluded[person] = "has no valid key in policies/people.yaml"
        done = {one.person for one in signed}
        return SlotState(
            slot.role,
            slot.count,
            tuple(sorted(signed, key=lambda one: one.person)),
            tuple(one for one in self.stale if one.record.predicate.role == slot.role),
            tuple(sorted(holders - excluded.keys() - done)),
            excluded,
        )

    def _excluded(self, requirement: Requirement, said: Said) -> str:
        """Why what a person says fills no slot of a requirement; empty when it may."""
        accepted = requirement.accept or ("signature",)
        if said.by not in accepted:
            return f"said so by {said.by}; needed is {' or '.join(accepted)}"
        if requirement.max_age is not None and not self.now - said.at <= requirement.max_age.fixed:
            return f"signed longer than {requirement.max_age} ago"
        if requirement.proposer == "may-sign":
            return ""
        return self.parts.get(said.person, "")


def said_by(counted: Counted) -> Said:
    """What a record says."""
    said = counted.record.predicate
    return Said(said.person, said.role, said.signed_at, "signature")
