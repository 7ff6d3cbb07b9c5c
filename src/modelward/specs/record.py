"""A sign-off record: an in-toto Statement v1 over the exact content of one scope, before and after a change."""

from typing import Annotated, Literal

from pydantic import Field

from modelward.specs.scalars import PersonField, RoleField, Spec, Text, Time

STATEMENT = "https://in-toto.io/Statement/v1"
SIGNOFF = "https://modelward.example/signoff/v1"
POSSESSION = "https://modelward.example/possession/v1"
SIGNOFF_NAMESPACE = "modelward-signoff"
POSSESSION_NAMESPACE = "modelward-possession"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Nonce = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Decision = Literal["propose", "approve", "reject"]


class Sha256Digest(Spec):
    """A digest as in-toto writes it."""

    sha256: Sha256


class Subject(Spec):
    """What is signed: the name of a scope, and the digest of its content after the change."""

    name: Text
    digest: Sha256Digest


class Shown(Spec):
    """One change as the signer was shown it; on record, and never compared."""

    kind: Text
    environment: Text | None = None
    from_: Text | None = Field(default=None, alias="from")
    to: Text | None = None


class SignoffPredicate(Spec):
    """What a person says of the change.

    `before` is the digest of the scope's content at the base; `policy` and `changes` tell what was in force and shown.
    """

    repository: Text
    before: Sha256Digest
    changes: Annotated[tuple[Shown, ...], Field(strict=False)]
    decision: Decision
    person: PersonField
    role: RoleField
    comment: Annotated[str, Field(max_length=4000)]
    signed_at: Time = Field(alias="signedAt")
    expires_at: Time = Field(alias="expiresAt")
    policy: Sha256Digest
    nonce: Nonce


class SignoffRecord(Spec):
    """The statement that a sign-off signs."""

    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    subject: Annotated[tuple[Subject], Field(strict=False)]
    predicate_type: Literal["https://modelward.example/signoff/v1"] = Field(alias="predicateType")
    predicate: SignoffPredicate


class PossessionPredicate(Spec):
    """Who holds the key that signs this, said in one repository."""

    repository: Text
    person: PersonField
    fingerprint: Text
    nonce: Nonce


class PossessionRecord(Spec):
    """The statement by which a new key shows that somebody holds its private half."""

    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    subject: Annotated[tuple[Subject], Field(strict=False)]
    predicate_type: Literal["https://modelward.example/possession/v1"] = Field(alias="predicateType")
    predicate: PossessionPredicate
