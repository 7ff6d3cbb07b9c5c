"""Public keys that are made in memory: where the bounds of what is allowed lie, and what is said beyond them."""

import base64
import hashlib

import pytest

from keyring import ALGORITHMS, KINDS, Kind, blob, ed25519, number, p256, point, public, spelled, wire
from modelward.signing.keys import MAX_FILE, KeyRefused, PublicKey, fields_of, parse_blob, parse_key, positive
from modelward.signing.keys import read_key_file as read

MAKE_ONE = "make one with `ssh-keygen -t ed25519`"
DAMAGED = ("the key is damaged or not written as ssh-keygen writes it", f"copy it again, or {MAKE_ONE}")
ALLOWED = f"allowed are {', '.join(ALGORITHMS[kind] for kind in ('ed25519', 'p256', 'rsa', 'sk-ed25519', 'sk-p256'))}"
RAW = ed25519("lead-1").public_key().public_bytes_raw()
KEY = public("lead-1")


def refused(line: str | bytes, message: str, remedy: str) -> None:
    with pytest.raises(KeyRefused) as ended:
        parse_key(line) if isinstance(line, str) else read(line)
    assert (ended.value.message, ended.value.remedy) == (message, remedy)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_key_is_taken_and_written_as_it_was(kind: Kind) -> None:
    line = public("lead-1", kind)
    for text in (line, f"{line} lead-1", f"{line} a comment of words", f"  {line}"):
        key = parse_key(text)
        assert key == PublicKey(ALGORITHMS[kind], blob("lead-1", kind))
        assert key.line == line
    assert parse_blob(blob("lead-1", kind)) == key
    digest = base64.b64encode(hashlib.sha256(blob("lead-1", kind)).digest()).decode()
    assert key.fingerprint == f"SHA256:{digest[:-1]}"


def test_keys_are_distinguished_by_their_bytes() -> None:
    assert parse_key(KEY) != parse_key(public("lead-2"))
    assert parse_key(KEY).fingerprint != parse_key(public("lead-2")).fingerprint


@pytest.mark.parametrize("text", ["BEGIN OPENSSH PRIVATE KEY", "PuTTY-User-Key-File-3: x", "AGE-SECRET-KEY-1"])
def test_a_file_with_a_private_key_is_refused_whatever_else_it_holds(text: str) -> None:
    said = ("the file holds a private key, which is nobody's but yours", "give the `.pub` file beside it")
    refused(f"{KEY}\n{text}\n".encode(), *said)
    refused(text.encode() + b"\xff" * MAX_FILE, *said)


def test_a_file_is_read_up_to_its_limit_and_not_beyond() -> None:
    assert MAX_FILE == 16 * 1024
    padded = f"{KEY} ".encode().ljust(MAX_FILE, b"x")
    assert read(padded) == parse_key(KEY)
    refused(padded + b"x", "the file is too large for a public key", "give the `.pub` file that ssh-keygen wrote")


def test_a_file_that_is_no_text_or_not_one_key_is_refused() -> None:
    refused(b"\xff\xfe", "the file is no text", "give the `.pub` file that ssh-keygen wrote")
    one = "give a file with one public key"
    refused(b"", "the file holds 0 lines, not one key", one)
    refused(b"# a comment\n\n", "the file holds 0 lines, not one key", one)
    refused(f"{KEY}\n{public('lead-2')}\n".encode(), "the file holds 2 lines, not one key", one)
    assert read(f"# a comment\n \n{KEY} José\n".encode()) == parse_key(KEY)


@pytest.mark.parametrize("start", ["-----BEGIN PUBLIC KEY-----", "---- BEGIN SSH2 PUBLIC KEY ----"])
def test_a_key_in_another_format_is_refused(start: str) -> None:
    refused(
        f"{start}\n{KEY}\n".encode(), "the key is not in OpenSSH's format", "convert it with `ssh-keygen -i -f FILE`"
    )


