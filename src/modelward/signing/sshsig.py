"""Detached SSH signatures, verified in process and strictly (OpenSSH's PROTOCOL.sshsig and PROTOCOL.u2f).

Only the one spelling that `ssh-keygen -Y sign` writes is read: there is no second text of the same signature, and
nothing beside it. All that ssh-keygen refuses is refused, and so are sha1, short keys, and hardware keys untouched.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from modelward.errors import ModelwardError
from modelward.signing.keys import KeyRefused, PublicKey, fields_of, parse_blob, positive

MAX_SIGNATURE = 16 * 1024
_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"
_MAGIC = b"SSHSIG"
_VERSION = b"\0\0\0\1"
_WIDTH = 70
_TOUCHED = 0x01
_HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
_CURVE_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class SignatureRefused(ModelwardError):
    """A signature that does not prove what it claims; the message says why."""


@dataclass(frozen=True)
class Signature:
    """A signature that is well formed; nothing is known yet of what it signs."""

    key: PublicKey
    namespace: str
    hash_algorithm: bytes
    algorithm: bytes
    blob: bytes


def verify(message: bytes, armored: bytes, namespace: str) -> PublicKey:
    """The key that signed exactly `message` for `namespace`; raises `SignatureRefused`.

    Whose key it is, and whether that counts, is for the caller to find out.
    """
    signature = parse(armored)
    if signature.namespace != namespace:
        raise SignatureRefused(f"the signature was made for another use than `{namespace}`")
    digest = _HASHES[signature.hash_algorithm](message).digest()
    signed = _MAGIC + _string(namespace.encode()) + _string(b"") + _string(signature.hash_algorithm) + _string(digest)
    if not _holds(signature, signed):
        raise SignatureRefused("the signature is not of these bytes by this key")
    return signature.key


def parse(armored: bytes) -> Signature:
    """The parts of an armored signature; raises `SignatureRefused` for all but the one canonical text."""
    if len(armored) > MAX_SIGNATURE:
        raise SignatureRefused("the file is too large for a signature")
    try:
        lines = armored.decode("ascii").split("\n")
        blob = base64.b64decode("".join(lines[1:-2]), validate=True)
    except (UnicodeDecodeError, binascii.Error, ValueError) as error:
        raise SignatureRefused("the file is no armored SSH signature") from error
    if _armored(blob) != armored:
        raise SignatureRefused("the signature is not written as ssh-keygen writes it")
    if not blob.startswith(_MAGIC + _VERSION):
        raise SignatureRefused("the signature is of another version")
    try:
        key, namespace, reserved, hash_algorithm, signature = fields_of(blob[len(_MAGIC + _VERSION) :])
        public = parse_blob(key)
        algorithm, *_ = fields_of(signature[: 4 + int.from_bytes(signature[:4], "big")])
        text = namespace.decode("ascii")
    except KeyRefused as error:
        raise SignatureRefused(f"the key of the signature: {error.message}") from error
    except ValueError as error:
        raise SignatureRefused("the signature is damaged") from error
    if reserved or hash_algorithm not in _HASHES:
        raise SignatureRefused("the signature uses a hash that is not sha256 or sha512")
    return Signature(public, text, hash_algorithm, algorithm, signature[4 + len(algorithm) :])


def _holds(signature: Signature, signed: bytes) -> bool:
    """Whether the signature is of `signed`, by the algorithm that its key is for."""
    name = signature.key.algorithm
    if name == "ssh-rsa":
        return _rsa_holds(signature, signed)
    if signature.algorithm != name.encode():
        return False
    blob = signature.blob
    if name.startswith("sk-"):
        # The security key signs what it shows of itself beside the digest of the message.
        blob, flags = blob[:-5], blob[-5:]
        if len(flags) != 5 or not flags[0] & _TOUCHED:
            return False
        application = fields_of(signature.key.blob)[-1]
        signed = hashlib.sha256(application).digest() + flags + hashlib.sha256(signed).digest()
    try:
        (raw,) = fields_of(blob)
        return (
            _ed25519_holds(signature.key, raw, signed) if "ed25519" in name else _p256_holds(signature.key, raw, signed)
        )
    except (KeyRefused, ValueError):
        return False


def _ed25519_holds(key: PublicKey, raw: bytes, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(fields_of(key.blob)[1]).verify(raw, signed)
    except InvalidSignature:
        return False
    return True


def _p256_holds(key: PublicKey, raw: bytes, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    r, s = (positive(part) for part in fields_of(raw))
    if max(r, s) >= _CURVE_ORDER:
        return False
    public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), fields_of(key.blob)[2])
    try:
        public.verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _rsa_holds(signature: Signature, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
    from cryptography.hazmat.primitives.hashes import SHA256, SHA512

    hashes = {b"rsa-sha2-256": SHA256, b"rsa-sha2-512": SHA512}
    if signature.algorithm not in hashes:
        return False
    try:
        _, exponent, modulus = fields_of(signature.key.blob)
        (raw,) = fields_of(signature.blob)
        numbers = RSAPublicNumbers(positive(exponent), positive(modulus))
        if len(raw) != (numbers.n.bit_length() + 7) // 8:
            return False
        numbers.public_key().verify(raw, signed, PKCS1v15(), hashes[signature.algorithm]())
    except (InvalidSignature, KeyRefused, ValueError):
        return False
    return True


def _armored(blob: bytes) -> bytes:
    text = base64.b64encode(blob).decode()
    body = "".join(f"{text[start : start + _WIDTH]}\n" for start in range(0, len(text), _WIDTH))
    return f"{_BEGIN}\n{body}{_END}\n".encode()


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data
