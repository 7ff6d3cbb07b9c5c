"""Signatures by ssh-keygen are read as ssh-keygen itself reads them, and never more leniently."""

import base64
import hashlib
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governed import key, public
from modelward.signing.keygen import sign
from modelward.signing.keys import PublicKey, parse_blob
from modelward.signing.sshsig import SignatureRefused, verify

KINDS = ("ed25519", "ecdsa", "rsa")
MESSAGE = b'{"decision": "approve"}\n'
NAMESPACE = "modelward-signoff"


def agrees(tmp_path: Path, kind: str, message: bytes, armored: bytes, namespace: str = NAMESPACE) -> bool:
    """Whether `ssh-keygen -Y verify` takes the signature for this person."""
    allowed = tmp_path / "allowed"
    allowed.write_text(f"lead-1 {public('lead-1', kind)}\n")
    signature = tmp_path / "signature"
    signature.write_bytes(armored)
    command = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", "lead-1", "-n", namespace, "-s", str(signature)]
    return subprocess.run(command, input=message, capture_output=True, check=False).returncode == 0


def ours(kind: str, message: bytes, armored: bytes, namespace: str = NAMESPACE) -> bool:
    """Whether we take it."""
    try:
        return verify(message, armored, namespace).line == public("lead-1", kind)
    except SignatureRefused:
        return False


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_of_each_kind_of_key_is_taken_by_both(tmp_path: Path, kind: str) -> None:
    armored = sign(MESSAGE, key("lead-1", kind), NAMESPACE)
    assert agrees(tmp_path, kind, MESSAGE, armored)
    assert ours(kind, MESSAGE, armored)


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_over_sha256_is_taken_by_both(tmp_path: Path, kind: str) -> None:
    command = ["ssh-keygen", "-Y", "sign", "-O", "hashalg=sha256", "-n", NAMESPACE, "-f", str(key("lead-1", kind))]
    armored = subprocess.run(command, input=MESSAGE, capture_output=True, check=True).stdout
    assert agrees(tmp_path, kind, MESSAGE, armored)
    assert ours(kind, MESSAGE, armored)


def corpus(armored: bytes) -> Iterator[tuple[str, bytes, bytes, str]]:
    """What is wrong, the message, the signature, and the namespace in which it is asked for."""
    yield "another message", MESSAGE + b" ", armored, NAMESPACE
    yield "CRLF in the message", MESSAGE.replace(b"\n", b"\r\n"), armored, NAMESPACE
    yield "another namespace", MESSAGE, armored, "git"
    yield "an empty file", MESSAGE, b"", NAMESPACE
    yield "no end", MESSAGE, armored.rpartition(b"-----END")[0], NAMESPACE
    yield "a line less", MESSAGE, b"\n".join(armored.split(b"\n")[:2] + armored.split(b"\n")[3:]), NAMESPACE
    yield "a line twice", MESSAGE, b"\n".join(armored.split(b"\n")[:2] + armored.split(b"\n")[1:]), NAMESPACE


