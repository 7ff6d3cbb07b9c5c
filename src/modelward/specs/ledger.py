"""What the ledger keeps: records of all that was judged and done, and the state folded from them."""

from typing import Annotated, Literal

from pydantic import Field

from modelward.specs.record import Sha256
from modelward.specs.scalars import (
    Count,
    DigestField,
    EnvironmentField,
    Map,
    ModelNameField,
    PersonField,
    ReleaseField,
    RoleField,
    Slug,
    Spec,
    Text,
    Time,
    empty,
)

COMMIT = r"^([0-9a-f]{40}|[0-9a-f]{64})$"
RECORD_ID = r"^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{16}$"
RecordKind = Literal["judgement", "intent", "outcome", "observation", "suspension", "resume", "import", "adoption"]
DeedKind = Literal["promotion", "rollback", "fallback", "retirement", "adoption", "mend"]
"""What an intent is about, and an outcome has done. A `mend` restores what somebody changed by hand."""
Answer = Literal["allow", "deny", "error"]

CommitField = Annotated[str, Field(pattern=COMMIT)]
RecordId = Annotated[str, Field(pattern=RECORD_ID)]


class Lease(Spec):
    """The claim of one reconciler on a model's environment: who holds it, until when, and the key of the deed.

    The key tells the observed state and the number of the last outcome, so that the same deed has the same key.
    """

    key: Text
    holder: Text
    until: Time


class JudgedStep(Spec):
    """One step of main as it was judged: its last commit, where its window began, and when it was first seen."""

    commit: CommitField
    since: CommitField
    scope: Text | None = None
    verdict: Answer
    seen: Time


class Debt(Spec):
    """A change that one person made alone, as they may; it blocks the model's next promotion until another signs it.

    The change led from the commit `since` to `commit`; `before` and `after` are the digests of the model's content,
    which the second signature must name, in one of the `roles`, not before they had `signed`: what was looked at when
    the same was done once before pays for nothing. `due` is when it is overdue; None when no time is named.
    """

    model: ModelNameField
    since: CommitField
    commit: CommitField
    before: Sha256
    after: Sha256
    requirement: Text
    roles: Annotated[tuple[RoleField, ...], Field(strict=False)]
    by: Annotated[tuple[PersonField, ...], Field(strict=False)]
    signed: Time
    at: Time
    due: Time | None = None


class LedgerRecord(Spec):
    """One entry of the ledger, written once and never changed. `from`, `to` and `previous` are releases."""

    schema_: Literal["ledger-record/v1"] = Field(alias="schema")
    id: RecordId
    kind: RecordKind
    at: Time
    engine: Text
    model: ModelNameField | None = None
    environment: EnvironmentField | None = None
    action: DeedKind | None = None
    from_: ReleaseField | None = Field(default=None, alias="from")
    to: ReleaseField | None = None
    release: ReleaseField | None = None
    artifact: DigestField | None = None
    version: Count | None = None
    previous: ReleaseField | None = None
    triggered_by: Text | None = None
    commit: CommitField | None = None
    policy: DigestField | None = None
    signoffs: Annotated[tuple[Text, ...], Field(strict=False)] = ()
    evidence: Annotated[tuple[DigestField, ...], Field(strict=False)] = ()
    verdict: Answer | None = None
    success: bool | None = None
    error: Text | None = None
    lease: Lease | None = None
    suspension: Slug | None = None
    steps: Annotated[tuple[JudgedStep, ...], Field(strict=False)] = ()
    held_back: Map[Text, CommitField] = Field(default_factory=empty)
    seen: Map[CommitField, Time] = Field(default_factory=empty)
    debts: Annotated[tuple[Debt, ...], Field(strict=False)] = ()


class Tenure(Spec):
    """The time in which a release held an environment fully; `until` is None for the one that holds it now."""

    release: ReleaseField
    artifact: DigestField
    since: Time
    until: Time | None = None


class Suspended(Spec):
    """A release put out of service in an environment, until a merged change names the suspension."""

    release: ReleaseField
    at: Time
    why: Text
    resumed: Time | None = None


class EnvironmentState(Spec):
    """What the records of one environment of a model come to. The oldest tenure comes first."""

    schema_: Literal["ledger-state/v1"] = Field(alias="schema")
    model: ModelNameField
    environment: EnvironmentField
    tenures: Annotated[tuple[Tenure, ...], Field(strict=False)] = ()
    outcomes: Annotated[int, Field(ge=0)] = 0
    lease: Lease | None = None
    suspensions: Map[Slug, Suspended] = Field(default_factory=empty)


class Trust(Spec):
    """How far main is trusted: the last trusted commit, the models that are held back, and each first sight."""

    schema_: Literal["ledger-trust/v1"] = Field(alias="schema")
    root: CommitField
    trusted: CommitField
    held_back: Map[Text, CommitField] = Field(default_factory=empty)
    seen: Map[CommitField, Time] = Field(default_factory=empty)
    debts: Annotated[tuple[Debt, ...], Field(strict=False)] = ()