def test_a_line_that_is_no_allowed_key_says_what_it_is() -> None:
    certificate = "ssh-ed25519-cert-v01@openssh.com"
    refused(f"{certificate} AAAA", "this is a certificate, not a key", "give the key that it certifies")
    refused(f'from="*" {KEY}', "something stands before the key; options are not allowed here", "give the key alone")
    remedy = f"{ALLOWED}; {MAKE_ONE}"
    refused("ssh-dss AAAA", "keys of the kind `ssh-dss` are not allowed", remedy)
    refused("ecdsa-sha2-nistp384 AAAA", "keys of the kind `ecdsa-sha2-nistp384` are not allowed", remedy)
    refused("", "this is no key that is not allowed", remedy)
    refused("Secret!words AAAA", "this is no key that is not allowed", remedy)
    refused(f"{'a' * 64} A", f"keys of the kind `{'a' * 64}` are not allowed", remedy)
    refused(f"{'a' * 65} A", "this is no key that is not allowed", remedy)


def test_base64_is_the_one_that_the_bytes_have() -> None:
    encoded = KEY.split()[1]
    for broken in ("", "!!!!", encoded[:-1], f"{encoded}=", f"{encoded}A", encoded[:-1] + "é", encoded[:40] + "=" * 4):
        refused(f"ssh-ed25519 {broken}", *DAMAGED)
    refused("ssh-ed25519", *DAMAGED)
    refused(f"ssh-rsa {encoded}", *DAMAGED)
    # Of 33 bytes the last sign of base64 has bits that no byte holds.
    loose = base64.b64encode(blob("lead-1", "p256")).decode()
    assert loose.endswith("=")
    last = chr(ord(loose[-2]) + 1)
    assert base64.b64decode(loose[:-2] + last + "=") == blob("lead-1", "p256")
    refused(f"ecdsa-sha2-nistp256 {loose[:-2]}{last}=", *DAMAGED)


def test_the_wire_format_is_cut_into_whole_fields() -> None:
    assert fields_of(b"") == []
    assert fields_of(wire(b"a", b"", b"bc")) == [b"a", b"", b"bc"]
    assert fields_of(wire(b"x" * 300)) == [b"x" * 300]
    for broken in (b"\0", b"\0\0\0", b"\0\0\0\1", b"\0\0\0\2a", wire(b"a") + b"\0\0\0"):
        with pytest.raises(KeyRefused) as ended:
            fields_of(broken)
        assert (ended.value.message, ended.value.remedy) == DAMAGED


def test_bytes_that_name_no_allowed_algorithm_are_refused() -> None:
    for broken in (b"", wire(b""), wire(b"ssh-dss", b"x"), wire(b"\xff", RAW)):
        with pytest.raises(KeyRefused) as ended:
            parse_blob(broken)
        assert (ended.value.message, ended.value.remedy) == DAMAGED


FIELD = 2**255 - 19


def little(value: int) -> bytes:
    return value.to_bytes(32, "little")


def test_an_ed25519_key_is_one_point_in_its_one_spelling() -> None:
    for fields in ((), (RAW, b""), (RAW[:-1],), (RAW + b"\0",)):
        refused(spelled("ssh-ed25519", *fields), *DAMAGED)
    # y of 4 is on the curve, and so is FIELD + 4, which is another spelling of it.
    assert parse_key(spelled("ssh-ed25519", little(4)))
    refused(spelled("ssh-ed25519", little(FIELD + 4)), *DAMAGED)
    refused(spelled("ssh-ed25519", little(FIELD)), *DAMAGED)
    refused(spelled("ssh-ed25519", little(2)), *DAMAGED)
    assert parse_key(spelled("ssh-ed25519", little(4 | 1 << 255)))


def test_a_key_of_small_order_says_that_anybody_could_sign() -> None:
    for y in (0, 1, FIELD - 1):
        for sign in (0, 1 << 255):
            refused(spelled("ssh-ed25519", little(y | sign)), "anybody could sign under this key", MAKE_ONE)


