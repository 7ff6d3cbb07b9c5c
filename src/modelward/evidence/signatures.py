"""Signatures over evidence documents: an armored SSHSIG beside each, of a person who computed it again."""

from datetime import datetime
from typing import Final

from modelward.signing.keys import KeyRefused, PublicKey, parse_key
from modelward.signing.sshsig import SignatureRefused, verify
from modelward.specs.policy import Key, People
from modelward.specs.scalars import PersonName

NAMESPACE: Final = "modelward-evidence"
ENDING: Final = ".sig"


def signer(people: People, document: bytes, signature: bytes, at: datetime) -> PersonName:
    """Who signed exactly this document with a key that counts at `at`; raises `SignatureRefused`."""
    key = verify(document, signature, NAMESPACE)
    for name, person in people.people.items():
        for known in person.keys:
            if _is(known, key):
                _check_valid(known, at)
                return name
    raise SignatureRefused("policies/people.yaml knows nobody by the key of the signature")


def _is(known: Key, key: PublicKey) -> bool:
    try:
        return parse_key(known.key) == key
    except KeyRefused:
        return False


def _check_valid(key: Key, at: datetime) -> None:
    if key.revoked is not None:
        raise SignatureRefused("the key of the signature is revoked")
    if not key.valid_from <= at < key.valid_until:
        raise SignatureRefused("the key of the signature is not valid now")
