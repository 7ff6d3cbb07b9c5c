"""Who must sign which kind of change; shared by the organisation's policy and a model's own additions."""

from typing import Annotated, Final, Literal, Self, get_args

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from modelward.specs.scalars import Count, EnvironmentField, FixedDuration, RoleField, Slug, Spec, Text

ChangeKind = Literal[
    "model-added",
    "model-retired",
    "import",
    "release-added",
    "promotion",
    "rollback",
    "fallback",
    "enable",
    "resume",
    "hold",
    "unhold",
    "promote-step",
    "tenant",
    "threshold-tightened",
    "threshold-loosened",
    "trigger-removed",
    "canary",
    "approvers",
    "tier",
    "compliance",
    "identity",
    "ownership",
    "retraining",
    "evidence",
    "retention-lengthened",
    "retention-shortened",
    "documentation",
    "policy",
    "people",
    "validators",
    "environment",
    "repository",
    "waiver",
]
CHANGE_KINDS: Final[tuple[ChangeKind, ...]] = get_args(ChangeKind)


class Condition(Spec):
    """When a demand applies: every list that is given must hold the change's value."""

    change: tuple[ChangeKind, ...] | None = None
    environment: tuple[EnvironmentField, ...] | None = None
    tier: tuple[Literal["low", "medium", "high"], ...] | None = None
    compliance: tuple[Slug, ...] | None = None


class Slot(Spec):
    """One role whose holders can sign, and how many of them are needed."""

    role: RoleField
    count: Count = 1


class Requirement(Spec):
    """The signatures that a kind of change needs: `all` of the slots, or `any` one of them."""

    name: Text
    when: Condition
    all: Annotated[tuple[Slot, ...], Field(min_length=1)] | None = None
    any: Annotated[tuple[Slot, ...], Field(min_length=1)] | None = None
    max_age: FixedDuration | None = None
    accept: Annotated[tuple[Literal["signature", "review"], ...], Field(min_length=1)] | None = None
    proposer: Literal["may-sign"] | None = None
    review_within: FixedDuration | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.all is None) == (self.any is None):
            raise PydanticCustomError("requirement", "needs exactly one of `all:` and `any:`")
        if (self.proposer is None) != (self.review_within is None):
            raise PydanticCustomError("requirement", "needs `proposer: may-sign` and `review_within:` together")
        return self
