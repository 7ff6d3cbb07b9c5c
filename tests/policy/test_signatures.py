"""Whose signature over a document counts."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from modelward.policy.signatures import NAMESPACE, signer
from modelward.signing.keygen import sign
from modelward.signing.sshsig import SignatureRefused
from modelward.specs.policy import Machine, People
from modelward.specs.scalars import PersonName

DOCUMENT = b'{"kind": "metrics"}\n'
NOW = datetime(2026, 11, 20, tzinfo=UTC)
Make = Callable[..., tuple[People, bytes]]


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "lead-1"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)], check=True)
    return path


@pytest.fixture
def make(key: Path) -> Make:
    """People of whom lead-1 has the key, and a signature with it."""

    def made(namespace: str = NAMESPACE, line: str | None = None, **fields: str) -> tuple[People, bytes]:
        record = {
            "key": line or key.with_suffix(".pub").read_text().strip(),
            "valid_from": "2026-01-01T00:00:00Z",
            "valid_until": "2027-01-01T00:00:00Z",
            **fields,
        }
        people = {
            "engineer-1": {"name": "First engineer", "emails": ()},
            "lead-1": {"name": "Team lead", "emails": (), "keys": (record,)},
        }
        return People.model_validate({"schema": "people/v1", "people": people}), sign(DOCUMENT, key, namespace)

    return made


def test_who_signed_is_found_by_the_key(make: Make) -> None:
    people, signature = make()
    assert signer(people, DOCUMENT, signature, NOW) == "lead-1"


def test_a_comment_behind_a_key_is_no_part_of_it(make: Make, key: Path) -> None:
    people, signature = make(line=f"{key.with_suffix('.pub').read_text().strip()} of the lead")
    assert signer(people, DOCUMENT, signature, NOW) == "lead-1"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"valid_until": "2026-02-01T00:00:00Z"}, "is not valid now"),
        ({"valid_from": "2026-12-01T00:00:00Z"}, "is not valid now"),
        ({"valid_until": "2026-11-20T00:00:00Z"}, "is not valid now"),
        ({"revoked": "2026-11-01T00:00:00Z"}, "is revoked"),
        ({"namespace": "modelward-signoff"}, "was made for another use"),
        ({"namespace": "file"}, "was made for another use"),
    ],
    ids=["ended", "not begun", "ended just now", "revoked", "sign-off", "file"],
)
def test_t20_t21_a_key_that_ended_and_a_signature_for_another_use_do_not_count(
    make: Make, fields: dict[str, str], said: str
) -> None:
    people, signature = make(**fields)
    with pytest.raises(SignatureRefused, match=said):
        signer(people, DOCUMENT, signature, NOW)


def test_a_signature_of_other_bytes_does_not_count(make: Make) -> None:
    people, signature = make()
    with pytest.raises(SignatureRefused, match="not of these bytes by this key"):
        signer(people, DOCUMENT.replace(b"metrics", b"bias"), signature, NOW)


def test_a_key_of_nobody_does_not_count(make: Make, tmp_path: Path) -> None:
    people, _ = make()
    stranger = tmp_path / "stranger"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(stranger)], check=True)
    with pytest.raises(SignatureRefused, match="knows nobody by the key"):
        signer(people, DOCUMENT, sign(DOCUMENT, stranger, NAMESPACE), NOW)


def test_a_key_on_record_that_cannot_be_read_is_nobodys(make: Make) -> None:
    people, signature = make(line="ssh-dss AAAAB3NzaC1kc3MAAACB")
    with pytest.raises(SignatureRefused, match="knows nobody by the key"):
        signer(people, DOCUMENT, signature, NOW)


def test_a_key_that_belongs_to_two_or_to_a_machine_signs_for_nobody(make: Make) -> None:
    people, signature = make()
    lead = people.people[PersonName("lead-1")]
    twice = people.model_copy(update={"people": {**people.people, "engineer-1": lead}})
    with pytest.raises(SignatureRefused, match=r"stands in policies/people\.yaml more than once"):
        signer(twice, DOCUMENT, signature, NOW)
    machine = Machine(keys=lead.keys, may=("ledger",))
    unmanned = people.model_copy(update={"people": {}, "machines": {"reconciler": machine}})
    with pytest.raises(SignatureRefused, match="that of machine `reconciler`, and no person's"):
        signer(unmanned, DOCUMENT, signature, NOW)
