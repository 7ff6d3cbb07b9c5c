"""Make the records that people sign: the statement for each scope of a change, and where it stands."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from modelward.gate.fields import Change
from modelward.gate.scopes import PEOPLE, POLICIES, Scope, content_digest, record_path
from modelward.gate.step import Step
from modelward.specs.record import POSSESSION, SIGNOFF, STATEMENT, Decision


@dataclass(frozen=True)
class Speaker:
    """Who says what, and until when it counts."""

    person: str
    decision: Decision
    comment: str
    valid_for: timedelta


@dataclass(frozen=True)
class Statement:
    """The bytes to be signed, and the path at which they then stand."""

    path: str
    data: bytes


def signoff_statement(step: Step, scope: Scope, changes: Sequence[Change], role: str, speaker: Speaker) -> Statement:
    """What a person signs of one scope in one role: its content before and after, and what they were shown."""
    before, after = step.digests(scope)
    nonce = secrets.token_hex(16)
    predicate = {
        "repository": step.base.policy.spec.repository,
        "before": {"sha256": before},
        "changes": [_shown(change) for change in changes],
        "decision": speaker.decision,
        "person": speaker.person,
        "role": role,
        "comment": speaker.comment,
        "signedAt": _time(step.now),
        "expiresAt": _time(step.now + speaker.valid_for),
        "policy": {"sha256": content_digest(step.base.source, POLICIES, ())},
        "nonce": nonce,
    }
    return _statement(scope, after, SIGNOFF, predicate)


def possession_statement(step: Step, holder: str, fingerprint: str) -> Statement:
    """What a new key signs to show that somebody holds it: whose it is, in which content of the file of people."""
    _, after = step.digests(PEOPLE)
    repository = step.base.policy.spec.repository
    predicate = {
        "repository": repository,
        "person": holder,
        "fingerprint": fingerprint,
        "nonce": secrets.token_hex(16),
    }
    return _statement(PEOPLE, after, POSSESSION, predicate)


def _statement(scope: Scope, after: str, kind: str, predicate: Mapping[str, object]) -> Statement:
    document = {
        "_type": STATEMENT,
        "subject": [{"name": scope, "digest": {"sha256": after}}],
        "predicateType": kind,
        "predicate": predicate,
    }
    data = json.dumps(document, indent=2).encode() + b"\n"
    return Statement(record_path(scope, after, str(predicate["person"]), str(predicate["nonce"])), data)


def _shown(change: Change) -> dict[str, str]:
    facts = {"kind": change.kind, "environment": change.environment, "from": change.before, "to": change.after}
    return {name: value for name, value in facts.items() if value is not None}


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
