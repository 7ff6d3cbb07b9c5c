"""What the gate answers: allow, deny or error, with every change, finding and slot behind it."""

from dataclasses import dataclass
from typing import Literal

from modelward.gate.fields import Change
from modelward.gate.records import Dismissed
from modelward.gate.scopes import Scope, scope_of
from modelward.gate.slots import RequirementState
from modelward.rules.judgement import Judged, Judgement
from modelward.specs.scalars import PersonName

Answer = Literal["allow", "deny", "error"]


@dataclass(frozen=True)
class Proposal:
    """Whether a scope needs a signed proposal, and who has made one."""

    scope: Scope
    demanded: bool
    by: tuple[PersonName, ...]

    @property
    def missing(self) -> bool:
        """Whether one is demanded and nobody has made it."""
        return self.demanded and not self.by


@dataclass(frozen=True)
class Rejection:
    """Somebody who may speak says no."""

    scope: Scope
    person: PersonName
    comment: str


@dataclass(frozen=True)
class Verdict:
    """The judgement of one change.

    `denying` are the findings that deny it: those in a scope that it touches, or that it causes elsewhere. `policy` is
    the digest of the policies that judged, in hex.
    """

    policy: str
    changes: tuple[Change, ...]
    judgement: Judgement
    denying: tuple[Judged, ...]
    proposals: tuple[Proposal, ...]
    requirements: tuple[RequirementState, ...]
    rejections: tuple[Rejection, ...]
    dismissed: tuple[Dismissed, ...]

    @property
    def answer(self) -> Answer:
        """Error when something could not be told; allow only when nothing at all stands against it."""
        if any(judged.finding.verdict == "error" for judged in self.denying):
            return "error"
        refused = (
            self.denying
            or self.rejections
            or any(proposal.missing for proposal in self.proposals)
            or any(not requirement.satisfied for requirement in self.requirements)
        )
        return "deny" if refused else "allow"

    @property
    def blocked_scopes(self) -> frozenset[Scope]:
        """The scopes that something speaks against; what belongs to none is named as the repository's."""
        found = {requirement.scope for requirement in self.requirements if not requirement.satisfied}
        found |= {proposal.scope for proposal in self.proposals if proposal.missing}
        found |= {rejection.scope for rejection in self.rejections}
        return frozenset(found | {_scope(judged) for judged in self.denying})


def _scope(judged: Judged) -> Scope:
    return scope_of(judged.finding.place.path)
