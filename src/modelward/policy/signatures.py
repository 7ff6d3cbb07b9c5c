"""Signatures over evidence documents: an armored SSHSIG beside each, of a person who computed it again."""

from datetime import datetime
from typing import Final

from modelward.policy.people import KeyOnRecord, keys_on_record
from modelward.signing.sshsig import SignatureRefused, verify
from modelward.specs.policy import Key, People
from modelward.specs.scalars import PersonName
from modelward.tree.model import Evidence

NAMESPACE: Final = "modelward-evidence"


def signer_of(evidence: Evidence, people: People, at: datetime) -> PersonName | None:
    """Who signed a document, None where nobody did; raises `SignatureRefused` for a signature that does not count."""
    if evidence.signature is None:
        return None
    if evidence.data is None:
        raise SignatureRefused("there is no document that it could be of")
    return signer(people, evidence.data, evidence.signature, at)


def signer(people: People, document: bytes, signature: bytes, at: datetime) -> PersonName:
    """Who signed exactly this document with a key that counts at `at`; raises `SignatureRefused`."""
    line = verify(document, signature, NAMESPACE).line
    known = [one for one in keys_on_record(people) if _line(one) == line]
    if not known:
        raise SignatureRefused("policies/people.yaml knows nobody by the key of the signature")
    if len(known) > 1:
        raise SignatureRefused("the key of the signature stands in policies/people.yaml more than once")
    group, name = known[0].pointer[:2]
    if group != "people":
        raise SignatureRefused(f"the key of the signature is that of {known[0].holder}, and no person's")
    _check_valid(known[0].key, at)
    return PersonName(name)


def _line(known: KeyOnRecord) -> str:
    """The algorithm and the base64 of a key, without the comment behind them."""
    return " ".join(known.key.key.split()[:2])


def _check_valid(key: Key, at: datetime) -> None:
    if key.revoked is not None:
        raise SignatureRefused("the key of the signature is revoked")
    if not key.valid_from <= at < key.valid_until:
        raise SignatureRefused("the key of the signature is not valid now")