STRICTER: Mapping[str, Callable[[bytes], bytes]] = {
    "junk before": lambda armored: b"hello\n" + armored,
    "junk after": lambda armored: armored + b"hello\n",
    "CRLF": lambda armored: armored.replace(b"\n", b"\r\n"),
    "one long line": lambda armored: (
        b"-----BEGIN SSH SIGNATURE-----\n" + b"".join(armored.split(b"\n")[1:-2]) + b"\n-----END SSH SIGNATURE-----\n"
    ),
    "no last line feed": lambda armored: armored.rstrip(b"\n"),
    "a space in a line": lambda armored: armored.replace(b"\n", b" \n", 2),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_ssh_keygen_refuses_is_refused(tmp_path: Path, kind: str) -> None:
    armored = sign(MESSAGE, key("lead-1", kind), NAMESPACE)
    for what, message, signature, namespace in corpus(armored):
        assert not agrees(tmp_path, kind, message, signature, namespace), what
        assert not ours(kind, message, signature, namespace), what


@pytest.mark.parametrize("what", STRICTER)
def test_there_is_one_text_of_a_signature(what: str) -> None:
    armored = sign(MESSAGE, key("lead-1"), NAMESPACE)
    assert not ours("ed25519", MESSAGE, STRICTER[what](armored))


@given(data=st.data(), kind=st.sampled_from(KINDS))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_byte_of_a_signature_can_change(data: st.DataObject, kind: str) -> None:
    armored = sign(MESSAGE, key("lead-1", kind), NAMESPACE) if kind not in SIGNED else SIGNED[kind]
    SIGNED[kind] = armored
    blob = bytearray(base64.b64decode(b"".join(armored.split(b"\n")[1:-2])))
    at = data.draw(st.integers(0, len(blob) - 1))
    blob[at] ^= data.draw(st.integers(1, 255))
    assert not ours(kind, MESSAGE, rearmored(bytes(blob)))


SIGNED: dict[str, bytes] = {}


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_no_bytes_make_the_verifier_crash(blob: bytes) -> None:
    for text in (blob, rearmored(blob), rearmored(b"SSHSIG\0\0\0\1" + blob)):
        with pytest.raises(SignatureRefused):
            verify(MESSAGE, text, NAMESPACE)


def rearmored(blob: bytes) -> bytes:
    """The bytes as ssh-keygen would write them."""
    text = base64.b64encode(blob)
    lines = [text[start : start + 70] for start in range(0, len(text), 70)]
    return b"\n".join([b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----", b""])


def string(data: bytes) -> bytes:
    """A string of the wire format."""
    return len(data).to_bytes(4, "big") + data


class HardwareKey:
    """A security key in software: signs as PROTOCOL.u2f says, with or without somebody's touch."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._private = Ed25519PrivateKey.generate()
        raw = self._private.public_key().public_bytes_raw()
        self.public = parse_blob(string(b"sk-ssh-ed25519@openssh.com") + string(raw) + string(b"ssh:"))

    def sign(self, message: bytes, flags: int, counter: int = 7) -> bytes:
        inner = string(NAMESPACE.encode()) + string(b"") + string(b"sha512") + string(hashlib.sha512(message).digest())
        said = bytes([flags]) + counter.to_bytes(4, "big")
        proof = hashlib.sha256(b"ssh:").digest() + said + hashlib.sha256(b"SSHSIG" + inner).digest()
        signature = string(b"sk-ssh-ed25519@openssh.com") + string(self._private.sign(proof)) + said
        head = b"SSHSIG\0\0\0\1" + string(self.public.blob) + string(NAMESPACE.encode()) + string(b"")
        return rearmored(head + string(b"sha512") + string(signature))


def test_a_key_in_hardware_counts_when_somebody_touched_it(tmp_path: Path) -> None:
    hardware = HardwareKey()
    armored = hardware.sign(MESSAGE, flags=1)
    assert verify(MESSAGE, armored, NAMESPACE) == hardware.public
    (tmp_path / "allowed").write_text(f"lead-1 {hardware.public.line}\n")
    (tmp_path / "s").write_bytes(armored)
    command = ["ssh-keygen", "-Y", "verify", "-f", str(tmp_path / "allowed"), "-I", "lead-1", "-n", NAMESPACE]
    done = subprocess.run([*command, "-s", str(tmp_path / "s")], input=MESSAGE, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_key_in_hardware_that_nobody_touched_counts_for_nothing() -> None:
    with pytest.raises(SignatureRefused, match="not of these bytes"):
        verify(MESSAGE, HardwareKey().sign(MESSAGE, flags=0), NAMESPACE)


def test_t22_a_signature_over_a_broken_hash_is_refused() -> None:
    raw = parse_blob(base64.b64decode(public("lead-1").split()[1]))
    for name in (b"md5", b"sha1", b"SHA512", b""):
        head = b"SSHSIG\0\0\0\1" + string(raw.blob) + string(NAMESPACE.encode()) + string(b"")
        signature = string(string(b"ssh-ed25519") + string(b"\0" * 64))
        with pytest.raises(SignatureRefused, match="not sha256 or sha512"):
            verify(MESSAGE, rearmored(head + string(name) + signature), NAMESPACE)


def test_t22_a_signature_by_rsa_over_sha1_is_refused() -> None:
    raw = PublicKey("ssh-rsa", base64.b64decode(public("lead-1", "rsa").split()[1]))
    head = b"SSHSIG\0\0\0\1" + string(raw.blob) + string(NAMESPACE.encode()) + string(b"") + string(b"sha512")
    with pytest.raises(SignatureRefused, match="not of these bytes"):
        verify(MESSAGE, rearmored(head + string(string(b"ssh-rsa") + string(b"\0" * 384))), NAMESPACE)
