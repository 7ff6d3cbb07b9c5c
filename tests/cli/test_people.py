"""people add-key: a public key for one person, spliced into people.yaml."""

import os
import subprocess
from pathlib import Path

import pytest

from modelward.tree.yaml_reader import read_yaml
from repository import Repository

PEOPLE = "policies/people.yaml"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A public key that ssh-keygen has made; the private one lies beside it."""
    return made(tmp_path / "id")


def made(file: Path, *kind: str) -> Path:
    command = ["ssh-keygen", "-q", "-N", "", "-C", "somebody@laptop", "-f", str(file), *(kind or ("-t", "ed25519"))]
    subprocess.run(command, check=True)
    return file.with_name(f"{file.name}.pub")


def keys_of(repository: Repository, name: str, section: str = "people") -> tuple[dict[str, object], ...]:
    keys: tuple[dict[str, object], ...] = read_yaml(repository.read(PEOPLE).encode())[section][name]["keys"]
    return keys


def test_a_key_is_added_to_one_line_and_nothing_else_changes(repository: Repository, key: Path) -> None:
    before = repository.read(PEOPLE)
    ended = repository.modelward("people", "add-key", "engineer-2", "--key", str(key))
    assert ended.code == 0, ended.err
    printed = subprocess.run(["ssh-keygen", "-lf", key], capture_output=True, text=True, check=True).stdout
    assert printed.split()[1] in ended.out
    (entry,) = keys_of(repository, "engineer-2")
    assert f"{entry['key']} somebody@laptop\n" == key.read_text()
    assert entry["revoked"] is None
    after = repository.read(PEOPLE)
    assert [one for one, other in zip(before.splitlines(), after.splitlines(), strict=True) if one != other] == [
        line for line in before.splitlines() if line.startswith("  engineer-2: ")
    ]
    assert repository.modelward("validate").code == 0


def test_a_key_counts_for_a_year_or_as_long_as_is_said(repository: Repository, tmp_path: Path) -> None:
    for name, arguments in (
        ("a", ()),
        ("b", ("--valid-until", "6mo")),
        ("c", ("--valid-until", "2099-12-31T00:00:00Z")),
    ):
        ended = repository.modelward("people", "add-key", "engineer-1", "--key", str(made(tmp_path / name)), *arguments)
        assert ended.code == 0, ended.err
    year, half, instant = keys_of(repository, "engineer-1")
    started, ended_at = str(year["valid_from"]), str(year["valid_until"])
    assert int(ended_at[:4]) == int(started[:4]) + 1
    assert started < str(half["valid_until"]) < ended_at
    assert instant["valid_until"] == "2099-12-31T00:00:00Z"


def test_a_machine_gets_a_key_as_well(repository: Repository, key: Path) -> None:
    assert repository.modelward("people", "add-key", "reconciler", "--key", str(key)).code == 0
    assert len(keys_of(repository, "reconciler", "machines")) == 1


def test_people_in_block_style_or_without_keys_get_one(repository: Repository, tmp_path: Path) -> None:
    text = repository.read(PEOPLE)
    first = next(line for line in text.splitlines() if line.startswith("  engineer-1: "))
    second = next(line for line in text.splitlines() if line.startswith("  engineer-2: "))
    block = "  engineer-1:\n    name: First\n    emails: []\n    keys:\n      # of the laptop\n"
    block += '      - {key: x y, valid_from: "2026-01-01T00:00:00Z", valid_until: "2027-01-01T00:00:00Z"}\n'
    text = text.replace(f"{first}\n", block).replace(second, "  engineer-2: {name: Second, emails: []}")
    repository.write(PEOPLE, text)
    for person in ("engineer-1", "engineer-2"):
        ended = repository.modelward("people", "add-key", person, "--key", str(made(tmp_path / person)))
        assert ended.code == 0, ended.err
    assert len(keys_of(repository, "engineer-1")) == 2
    assert len(keys_of(repository, "engineer-2")) == 1
    assert "# of the laptop" in repository.read(PEOPLE)


def test_t16_a_key_belongs_to_one_person_also_after_it_is_revoked(repository: Repository, key: Path) -> None:
    assert repository.modelward("people", "add-key", "engineer-1", "--key", str(key)).code == 0
    repository.replace(PEOPLE, "revoked: null", 'revoked: "2026-11-21T00:00:00Z"')
    repository.commit("Revoke")
    for person in ("engineer-1", "engineer-2", "reconciler"):
        ended = repository.modelward("people", "add-key", person, "--key", str(key))
        assert ended.code == 1
        assert "is engineer-1's already" in ended.err
    assert repository.git("status", "--porcelain") == ""


def test_a_private_key_is_refused_and_not_shown(repository: Repository, key: Path) -> None:
    private = key.with_suffix("")
    ended = repository.modelward("people", "add-key", "engineer-1", "--key", str(private))
    assert ended.code == 2
    assert "holds a private key" in ended.err
    assert private.read_text().split("\n")[1][:20] not in ended.out + ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("enginer-1",), "did you mean `engineer-1`?"),
        (("nobody",), "add the person to policies/people.yaml first"),
        (("engineer-1", "--valid-until", "yesterday"), "is no time"),
        (("engineer-1", "--valid-until", "2020-01-01T00:00:00Z"), "has passed"),
        (("engineer-1", "--valid-until", "0d"), "has passed"),
        (("engineer-1", "--valid-until", "999999y"), "no time of the calendar"),
        (("engineer-1", "--valid-until", "2026-02-30T00:00:00Z"), "no time of the calendar"),
    ],
)
def test_wrong_arguments_are_exit_2_with_what_would_be_right(
    repository: Repository, key: Path, arguments: tuple[str, ...], said: str
) -> None:
    ended = repository.modelward("people", "add-key", *arguments, "--key", str(key))
    assert ended.code == 2, ended
    assert said in ended.err
    assert repository.git("status", "--porcelain") == ""


def test_a_weak_key_a_pipe_and_a_missing_file_are_exit_2(repository: Repository, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    weak = made(tmp_path / "weak", "-t", "rsa", "-b", "2048")
    said = {
        weak: "2048 bits",
        tmp_path / "pipe": "is no file",
        tmp_path / "gone": "does not exist",
        tmp_path: "directory",
    }
    for file, words in said.items():
        ended = repository.modelward("people", "add-key", "engineer-1", "--key", str(file))
        assert ended.code == 2, ended
        assert words in ended.err


def test_a_dry_run_writes_nothing_and_a_branch_holds_the_commit(repository: Repository, key: Path) -> None:
    assert repository.modelward("people", "add-key", "engineer-1", "--key", str(key), "--dry-run").code == 0
    assert repository.git("status", "--porcelain") == ""
    assert repository.modelward("people", "add-key", "engineer-1", "--key", str(key), "--branch", "key").code == 0
    assert repository.git("diff", "--name-only", "main") == PEOPLE
