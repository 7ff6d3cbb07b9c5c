"""Public keys of people and machines: which are allowed, and one spelling for each (THREATS T16, T22).

The wire format is that of RFC 4253, section 6.6, RFC 5656, RFC 8709, and of OpenSSH's PROTOCOL.u2f for keys that live
in hardware. Whatever is not written in its only canonical form is refused, so that no key can stand there twice unseen.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from modelward.errors import WrongUse

MAX_FILE = 16 * 1024
LEAST_RSA_BITS = 3072
MOST_RSA_BITS = 16384
# FIPS 186-5, appendix A.1.1.
_LEAST_RSA_EXPONENT = 65537
_MAKE_ONE = "make one with `ssh-keygen -t ed25519`"
_PRIVATE = re.compile(rb"PRIVATE KEY|PuTTY-User-Key-File|AGE-SECRET-KEY")
_WORD = re.compile(r"[a-z0-9][a-z0-9@.-]{0,63}")
# RFC 8032, section 5.1, and the y of its points of order 1, 2, 4 and 8, under which anybody can sign.
_FIELD = 2**255 - 19
_D = -121665 * pow(121666, -1, _FIELD) % _FIELD
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset({0, 1, _FIELD - 1, _ORDER_8, _FIELD - _ORDER_8})


class KeyRefused(WrongUse):
    """A text that is no public key, or one that is not allowed."""


@dataclass(frozen=True)
class PublicKey:
    """A sound public key: the name of its algorithm, and its bytes as they go over the wire."""

    algorithm: str
    blob: bytes

    @property
    def line(self) -> str:
        """The key as `policies/people.yaml` holds it, without a comment."""
        return f"{self.algorithm} {base64.b64encode(self.blob).decode()}"

    @property
    def fingerprint(self) -> str:
        """The fingerprint as `ssh-keygen -l` prints it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")


def read_key_file(data: bytes) -> PublicKey:
    """The key in a `.pub` file; raises `KeyRefused`, in words that quote nothing of a private key."""
    if _PRIVATE.search(data):
        raise KeyRefused("the file holds a private key, which is nobody's but yours", "give the `.pub` file beside it")
    if len(data) > MAX_FILE:
        raise KeyRefused("the file is too large for a public key", "give the `.pub` file that ssh-keygen wrote")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise KeyRefused("the file is no text", "give the `.pub` file that ssh-keygen wrote") from error
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if any(line.startswith(("-----BEGIN", "---- BEGIN")) for line in lines):
        raise KeyRefused("the key is not in OpenSSH's format", "convert it with `ssh-keygen -i -f FILE`")
    if len(lines) != 1:
        raise KeyRefused(f"the file holds {len(lines)} lines, not one key", "give a file with one public key")
    return parse_key(lines[0])


def parse_key(line: str) -> PublicKey:
    """The key in a line `<algorithm> <base64> [comment]`; raises `KeyRefused`."""
    words = line.split(None, 2)
    algorithm = words[0] if words else ""
    if "-cert-v01@" in algorithm:
        raise KeyRefused("this is a certificate, not a key", "give the key that it certifies")
    if algorithm not in _ALGORITHMS:
        if any(known in line for known in _ALGORITHMS):
            raise KeyRefused("something stands before the key; options are not allowed here", "give the key alone")
        named = f"keys of the kind `{algorithm}` are" if _WORD.fullmatch(algorithm) else "this is no key that is"
        raise KeyRefused(f"{named} not allowed", f"allowed are {', '.join(_ALGORITHMS)}; {_MAKE_ONE}")
    encoded = words[1] if len(words) > 1 else ""
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _broken() from error
    if base64.b64encode(blob).decode() != encoded:
        raise _broken()
    key = parse_blob(blob)
    if key.algorithm != algorithm:
        raise _broken()
    return key


def parse_blob(blob: bytes) -> PublicKey:
    """The key in the bytes that go over the wire; raises `KeyRefused`."""
    fields = fields_of(blob)
    algorithm = fields[0].decode("latin-1") if fields else ""
    if algorithm not in _ALGORITHMS:
        raise _broken()
    _ALGORITHMS[algorithm](fields[1:])
    return PublicKey(algorithm, blob)


def _broken() -> KeyRefused:
    return KeyRefused("the key is damaged or not written as ssh-keygen writes it", f"copy it again, or {_MAKE_ONE}")


def fields_of(blob: bytes) -> list[bytes]:
    """The strings of the wire format, each behind its length in four bytes; raises `KeyRefused`."""
    fields = []
    while blob:
        size = int.from_bytes(blob[:4], "big")
        if len(blob) < 4 + size or len(blob) < 4:
            raise _broken()
        fields.append(blob[4 : 4 + size])
        blob = blob[4 + size :]
    return fields


def _check_ed25519(fields: list[bytes]) -> None:
    if len(fields) != 1 or len(fields[0]) != 32:
        raise _broken()
    y = int.from_bytes(fields[0], "little") & (2**255 - 1)
    if y >= _FIELD:
        raise _broken()
    if y in _SMALL_ORDER:
        raise KeyRefused("anybody could sign under this key", _MAKE_ONE)
    squared = (y * y - 1) * pow(_D * y * y + 1, -1, _FIELD) % _FIELD
    if pow(squared, (_FIELD - 1) // 2, _FIELD) != 1:
        raise _broken()


def _check_p256(fields: list[bytes]) -> None:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

    if len(fields) != 2 or fields[0] != b"nistp256" or len(fields[1]) != 65:
        raise _broken()
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), fields[1])
    except ValueError as error:
        raise _broken() from error


def _check_rsa(fields: list[bytes]) -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    if len(fields) != 2:
        raise _broken()
    exponent, modulus = map(positive, fields)
    bits = modulus.bit_length()
    if not LEAST_RSA_BITS <= bits <= MOST_RSA_BITS:
        needed = f"{LEAST_RSA_BITS} to {MOST_RSA_BITS} are needed"
        raise KeyRefused(f"the RSA key has {bits} bits; {needed}", f"{_MAKE_ONE}, or `ssh-keygen -t rsa -b 4096`")
    if exponent < _LEAST_RSA_EXPONENT or modulus % 2 == 0:
        raise KeyRefused("the RSA key has weak numbers", _MAKE_ONE)
    try:
        RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError as error:
        raise _broken() from error


def positive(data: bytes) -> int:
    """The positive number of an `mpint` of RFC 4251, section 5, in its shortest form; raises `KeyRefused`."""
    value = int.from_bytes(data, "big")
    if value == 0 or data[0] & 0x80 or len(data) != value.bit_length() // 8 + 1:
        raise _broken()
    return value


def _check_in_hardware(check: Callable[[list[bytes]], None], fields: list[bytes]) -> None:
    """Check a key that a security key holds, whose last field is the application it was made for."""
    if not fields or not fields[-1].startswith(b"ssh:") or not fields[-1].isascii():
        raise _broken()
    check(fields[:-1])


_ALGORITHMS: dict[str, Callable[[list[bytes]], None]] = {
    "ssh-ed25519": _check_ed25519,
    "ecdsa-sha2-nistp256": _check_p256,
    "ssh-rsa": _check_rsa,
    "sk-ssh-ed25519@openssh.com": partial(_check_in_hardware, _check_ed25519),
    "sk-ecdsa-sha2-nistp256@openssh.com": partial(_check_in_hardware, _check_p256),
}
