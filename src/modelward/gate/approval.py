"""Who has said what of each scope, and how far that fills what the scope's changes need."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from modelward.gate.fields import Change
from modelward.gate.records import Counted, Dismissed, Filed, Filing, Outcome, Signable, Stale, Verifier, newest
from modelward.gate.reviews import spoken
from modelward.gate.scopes import Scope, records_folder
from modelward.gate.slots import RequirementState, Said, Sides, Voices, requirements_for, said_by, uncovered
from modelward.gate.step import Step
from modelward.gate.verdict import Proposal, Rejection
from modelward.policy.people import Roles, keyless, model_roles, policy_roles
from modelward.specs.manifest import Manifest
from modelward.specs.record import SignoffRecord
from modelward.specs.scalars import PersonName
from modelward.specs.signoff import Requirement
from modelward.tree.model import Model
from modelward.tree.place import Unreadable


@dataclass(frozen=True)
class Approval:
    """What was said of one scope, and what it comes to."""

    proposal: Proposal
    requirements: tuple[RequirementState, ...]
    uncovered: tuple[Change, ...]
    rejections: tuple[Rejection, ...]
    dismissed: tuple[Dismissed, ...]


class Approvals:
    """The approvals of a step, under the people and the requirements of its base."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._people = step.base.people.spec
        self._policy_roles = policy_roles(self._people)
        folders = {records_folder(scope) for scope in step.scopes}
        self._head = Filing(step.head.source, folders)
        self._base = Filing(step.base.source, folders)
        self._verifier = Verifier(self._people, step.now)

    def roles(self, scope: Scope) -> Roles:
        """Who holds which role in a scope. What the head says of its own roles counts for nothing."""
        before, _ = self._models(scope)
        if before is None:
            return self._policy_roles
        return model_roles(self._people, self._policy_roles, before.approvers.spec)

    def proposing_roles(self, scope: Scope) -> Roles:
        """In which roles a scope can be proposed: for a model that the base does not know, also in its own.

        Whoever proposes fills no slot, so a role that the head gives them gives nothing away.
        """
        before, after = self._models(scope)
        if before is None and after is not None:
            return model_roles(self._people, self._policy_roles, after.approvers.spec)
        return self.roles(scope)

    def outcome(self, scope: Scope, filed: Filed, record: SignoffRecord) -> Outcome:
        """Whether a record of a scope counts, and why not."""
        signable = Signable(self._step.base.policy.spec.repository, scope, *self._step.digests(scope))
        used = {one.record.predicate.nonce for one in self._base.of(scope)}
        proposes = record.predicate.decision == "propose"
        roles = self.proposing_roles(scope) if proposes else self.roles(scope)
        return self._verifier.outcome(filed, record, signable, roles, used)

    def outcome_of(self, scope: Scope, filed: Filed, record: SignoffRecord, before: str, after: str) -> Outcome:
        """Whether a record counts as said of what a scope once went through, from one digest to another."""
        signable = Signable(self._step.base.policy.spec.repository, scope, before, after)
        return self._verifier.outcome(filed, record, signable, self.roles(scope), set())

    def of(self, scope: Scope, changes: Sequence[Change]) -> Approval:
        """The approval of one scope."""
        before, after = self._models(scope)
        sides = Sides(tuple(self._manifests(before, after)))
        roles = self.roles(scope)
        outcomes = list(self._outcomes(scope))
        counted = newest(outcomes)
        proposers = {
            one.record.predicate.person
            for one in outcomes
            if isinstance(one, Counted) and one.record.predicate.decision == "propose"
        }
        if any(change.kind != "rollback" for change in changes):
            # A machine may propose to go back, and nothing else.
            proposers &= self._people.people.keys()
        rejections = [one.record.predicate for one in counted.values() if one.record.predicate.decision == "reject"]
        binding = [*self._step.base.signoff.spec.requirements, *_own_requirements(before)]
        added = [one for one in self._added(scope, after) if one not in binding]
        applying = list(requirements_for(changes, [*binding, *added], sides))
        reviewed, unheard = self._reviewed(scope, counted, [requirement for requirement, _ in applying])
        voices = Voices(
            [*(said_by(one) for one in counted.values() if one.record.predicate.decision != "reject"), *reviewed],
            [one for one in outcomes if isinstance(one, Stale) and one.record.predicate.decision == "approve"],
            self._parts(scope, proposers),
            roles,
            keyless(self._people, self._step.now),
            self._step.now,
        )
        return Approval(
            Proposal(scope, self._proposal_demanded(scope, sides), tuple(sorted(proposers))),
            tuple(voices.state(requirement, scope, those) for requirement, those in applying),
            tuple(uncovered(changes, binding, sides)),
            tuple(Rejection(scope, said.person, said.comment) for said in rejections),
            (*(one for one in outcomes if isinstance(one, Dismissed)), *unheard),
        )

    def _models(self, scope: Scope) -> tuple[Model | None, Model | None]:
        if not scope.startswith("models/"):
            return None, None
        name = scope.removeprefix("models/")
        manifest = f"{scope}/manifest.yaml"
        both = (self._step.base.model(name), self._step.head.model(name))
        before, after = (model if manifest in model.paths else None for model in both)
        return before, after

    def _manifests(self, before: Model | None, after: Model | None) -> Iterator[Manifest]:
        for model in (before, after):
            if model is not None:
                yield model.manifest.spec

    def _outcomes(self, scope: Scope) -> Iterator[Outcome]:
        for filed in self._new(scope):
            if isinstance(filed.record, SignoffRecord):
                yield self.outcome(scope, filed, filed.record)

    def _new(self, scope: Scope) -> Iterator[Filed]:
        """The records that the base does not have."""
        return (filed for filed in self._head.of(scope) if filed.path not in self._base.records)

    def _reviewed(
        self, scope: Scope, counted: Mapping[PersonName, Counted], applying: Sequence[Requirement]
    ) -> tuple[list[Said], list[Dismissed]]:
        """What people say by a review where they have signed nothing, and the reviews that say nothing here."""
        said: list[Said] = []
        unheard = list(self._step.reviews.ignored)
        for reviewed in self._step.reviews.approving:
            if reviewed.person not in counted:
                one, why_not = spoken(reviewed, applying, self.roles(scope), self._step.now)
                said += [] if one is None else [one]
                unheard += why_not
        return said, unheard

    def _parts(self, scope: Scope, proposers: set[PersonName]) -> dict[PersonName, str]:
        wrote = {name: part.why for name, part in self._step.authorship.of(scope, self._people).items()}
        return wrote | dict.fromkeys(proposers, "proposed this change")

    def _proposal_demanded(self, scope: Scope, sides: Sides) -> bool:
        """Whether the change needs a signed proposal; what is no model's does whenever any tier does."""
        tiers = set(self._step.base.signoff.spec.propose.tiers)
        if not scope.startswith("models/"):
            return bool(tiers)
        of_model = sides.tiers()
        return bool(tiers) and (of_model is None or bool(of_model & tiers))

    def _added(self, scope: Scope, after: Model | None) -> Iterator[Requirement]:
        """What the head demands beyond the base: it binds too, and takes nothing away."""
        yield from _own_requirements(after)
        if scope == "policies":
            try:
                yield from self._step.head.signoff.spec.requirements
            except Unreadable:
                # That the file cannot be read is a finding, which denies.
                return


def _own_requirements(model: Model | None) -> tuple[Requirement, ...]:
    return () if model is None else model.approvers.spec.requirements
