"""What the organisation demands (`policies/`): people, sign-off, floors, enforcement, freezes, waivers."""

from typing import Annotated, Literal

from pydantic import Field

from modelward.specs.manifest import Fallback, Tier
from modelward.specs.retention import RecordKind
from modelward.specs.scalars import (
    CalendarDuration,
    EnvironmentField,
    FixedDuration,
    Map,
    ModelNameField,
    PersonField,
    RoleField,
    Slug,
    Spec,
    TeamField,
    Text,
    Time,
    empty,
)
from modelward.specs.signoff import ChangeKind, Requirement
from modelward.specs.thresholds import Action, Gate, Severity

REPOSITORY = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99})+$"
PLACEHOLDER_OWNER = "your-organisation"
"""Who owns a repository that nobody has named yet: many do, and what is signed for one would be signed for all."""
Duty = Literal["ledger", "rollback-branch"]
"""What a machine may write."""
Level = Literal["mandatory", "waivable", "advisory"]


class Key(Spec):
    """A public key of one person or machine, and the time in which it counts."""

    key: Text
    valid_from: Time
    valid_until: Time
    revoked: Time | None = None


class Person(Spec):
    """Somebody who can sign."""

    name: Text
    emails: tuple[Text, ...]
    logins: Map[Slug, Text] = Field(default_factory=empty)
    roles: tuple[RoleField, ...] = ()
    keys: tuple[Key, ...] = ()


class Machine(Spec):
    """A program that writes records or branches under its own key."""

    keys: tuple[Key, ...] = ()
    may: tuple[Duty, ...]


class People(Spec):
    """Everybody who can sign, the teams they form, and the roles that only policy assigns."""

    schema_: Literal["people/v1"] = Field(alias="schema")
    people: Map[PersonField, Person]
    teams: Map[TeamField, tuple[PersonField, ...]] = Field(default_factory=empty)
    standing_roles: Map[RoleField, tuple[PersonField, ...]] = Field(default_factory=empty)
    machines: Map[Slug, Machine] = Field(default_factory=empty)


class Propose(Spec):
    """Which tiers demand a signed proposal."""

    tiers: tuple[Tier, ...]


class Signoff(Spec):
    """The organisation's requirements; all that match a change apply together."""

    schema_: Literal["signoff/v1"] = Field(alias="schema")
    propose: Propose
    requirements: tuple[Requirement, ...]


class FloorCondition(Spec):
    """Which models a floor binds."""

    tier: Annotated[tuple[Tier, ...], Field(min_length=1)] | None = None
    compliance: Annotated[tuple[Slug, ...], Field(min_length=1)] | None = None


class RequiredEvidence(Spec):
    """A kind of evidence that must be there, and how old it may be."""

    max_age: FixedDuration | None = None


class CanaryFloor(Spec):
    """The least cautious canary that is allowed."""

    first_weight_at_most: Annotated[int, Field(ge=1, le=100)]
    hold_at_least: FixedDuration
    steps_at_least: Annotated[int, Field(ge=0)]


class TicketFloor(Spec):
    """The prefix that a ticket reference must have."""

    prefix: Text


class Floor(Spec):
    """A demand that a model may exceed, and never undercut.

    `triggers` are the actions that some trigger must permit in each environment that the model deploys to and that no
    other promotes from. `respond_within` bounds, by severity, how long a trigger may wait for an answer. `fallback` are
    those of which the model's must be one.
    """

    name: Text
    when: FloorCondition
    evidence: Map[EnvironmentField, Map[Slug, RequiredEvidence]] = Field(default_factory=empty)
    signed_evidence: tuple[Slug, ...] = ()
    gates: tuple[Gate, ...] = ()
    triggers: tuple[Action, ...] = ()
    respond_within: Map[Severity, FixedDuration] = Field(default_factory=empty)
    fallback: Annotated[tuple[Fallback, ...], Field(min_length=1)] | None = None
    canary: Map[EnvironmentField, CanaryFloor] = Field(default_factory=empty)
    retention: Map[RecordKind, CalendarDuration] = Field(default_factory=empty)
    ticket: TicketFloor | None = None


class Floors(Spec):
    """The organisation's floors."""

    schema_: Literal["floors/v1"] = Field(alias="schema")
    floors: tuple[Floor, ...]


class LevelRule(Spec):
    """The level of one rule, for the models that `when` names."""

    rule: Slug
    level: Level
    when: FloorCondition | None = None


class WaiverBounds(Spec):
    """How long a waiver may hold at most, counted from the day on which it is written."""

    max_age: FixedDuration


def _default_bounds() -> WaiverBounds:
    return WaiverBounds.model_validate({"max_age": "90d"})


class Enforcement(Spec):
    """How strictly rules bind; a rule that is not named is mandatory, and a waiver holds for 90 days at most."""

    schema_: Literal["enforcement/v1"] = Field(alias="schema")
    levels: tuple[LevelRule, ...]
    waivers: WaiverBounds = Field(default_factory=_default_bounds)


class Freeze(Spec):
    """A window in which environments take no changes but those that `allow` names."""

    name: Slug
    reason: Text
    environments: Annotated[tuple[EnvironmentField, ...], Field(min_length=1)]
    cron: Text
    duration: FixedDuration
    timezone: Text
    allow: tuple[ChangeKind, ...] = ()


class Freezes(Spec):
    """The organisation's freezes."""

    schema_: Literal["freezes/v1"] = Field(alias="schema")
    freezes: tuple[Freeze, ...]


class Waiver(Spec):
    """A signed, expiring exception to one rule for one model."""

    schema_: Literal["waiver/v1"] = Field(alias="schema")
    waiver: Slug
    rule: Slug
    model: ModelNameField
    environment: EnvironmentField | None = None
    reason: Text
    ticket: Text
    expires_at: Time


class Policy(Spec):
    """Which repository this is, which engine may judge it, and which paths no sign-off covers."""

    schema_: Literal["policy/v1"] = Field(alias="schema")
    repository: Annotated[str, Field(pattern=REPOSITORY)]
    version: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
    engine: Text
    ungoverned: tuple[Text, ...] = ()

    @property
    def is_named(self) -> bool:
        """Whether the repository has a name of its own, and not the placeholder that `init` gives."""
        return self.repository.partition("/")[0].lower() != PLACEHOLDER_OWNER
