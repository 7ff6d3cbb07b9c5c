"""What is given to people to sign: exactly this content of this scope, once, until a time."""

import json
import re
from datetime import timedelta

import pytest

from inmemory import NOW, PEOPLE, SCOPE, base, folder_of, promoted, replaced, step
from keyring import public
from modelward.gate.changes import classify_model
from modelward.gate.records import filed
from modelward.gate.scopes import POLICIES, Scope, content_digest
from modelward.gate.signing import Speaker, possession_statement, signoff_statement
from modelward.specs.record import Decision
from modelward.tree.memory import MemorySource

STEP = step(base(), promoted())
CHANGES = classify_model(
    SCOPE,
    STEP.scopes[SCOPE],
    STEP.base.model("credit-score"),
    STEP.head.model("credit-score"),
    lambda _model, _environment: frozenset(),
)
BEFORE, AFTER = (content_digest(MemorySource("", files), SCOPE, ()) for files in (base(), promoted()))


@pytest.mark.parametrize("decision", ["propose", "approve", "reject"])
def test_a_statement_says_what_is_signed_by_whom_and_until_when(decision: Decision) -> None:
    speaker = Speaker("lead-1", decision, "well done", timedelta(days=14, hours=1))
    statement = signoff_statement(STEP, SCOPE, CHANGES, "team-lead", speaker)
    document = json.loads(statement.data)
    nonce = document["predicate"]["nonce"]
    assert re.fullmatch(r"[0-9a-f]{32}", nonce)
    assert document == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": SCOPE, "digest": {"sha256": AFTER}}],
        "predicateType": "https://modelward.example/signoff/v1",
        "predicate": {
            "repository": "acme/example",
            "before": {"sha256": BEFORE},
            "changes": [{"kind": "promotion", "environment": "production", "from": "1.0.0", "to": "1.1.0"}],
            "decision": decision,
            "person": "lead-1",
            "role": "team-lead",
            "comment": "well done",
            "signedAt": "2026-11-21T12:00:00Z",
            "expiresAt": "2026-12-05T13:00:00Z",
            "policy": {"sha256": content_digest(MemorySource("", base()), POLICIES, ())},
            "nonce": nonce,
        },
    }
    assert statement.data == json.dumps(document, indent=2).encode() + b"\n"
    assert statement.path == f"{SCOPE}/signoffs/{AFTER[:12]}/lead-1-{nonce[:8]}.json"
    assert filed(statement.path, statement.data, None) is not None


def test_no_two_statements_have_one_nonce() -> None:
    speaker = Speaker("lead-1", "approve", "", timedelta(days=1))
    paths = {signoff_statement(STEP, SCOPE, (), "team-lead", speaker).path for _ in range(5)}
    assert len(paths) == 5


def test_the_policy_that_is_named_is_that_of_the_base() -> None:
    changed = {**base(), "policies/floors.yaml": base()["policies/floors.yaml"] + b"# words\n"}
    speaker = Speaker("owner-1", "approve", "", timedelta(days=1))
    one = step(base(), changed, now=NOW + timedelta(microseconds=5))
    said = json.loads(signoff_statement(one, POLICIES, (), "policy-owner", speaker).data)
    digests = [content_digest(MemorySource("", files), POLICIES, ()) for files in (base(), changed)]
    assert said["predicate"]["policy"] == said["predicate"]["before"] == {"sha256": digests[0]}
    assert said["subject"] == [{"name": "policies", "digest": {"sha256": digests[1]}}]
    assert said["predicate"]["signedAt"] == "2026-11-21T12:00:00Z"


def test_a_statement_of_possession_names_the_key_its_holder_and_the_content() -> None:
    changed = replaced(base(), PEOPLE, public("lead-2"), public("spare"))
    statement = possession_statement(step(base(), changed), "lead-2", "SHA256:x")
    document = json.loads(statement.data)
    after = content_digest(MemorySource("", changed), Scope(PEOPLE), ())
    nonce = document["predicate"]["nonce"]
    assert re.fullmatch(r"[0-9a-f]{32}", nonce)
    assert document == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": PEOPLE, "digest": {"sha256": after}}],
        "predicateType": "https://modelward.example/possession/v1",
        "predicate": {
            "repository": "acme/example",
            "person": "lead-2",
            "fingerprint": "SHA256:x",
            "nonce": nonce,
        },
    }
    assert statement.path == f"{folder_of(PEOPLE)}/{after[:12]}/lead-2-{nonce[:8]}.json"
    assert filed(statement.path, statement.data, None) is not None
    assert possession_statement(step(base(), changed), "lead-2", "SHA256:x").path != statement.path
