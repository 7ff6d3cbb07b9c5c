"""Signatures that are made in memory: what each part of one must be, and that nothing else is taken for one."""

import base64
import hashlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512

import keyring
from keyring import ALGORITHMS, KINDS, SIGNOFFS, Kind, armored, blob, enveloped, preimage, proof, signature, wire
from modelward.signing.commits import commit_signer
from modelward.signing.sshsig import MAX_SIGNATURE, SignatureRefused, parse, verify

MESSAGE = b'{"decision": "approve"}\n'
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256 (SEC 2, section 2.4.2)."""


def refused(text: bytes, because: str, namespace: str = SIGNOFFS) -> None:
    with pytest.raises(SignatureRefused) as ended:
        verify(MESSAGE, text, namespace)
    assert ended.value.message == because


NOT_OF_THESE = "the signature is not of these bytes by this key"
NOT_WRITTEN_SO = "the signature is not written as ssh-keygen writes it"
NO_SIGNATURE = "the file is no armored SSH signature"
DAMAGED = "the signature is damaged"


@pytest.mark.parametrize("hashed", ["sha256", "sha512"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_names_the_key_that_made_it(kind: Kind, hashed: str) -> None:
    key = verify(MESSAGE, signature(MESSAGE, "lead-1", kind, hashed=hashed), SIGNOFFS)
    assert (key.algorithm, key.blob) == (ALGORITHMS[kind], blob("lead-1", kind))


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_is_of_one_message_by_one_key(kind: Kind) -> None:
    refused(signature(MESSAGE + b" ", "lead-1", kind), NOT_OF_THESE)
    inner = proof(preimage(MESSAGE), "lead-1", kind)
    refused(enveloped(inner, blob("lead-2", kind)), NOT_OF_THESE)


@pytest.mark.parametrize("kind", KINDS)
def test_t21_a_signature_for_another_use_is_refused(kind: Kind) -> None:
    text = signature(MESSAGE, "lead-1", kind, namespace="git")
    refused(text, "the signature was made for another use than `modelward-signoff`")
    relabelled = enveloped(proof(preimage(MESSAGE, "git"), "lead-1", kind), blob("lead-1", kind))
    refused(relabelled, NOT_OF_THESE)


def test_the_parts_of_a_signature_are_told() -> None:
    found = parse(signature(MESSAGE, "lead-1", namespace="git", hashed="sha256"))
    assert (found.key.blob, found.namespace) == (blob("lead-1"), "git")
    assert (found.hash_algorithm, found.algorithm) == (b"sha256", b"ssh-ed25519")
    assert found.blob == wire(keyring.ed25519("lead-1").sign(preimage(MESSAGE, "git", "sha256")))


ONE = signature(MESSAGE, "lead-1")
RESPELLED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", NOT_WRITTEN_SO),
    "junk before it": (b"hello\n" + ONE, NO_SIGNATURE),
    "junk after it": (ONE + b"hello\n", NO_SIGNATURE),
    "an empty line after it": (ONE + b"\n", NO_SIGNATURE),
    "no last line feed": (ONE.rstrip(b"\n"), NO_SIGNATURE),
    "CRLF": (ONE.replace(b"\n", b"\r\n"), NO_SIGNATURE),
    "lines of another length": (ONE[:40] + b"\n" + ONE[40:], NOT_WRITTEN_SO),
    "another first line": (ONE.replace(b"BEGIN SSH", b"BEGIN PGP"), NOT_WRITTEN_SO),
    "another last line": (ONE.replace(b"END SSH", b"END PGP"), NOT_WRITTEN_SO),
    "a letter beyond ASCII": (ONE + "é".encode(), NO_SIGNATURE),
    "no base64": (ONE.replace(b"\nU1", b"\n!!"), NO_SIGNATURE),
}


@pytest.mark.parametrize("what", RESPELLED)
def test_a_signature_has_one_text_only(what: str) -> None:
    refused(*RESPELLED[what])


def test_a_signature_is_read_up_to_its_limit_and_not_beyond() -> None:
    assert MAX_SIGNATURE == 16 * 1024
    refused(b"\n" * MAX_SIGNATURE, NOT_WRITTEN_SO)
    refused(b"\n" * (MAX_SIGNATURE + 1), "the file is too large for a signature")


INNER = proof(preimage(MESSAGE), "lead-1", "ed25519")
KEY = blob("lead-1")
PARTS = (KEY, SIGNOFFS.encode(), b"", b"sha512", INNER)
START = b"SSHSIG\0\0\0\1"
MALFORMED: dict[str, tuple[bytes, str]] = {
    "another magic": (b"SSHSIH\0\0\0\1" + wire(*PARTS), "the signature is of another version"),
    "version 2": (b"SSHSIG\0\0\0\2" + wire(*PARTS), "the signature is of another version"),
    "version 0": (b"SSHSIG\0\0\0\0" + wire(*PARTS), "the signature is of another version"),
    "a field less": (START + wire(*PARTS[:-1]), DAMAGED),
    "a field more": (START + wire(*PARTS, b""), DAMAGED),
    "something reserved": (
        START + wire(KEY, SIGNOFFS.encode(), b"x", b"sha512", INNER),
        "the signature uses a hash that is not sha256 or sha512",
    ),
    "sha1": (
        START + wire(KEY, SIGNOFFS.encode(), b"", b"sha1", INNER),
        "the signature uses a hash that is not sha256 or sha512",
    ),
    "a namespace beyond ASCII": (START + wire(KEY, "é".encode(), b"", b"sha512", INNER), DAMAGED),
    "no algorithm": (START + wire(KEY, SIGNOFFS.encode(), b"", b"sha512", b""), DAMAGED),
    "another algorithm": (
        START + wire(KEY, SIGNOFFS.encode(), b"", b"sha512", INNER.replace(b"ssh-ed25519", b"ssh-ed25518")),
        NOT_OF_THESE,
    ),
    "more after the proof": (START + wire(KEY, SIGNOFFS.encode(), b"", b"sha512", INNER + wire(b"")), NOT_OF_THESE),
    "a byte after the proof": (START + wire(KEY, SIGNOFFS.encode(), b"", b"sha512", INNER + b"\0"), NOT_OF_THESE),
    "a proof cut short": (START + wire(KEY, SIGNOFFS.encode(), b"", b"sha512", INNER[:-1]), NOT_OF_THESE),
    "a broken key": (
        START + wire(KEY[:-1], SIGNOFFS.encode(), b"", b"sha512", INNER),
        "the key of the signature: the key is damaged or not written as ssh-keygen writes it",
    ),
    "a weak key": (
        START + wire(wire(b"ssh-ed25519", b"\0" * 32), SIGNOFFS.encode(), b"", b"sha512", INNER),
        "the key of the signature: anybody could sign under this key",
    ),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_every_part_of_a_signature_must_be_sound(what: str) -> None:
    data, because = MALFORMED[what]
    refused(armored(data), because)


@pytest.mark.parametrize("kind", ["sk-ed25519", "sk-p256"])
def test_a_key_in_hardware_signs_only_when_it_was_touched(kind: Kind) -> None:
    for flags in (1, 5, 0x81):
        verify(MESSAGE, enveloped(proof(preimage(MESSAGE), "lead-1", kind, flags), blob("lead-1", kind)), SIGNOFFS)
    for flags in (0, 2, 4, 0x80):
        text = enveloped(proof(preimage(MESSAGE), "lead-1", kind, flags), blob("lead-1", kind))
        refused(text, NOT_OF_THESE)


@pytest.mark.parametrize("kind", ["sk-ed25519", "sk-p256"])
def test_what_a_key_in_hardware_shows_of_itself_is_signed_too(kind: Kind) -> None:
    made = proof(preimage(MESSAGE), "lead-1", kind)
    for at in range(-4, 0):
        changed = bytearray(made)
        changed[at] ^= 1
        refused(enveloped(bytes(changed), blob("lead-1", kind)), NOT_OF_THESE)
    for cut in range(1, 6):
        refused(enveloped(made[:-cut], blob("lead-1", kind)), NOT_OF_THESE)
    named = wire(ALGORITHMS[kind].encode())
    for short in (b"", b"\1", b"\1\0\0\0", b"\1\0\0\0\0"):
        refused(enveloped(named + short, blob("lead-1", kind)), NOT_OF_THESE)
    other = blob("lead-1", kind).replace(wire(b"ssh:"), wire(b"ssh:other"))
    refused(enveloped(made, other), NOT_OF_THESE)


@pytest.mark.parametrize(("name", "hashed"), [("rsa-sha2-256", SHA256()), ("rsa-sha2-512", SHA512())])
def test_an_rsa_key_signs_over_sha2(name: str, hashed: SHA256 | SHA512) -> None:
    inner = keyring.by_rsa(preimage(MESSAGE), "lead-1", name, hashed)
    assert verify(MESSAGE, enveloped(inner, blob("lead-1", "rsa")), SIGNOFFS).blob == blob("lead-1", "rsa")


def test_t22_an_rsa_key_signs_over_nothing_else() -> None:
    key = blob("lead-1", "rsa")
    raw = keyring.rsa("lead-1").sign(preimage(MESSAGE), PKCS1v15(), SHA1())  # noqa: S303 - that it is refused
    for name in (b"ssh-rsa", b"rsa-sha2-256", b"rsa-sha2-512", b"rsa-sha1"):
        refused(enveloped(wire(name, raw), key), NOT_OF_THESE)
    good = keyring.by_rsa(preimage(MESSAGE), "lead-1", "rsa-sha2-512", SHA512())
    for inner in (good.replace(b"512", b"256"), good.replace(b"rsa-sha2-512", b"ssh-rsa-2-51"), good + wire(b"")):
        refused(enveloped(inner, key), NOT_OF_THESE)
    raw = good[-384:]
    for altered in (b"\0" + raw, raw[:-1], raw[1:], raw[:-1] + bytes([raw[-1] ^ 1]), b""):
        refused(enveloped(wire(b"rsa-sha2-512", altered), key), NOT_OF_THESE)


def test_a_p256_signature_is_two_numbers_below_the_order_in_one_spelling() -> None:
    good = proof(preimage(MESSAGE), "lead-1", "p256")
    raw = good[-(len(good) - 4 - len("ecdsa-sha2-nistp256") - 4) :]
    size = int.from_bytes(raw[:4], "big")
    r, s = raw[4 : 4 + size], raw[8 + size :]
    assert good == wire(b"ecdsa-sha2-nistp256", wire(r, s))

    def of(*fields: bytes) -> bytes:
        return enveloped(wire(b"ecdsa-sha2-nistp256", wire(*fields)), blob("lead-1", "p256"))

    verify(MESSAGE, of(r, s), SIGNOFFS)
    one = keyring.number
    as_numbers = [int.from_bytes(part, "big") for part in (r, s)]
    for fields in (
        (r,),
        (r, s, b""),
        (s, r),
        (b"\0" + r, s),
        (r, b"\0" + s),
        (b"", s),
        (b"\0", s),
        (r, b"\0"),
        (one(as_numbers[0] + ORDER), s),
        (r, one(as_numbers[1] + ORDER)),
        (one(ORDER), s),
        (r, one(ORDER)),
    ):
        refused(of(*fields), NOT_OF_THESE)


def commit(*headers: bytes, message: bytes = b"Promote\n\nWhy.\n") -> bytes:
    return b"\n".join([b"tree " + b"1" * 40, *headers, b"", message])


def signed_commit(*before: bytes, after: tuple[bytes, ...] = (), namespace: str = "git") -> bytes:
    """A commit object as git signs it, with the headers that stand before and after the signature."""
    text = signature(commit(*before, *after), "reconciler", namespace=namespace)
    lines = text.rstrip(b"\n").split(b"\n")
    return commit(*before, b"gpgsig " + lines[0], *(b" " + line for line in lines[1:]), *after)


AUTHOR = b"author engineer-1 <engineer-1@example.org> 1 +0000"


def test_the_signer_of_a_commit_is_told() -> None:
    for raw in (signed_commit(AUTHOR), signed_commit(AUTHOR, after=(b"encoding UTF-8", b"x first", b" second"))):
        assert commit_signer(raw).blob == blob("reconciler")


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "another author": lambda raw: raw.replace(b"engineer-1@", b"engineer-2@"),
    "another message": lambda raw: raw.replace(b"Why.", b"Why?"),
    "another tree": lambda raw: raw.replace(b"tree 1", b"tree 2"),
    "a header more": lambda raw: raw.replace(b"\n\n", b"\nx y\n\n", 1),
    "a second signature": lambda raw: raw.replace(b"\n\n", b"\ngpgsig x\n\n", 1),
}


@pytest.mark.parametrize("what", CHANGES)
def test_all_of_a_commit_is_signed(what: str) -> None:
    with pytest.raises(SignatureRefused, match="not of these bytes"):
        commit_signer(CHANGES[what](signed_commit(AUTHOR)))


def test_a_commit_without_a_signature_or_with_one_for_another_use_has_no_signer() -> None:
    for raw in (b"", commit(AUTHOR), commit(AUTHOR, message=b"gpgsig x\n"), commit(AUTHOR, message=b"gpgsig x\n\ny\n")):
        with pytest.raises(SignatureRefused) as refused_:
            commit_signer(raw)
        assert refused_.value.message == "the commit bears no signature"
    with pytest.raises(SignatureRefused, match="another use than `git`"):
        commit_signer(signed_commit(AUTHOR, namespace=SIGNOFFS))


def test_a_signature_of_a_commit_may_end_with_an_empty_line_and_with_nothing_else() -> None:
    raw = signed_commit(AUTHOR)
    end = b"-----END SSH SIGNATURE-----\n"
    assert commit_signer(raw.replace(end, end + b" \n")).blob == blob("reconciler")
    for more in (b"  \n", b" x\n"):
        with pytest.raises(SignatureRefused, match="no armored SSH signature"):
            commit_signer(raw.replace(end, end + more))


def test_the_digest_that_is_signed_is_of_the_whole_message() -> None:
    long = b"x" * 100_000
    assert hashlib.sha512(long).digest() in preimage(long)
    verify(long, signature(long, "lead-1"), SIGNOFFS)
    assert base64.b64decode(b"".join(signature(long, "lead-1").split(b"\n")[1:-2])).startswith(START)
