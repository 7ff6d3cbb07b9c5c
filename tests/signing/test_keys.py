"""Public keys: what ssh-keygen makes is taken, and nothing that is weak, damaged or spelled another way."""

import base64
import os
import subprocess
from itertools import product
from pathlib import Path

import pytest

from modelward.signing.keys import _D, _FIELD, _SMALL_ORDER, KeyRefused, PublicKey, parse_key, read_key_file

WELL_KNOWN_APPLICATION = b"ssh:"


def made(folder: Path, *arguments: str) -> Path:
    """A key that ssh-keygen makes; the file with its public half."""
    file = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-C", "engineer-1", "-f", file, *arguments], check=True)
    return file.with_suffix(".pub")


def wire(*fields: bytes) -> bytes:
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def line(algorithm: str, *fields: bytes) -> str:
    return f"{algorithm} {base64.b64encode(wire(algorithm.encode(), *fields)).decode()}"


def number(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


@pytest.fixture(scope="module")
def ed25519(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The 32 bytes of a key."""
    text = made(tmp_path_factory.mktemp("ed25519"), "-t", "ed25519").read_text()
    return base64.b64decode(text.split()[1])[-32:]


@pytest.fixture(scope="module")
def p256(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The 65 bytes of a point."""
    text = made(tmp_path_factory.mktemp("p256"), "-t", "ecdsa", "-b", "256").read_text()
    return base64.b64decode(text.split()[1])[-65:]


@pytest.mark.parametrize(
    ("algorithm", "arguments"),
    [
        ("ssh-ed25519", ("-t", "ed25519")),
        ("ecdsa-sha2-nistp256", ("-t", "ecdsa", "-b", "256")),
        ("ssh-rsa", ("-t", "rsa", "-b", "3072")),
    ],
)
def test_a_key_that_ssh_keygen_makes_is_taken_with_its_fingerprint(
    tmp_path: Path, algorithm: str, arguments: tuple[str, ...]
) -> None:
    file = made(tmp_path, *arguments)
    key = read_key_file(file.read_bytes())
    assert key.algorithm == algorithm
    assert key.line == file.read_text().removesuffix(" engineer-1\n")
    printed = subprocess.run(["ssh-keygen", "-lf", file], capture_output=True, text=True, check=True).stdout
    assert printed.split()[1] == key.fingerprint
    assert parse_key(key.line) == key


def test_keys_in_hardware_are_taken(ed25519: bytes, p256: bytes) -> None:
    for text in (
        line("sk-ssh-ed25519@openssh.com", ed25519, WELL_KNOWN_APPLICATION),
        line("sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", p256, b"ssh:work"),
    ):
        assert parse_key(f"{text} engineer-1").line == text


@pytest.mark.parametrize(
    "arguments",
    [
        ("-t", "ed25519"),
        ("-t", "rsa", "-b", "3072", "-m", "PEM"),
        (
            "-t",
            "rsa",
        ),
    ],
)
def test_a_private_key_is_refused_and_nothing_of_it_is_quoted(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    private = made(tmp_path, *arguments).with_suffix("").read_bytes()
    with pytest.raises(KeyRefused, match="private key") as refused:
        read_key_file(private)
    for secret in private.split()[4:]:
        assert secret.decode() not in refused.value.message + refused.value.remedy


def test_t22_weak_and_unknown_kinds_of_keys_are_refused(tmp_path: Path) -> None:
    for number_of_bits in ("1024", "2048"):
        folder = tmp_path / number_of_bits
        folder.mkdir()
        with pytest.raises(KeyRefused, match=f"has {number_of_bits} bits; 3072 to 16384 are needed"):
            read_key_file(made(folder, "-t", "rsa", "-b", number_of_bits).read_bytes())
    with pytest.raises(KeyRefused, match="`ecdsa-sha2-nistp521` are not allowed"):
        read_key_file(made(tmp_path, "-t", "ecdsa", "-b", "521").read_bytes())
    with pytest.raises(KeyRefused, match="`ssh-dss` are not allowed"):
        parse_key("ssh-dss AAAAB3NzaC1kc3MAAACB")


def test_a_certificate_is_refused(tmp_path: Path) -> None:
    file = made(tmp_path, "-t", "ed25519")
    authority = tmp_path / "authority"
    authority.mkdir()
    made(authority, "-t", "ed25519")
    subprocess.run(["ssh-keygen", "-q", "-s", authority / "key", "-I", "x", "-n", "x", file], check=True)
    with pytest.raises(KeyRefused, match="certificate"):
        read_key_file((tmp_path / "key-cert.pub").read_bytes())


def test_a_key_in_another_format_is_refused_with_the_command_that_converts_it(tmp_path: Path) -> None:
    file = made(tmp_path, "-t", "rsa", "-b", "3072")
    for name in ("RFC4716", "PKCS8", "PEM"):
        other = subprocess.run(["ssh-keygen", "-e", "-m", name, "-f", file], capture_output=True, check=True).stdout
        with pytest.raises(KeyRefused, match="not in OpenSSH's format"):
            read_key_file(other)


def test_options_and_several_keys_and_no_key_are_refused(ed25519: bytes) -> None:
    key = line("ssh-ed25519", ed25519)
    with pytest.raises(KeyRefused, match="options are not allowed"):
        parse_key(f'namespaces="git" {key}')
    with pytest.raises(KeyRefused, match="holds 2 lines"):
        read_key_file(f"{key}\n{key}\n".encode())
    for data, said in ((b"", "holds 0 lines"), (b"\xff\xfe\x00", "no text"), (b"a" * 20_000, "too large")):
        with pytest.raises(KeyRefused, match=said):
            read_key_file(data)
    with pytest.raises(KeyRefused, match="no key that is") as refused:
        read_key_file(b"Password=hunter2!\n")
    assert "hunter2" not in refused.value.message
    assert read_key_file(f"# of engineer-1\n\n{key} a comment\n".encode()).line == key


def test_t16_a_key_has_one_spelling_only(ed25519: bytes, p256: bytes) -> None:
    modulus = (1 << 3071) + 1
    good = line("ssh-rsa", number(65537), number(modulus))
    assert isinstance(parse_key(good), PublicKey)
    for broken in (
        line("ssh-rsa", b"\0" + number(65537), number(modulus)),
        line("ssh-rsa", number(65537), b"\0" + number(modulus)),
        line("ssh-rsa", number(65537), number(modulus), b""),
        line("ssh-rsa", number(65537), number(modulus)[1:]),
        line("ssh-rsa", b"", number(modulus)),
        line("ssh-ed25519", ed25519 + b"\0"),
        line("ssh-ed25519", ed25519, b""),
        line("ssh-ed25519"),
        line("ssh-ed25519", (_FIELD + 3).to_bytes(32, "little")),
        line("ecdsa-sha2-nistp256", b"nistp384", p256),
        line("ecdsa-sha2-nistp256", b"nistp256", bytes([2 + p256[64] % 2]) + p256[1:33]),
        line("ecdsa-sha2-nistp256", b"nistp256", p256[:-1] + bytes([p256[-1] ^ 1])),
        line("sk-ssh-ed25519@openssh.com", ed25519),
        line("sk-ssh-ed25519@openssh.com", ed25519, b"https://elsewhere.example"),
        line("ssh-ed25519", ed25519) + "=",
        line("ssh-ed25519", ed25519)[:-1],
        line("ssh-ed25519", ed25519).replace("ssh-ed25519 ", "ssh-ed25519 A"),
        "ssh-rsa " + line("ssh-ed25519", ed25519).split()[1],
        "ssh-ed25519",
        "ssh-ed25519 !!!!",
        "ssh-ed25519 é",
    ):
        with pytest.raises(KeyRefused, match="damaged"):
            parse_key(broken)


def test_every_shortened_key_is_refused(ed25519: bytes) -> None:
    blob = wire(b"ssh-ed25519", ed25519)
    for length in range(len(blob)):
        with pytest.raises(KeyRefused, match="damaged"):
            parse_key(f"ssh-ed25519 {base64.b64encode(blob[:length]).decode()}")


def test_rsa_keys_with_weak_numbers_are_refused() -> None:
    for exponent, modulus in ((3, (1 << 3071) + 1), (65537, 1 << 3071), (65538, (1 << 3071) + 1)):
        with pytest.raises(KeyRefused, match=r"weak numbers|damaged"):
            parse_key(line("ssh-rsa", number(exponent), number(modulus)))


def test_a_point_off_the_curve_is_no_key_and_about_half_of_all_texts_are_one() -> None:
    taken = 0
    for seed in range(200):
        try:
            parse_key(line("ssh-ed25519", seed.to_bytes(31, "little") + b"\0"))
        except KeyRefused:
            continue
        taken += 1
    assert 60 < taken < 140


def test_keys_under_which_anybody_can_sign_are_refused() -> None:
    for y, sign in product(_SMALL_ORDER, (0, 1)):
        with pytest.raises(KeyRefused, match="anybody could sign"):
            parse_key(line("ssh-ed25519", (y | sign << 255).to_bytes(32, "little")))


def test_the_listed_points_are_exactly_those_whose_order_divides_eight() -> None:
    assert len(_SMALL_ORDER) == 5
    for y in _SMALL_ORDER:
        squared = (y * y - 1) * pow(_D * y * y + 1, -1, _FIELD) % _FIELD
        x = root(squared)
        assert x is not None
        point = (x, y)
        for _ in range(3):
            point = doubled(point)
        assert point == (0, 1)


def root(square: int) -> int | None:
    """A square root modulo the field's prime (RFC 8032, section 5.1.3)."""
    x = pow(square, (_FIELD + 3) // 8, _FIELD)
    if (x * x - square) % _FIELD:
        x = x * pow(2, (_FIELD - 1) // 4, _FIELD) % _FIELD
    return x if (x * x - square) % _FIELD == 0 else None


def doubled(point: tuple[int, int]) -> tuple[int, int]:
    """Twice a point of the curve -x^2 + y^2 = 1 + d x^2 y^2."""
    x, y = point
    product_ = _D * x * x * y * y
    return (
        2 * x * y * pow(1 + product_, -1, _FIELD) % _FIELD,
        (y * y + x * x) * pow(1 - product_, -1, _FIELD) % _FIELD,
    )


def test_a_random_text_is_never_taken_for_a_key() -> None:
    for _ in range(50):
        with pytest.raises(KeyRefused):
            read_key_file(os.urandom(60))