def test_a_p256_key_is_an_uncompressed_point_on_its_curve() -> None:
    good = point("lead-1")
    algorithm = "ecdsa-sha2-nistp256"
    assert parse_key(spelled(algorithm, b"nistp256", good))
    numbers = p256("lead-1").public_key().public_numbers()
    compressed = bytes([2 + numbers.y % 2]) + good[1:33]
    hybrid = bytes([6 + numbers.y % 2]) + good[1:]
    off_curve = good[:-1] + bytes([good[-1] ^ 1])
    for broken in (compressed, hybrid, off_curve, good[:-1], good + b"\0", b"\0", b""):
        refused(spelled(algorithm, b"nistp256", broken), *DAMAGED)
    refused(spelled(algorithm, b"nistp384", good), *DAMAGED)
    refused(spelled(algorithm, b"nistp256", good, b""), *DAMAGED)
    refused(spelled(algorithm, b"nistp256"), *DAMAGED)


def rsa(exponent: int, modulus: int) -> str:
    return spelled("ssh-rsa", number(exponent), number(modulus))


def odd(bits: int) -> int:
    return (1 << bits - 1) + 1


@pytest.mark.parametrize("bits", [2048, 3071, 16385])
def test_t22_an_rsa_key_has_3072_to_16384_bits(bits: int) -> None:
    remedy = f"{MAKE_ONE}, or `ssh-keygen -t rsa -b 4096`"
    refused(rsa(65537, odd(bits)), f"the RSA key has {bits} bits; 3072 to 16384 are needed", remedy)


@pytest.mark.parametrize("bits", [3072, 4096, 16384])
def test_an_rsa_key_at_the_bounds_is_taken(bits: int) -> None:
    assert parse_key(rsa(65537, odd(bits))).algorithm == "ssh-rsa"


def test_t22_an_rsa_key_of_weak_numbers_is_refused() -> None:
    for exponent, modulus in ((3, odd(3072)), (65535, odd(3072)), (65536, odd(3072) + 1), (65537, odd(3072) + 1)):
        refused(rsa(exponent, modulus), "the RSA key has weak numbers", MAKE_ONE)
    for exponent in (65538, odd(3072) + 2):
        refused(rsa(exponent, odd(3072)), *DAMAGED)
    refused(spelled("ssh-rsa", number(65537)), *DAMAGED)
    refused(spelled("ssh-rsa", number(65537), number(odd(3072)), b""), *DAMAGED)


def test_a_number_is_positive_and_in_its_shortest_form() -> None:
    assert [positive(data) for data in (b"\1", b"\x7f", b"\0\x80", b"\1\0", b"\0\xff\xff")] == [
        1,
        127,
        128,
        256,
        65535,
    ]
    for broken in (b"", b"\0", b"\0\1", b"\x80", b"\xff\xff", b"\0\0\x80"):
        with pytest.raises(KeyRefused) as ended:
            positive(broken)
        assert (ended.value.message, ended.value.remedy) == DAMAGED


def test_a_key_in_hardware_was_made_for_ssh() -> None:
    for algorithm, fields in (
        ("sk-ssh-ed25519@openssh.com", (RAW,)),
        ("sk-ecdsa-sha2-nistp256@openssh.com", (b"nistp256", point("lead-1"))),
    ):
        for application in (b"ssh:", b"ssh:work"):
            assert parse_key(spelled(algorithm, *fields, application)).algorithm == algorithm
        for broken in (b"", b"ssh", b"https://elsewhere.example", "ssh:é".encode(), b"SSH:"):
            refused(spelled(algorithm, *fields, broken), *DAMAGED)
        refused(spelled(algorithm, *fields), *DAMAGED)
        refused(spelled(algorithm), *DAMAGED)
        refused(spelled(algorithm, *fields, b"", b"ssh:"), *DAMAGED)
        refused(spelled(algorithm, *fields[:-1], b"ssh:"), *DAMAGED)
