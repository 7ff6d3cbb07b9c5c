"""Keys in memory, and what they sign: encoded here once more, independent of the code that reads it."""

import base64
import hashlib
from functools import cache
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Kind = Literal["ed25519", "p256", "rsa", "sk-ed25519", "sk-p256"]
ALGORITHMS: dict[Kind, str] = {
    "ed25519": "ssh-ed25519",
    "p256": "ecdsa-sha2-nistp256",
    "rsa": "ssh-rsa",
    "sk-ed25519": "sk-ssh-ed25519@openssh.com",
    "sk-p256": "sk-ecdsa-sha2-nistp256@openssh.com",
}
KINDS: tuple[Kind, ...] = tuple(ALGORITHMS)
APPLICATION = b"ssh:"
SIGNOFFS = "modelward-signoff"


def wire(*fields: bytes) -> bytes:
    """Strings of the wire format, each behind its length."""
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def number(value: int) -> bytes:
    """A positive number as it goes over the wire."""
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


def spelled(algorithm: str, *fields: bytes) -> str:
    """The line of a key with these fields, sound or not."""
    return f"{algorithm} {base64.b64encode(wire(algorithm.encode(), *fields)).decode()}"


@cache
def ed25519(name: str) -> Ed25519PrivateKey:
    """The key that a name makes."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


@cache
def p256(name: str) -> EllipticCurvePrivateKey:
    """The key that a name makes."""
    return derive_private_key(int.from_bytes(hashlib.sha256(name.encode()).digest()[:31], "big"), SECP256R1())


@cache
def rsa(_name: str, bits: int = 3072) -> RSAPrivateKey:
    """A key of its own for each name, made once a run."""
    return generate_private_key(65537, bits)


def point(name: str) -> bytes:
    """The 65 bytes of a point on the curve."""
    return p256(name).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def blob(name: str, kind: Kind = "ed25519") -> bytes:
    """The public key of a name, as it goes over the wire."""
    algorithm = ALGORITHMS[kind].encode()
    if kind.endswith("ed25519"):
        fields = [ed25519(name).public_key().public_bytes_raw()]
    elif kind.endswith("p256"):
        fields = [b"nistp256", point(name)]
    else:
        numbers = rsa(name).public_key().public_numbers()
        fields = [number(numbers.e), number(numbers.n)]
    return wire(algorithm, *fields, *([APPLICATION] if kind.startswith("sk-") else []))


def public(name: str, kind: Kind = "ed25519") -> str:
    """The public key of a name, as people.yaml holds it."""
    return f"{ALGORITHMS[kind]} {base64.b64encode(blob(name, kind)).decode()}"


def armored(data: bytes) -> bytes:
    """Bytes as ssh-keygen writes a signature."""
    text = base64.b64encode(data)
    lines = [text[start : start + 70] for start in range(0, len(text), 70)]
    return b"\n".join([b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----", b""])


def preimage(message: bytes, namespace: str = SIGNOFFS, hashed: str = "sha512") -> bytes:
    """What a key signs of a message (PROTOCOL.sshsig)."""
    digest = hashlib.new(hashed, message).digest()
    return b"SSHSIG" + wire(namespace.encode(), b"", hashed.encode(), digest)


def signature(
    message: bytes, name: str, kind: Kind = "ed25519", *, namespace: str = SIGNOFFS, hashed: str = "sha512"
) -> bytes:
    """The signature of a message by the key of a name, touched where the key lives in hardware."""
    return enveloped(proof(preimage(message, namespace, hashed), name, kind), blob(name, kind), namespace, hashed)


def enveloped(inner: bytes, key: bytes, namespace: str = SIGNOFFS, hashed: str = "sha512") -> bytes:
    """An armored signature around the bytes that a key has made."""
    return armored(b"SSHSIG\0\0\0\1" + wire(key, namespace.encode(), b"", hashed.encode(), inner))


def proof(signed: bytes, name: str, kind: Kind, flags: int = 1) -> bytes:
    """What a key makes of some bytes, with the name of its algorithm."""
    if kind == "rsa":
        return by_rsa(signed, name, "rsa-sha2-512", SHA512())
    shown = b""
    if kind.startswith("sk-"):
        shown = bytes([flags]) + (7).to_bytes(4, "big")
        signed = hashlib.sha256(APPLICATION).digest() + shown + hashlib.sha256(signed).digest()
    if kind.endswith("ed25519"):
        raw = ed25519(name).sign(signed)
    else:
        raw = wire(*map(number, decode_dss_signature(p256(name).sign(signed, ECDSA(SHA256())))))
    return wire(ALGORITHMS[kind].encode(), raw) + shown


def by_rsa(signed: bytes, name: str, algorithm: str, hashed: HashAlgorithm) -> bytes:
    """What an RSA key makes of some bytes."""
    return wire(algorithm.encode(), rsa(name).sign(signed, PKCS1v15(), hashed))
