"""What the ledger keeps: records of all that was judged and done, and the state folded from them."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, TypeAdapter

from modelward.specs.record import Sha256
from modelward.specs.rollout import Rollout
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
DeedKind = Literal[
    "promotion", "step", "return", "rollback", "fallback", "retirement", "adoption", "import", "mend", "switch"
]
"""What an intent is about, and an outcome has done.

By a `step` a challenger takes another share of the traffic, and by a `return` it loses all of it. A `mend` restores
what somebody changed by hand; a `switch` carries a flag or a tenant's release to the traffic, also that a release is
suspended which nothing can replace.
"""
Answer = Literal["allow", "deny", "error"]

CommitField = Annotated[str, Field(pattern=COMMIT)]
RecordId = Annotated[str, Field(pattern=RECORD_ID)]
_ROLLOUT = TypeAdapter(Rollout)


def _as_rollout(value: object) -> object:
    return _ROLLOUT.validate_python(value) if isinstance(value, Mapping) else value


RolloutField = Annotated[Rollout, BeforeValidator(_as_rollout)]
Observations = Annotated[tuple[Text, ...], Field(strict=False)]
"""The ids of observations, sorted."""


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


class Check(Spec):
    """One step of the checklist of a release that was taken out: whether it was done, and what is to be known of it.

    `untold`: nobody can say. `needless`: there was nothing to do.
    """

    step: Literal["confirmed", "decided", "suspended", "traffic", "feedback", "pointers", "artifact", "serving"]
    outcome: Literal["done", "failed", "untold", "needless"]
    said: Text


class LedgerRecord(Spec):
    """One entry of the ledger, written once and never changed.

    `from`, `to` and `previous` are releases. The `root` of the first judgement is the commit of main that a person
    vouched for, from which everything was judged; later ones name none. `firing` are all triggers that fail, where it
    was `watched` for them. The `verdict` of an outcome says whether the bytes of its release, hashed for it, are those
    that were pinned: `allow`, or `deny`, which holds until a change of the model is merged after `commit`; None where
    nothing was hashed.
    """

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
    root: CommitField | None = None
    policy: DigestField | None = None
    signoffs: Annotated[tuple[Text, ...], Field(strict=False)] = ()
    evidence: Annotated[tuple[DigestField, ...], Field(strict=False)] = ()
    verdict: Answer | None = None
    success: bool | None = None
    error: Text | None = None
    lease: Lease | None = None
    suspension: Slug | None = None
    rollout: RolloutField | None = None
    observations: Observations = ()
    checklist: Annotated[tuple[Check, ...], Field(strict=False)] = ()
    watched: bool | None = None
    firing: Annotated[tuple[Slug, ...], Field(strict=False)] = ()
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
    entered: DeedKind = "promotion"


class Suspended(Spec):
    """A release put out of service in an environment, until a merged change names the suspension."""

    release: ReleaseField
    at: Time
    why: Text
    resumed: Time | None = None


class Refusal(Spec):
    """A release that was not let in because its bytes are not its own, when main was at `commit`.

    It holds until a change of the model is merged after that.
    """

    release: ReleaseField
    artifact: DigestField
    commit: CommitField
    at: Time
    why: Text


class EnvironmentState(Spec):
    """What the records of one environment of a model come to. The oldest tenure comes first.

    `triggered` are the observations on which something was done, and `firing` the triggers that failed when it was last
    looked at: whoever is to know of them has been told. `outcomes` and `watched` count the records of deeds, and those
    of triggers that had begun or ceased to fail.
    """

    schema_: Literal["ledger-state/v1"] = Field(alias="schema")
    model: ModelNameField
    environment: EnvironmentField
    tenures: Annotated[tuple[Tenure, ...], Field(strict=False)] = ()
    outcomes: Annotated[int, Field(ge=0)] = 0
    watched: Annotated[int, Field(ge=0)] = 0
    lease: Lease | None = None
    suspensions: Map[Slug, Suspended] = Field(default_factory=empty)
    refused: Refusal | None = None
    rollout: RolloutField | None = None
    triggered: Observations = ()
    firing: Annotated[tuple[Slug, ...], Field(strict=False)] = ()

    @property
    def holder(self) -> Tenure | None:
        """The release that holds the environment now, as far as it is on record."""
        last = self.tenures[-1] if self.tenures else None
        return last if last is not None and last.until is None else None


class Trust(Spec):
    """How far main is trusted: the last trusted commit, the models that are held back, and each first sight.

    `root` is the commit that a person vouched for, from which everything was judged.
    """

    schema_: Literal["ledger-trust/v1"] = Field(alias="schema")
    root: CommitField
    trusted: CommitField
    held_back: Map[Text, CommitField] = Field(default_factory=empty)
    seen: Map[CommitField, Time] = Field(default_factory=empty)
    debts: Annotated[tuple[Debt, ...], Field(strict=False)] = ()
