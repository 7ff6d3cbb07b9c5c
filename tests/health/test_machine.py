"""What a machine has: each thing is tried, not believed."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from governed import Governed

from .conftest import state, told

HERE = ("python", "git", "ssh-keygen", "extra registry", "extra evidence", "extra reconcile")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH, with the git and the ssh-keygen of this machine."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("git", "ssh-keygen"):
        found = shutil.which(tool)
        assert found is not None
        (folder / tool).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def command(path: Path, script: str) -> None:
    """Put a script in the place of a command."""
    path.unlink()
    path.write_text(f"#!{shutil.which('sh', path=os.defpath)}\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_this_machine_has_what_the_tests_need(world: Governed) -> None:
    found = told(world)
    assert {name: found[name]["state"] for name in HERE} == dict.fromkeys(HERE, "ok")
    assert found["git"]["reason"].startswith("2.")
    assert "mlflow-skinny 3." in found["extra registry"]["reason"]


@pytest.mark.parametrize("said", ["git version 2.37.9", "git version 1.99", "git of my own"])
def test_a_git_that_is_too_old_or_says_no_version_fails(world: Governed, path: Path, said: str) -> None:
    real = (path / "git").resolve()
    command(path / "git", f'case "$*" in *version) echo "{said}";; *) exec {real} "$@";; esac')
    found, why = state(world, "git")
    assert found == "failed"
    assert "install git 2.38 or later" in why


@pytest.mark.parametrize("said", ["git version 2.38.0", "git version 2.50.1 (Apple Git-155)", "git version 3.0.rc1"])
def test_a_git_that_is_new_enough_is_ok(world: Governed, path: Path, said: str) -> None:
    real = (path / "git").resolve()
    command(path / "git", f'case "$*" in *version) echo "{said}";; *) exec {real} "$@";; esac')
    assert state(world, "git")[0] == "ok"


def test_without_git_nothing_of_the_repository_is_taken_for_well(world: Governed, path: Path) -> None:
    (path / "git").unlink()
    ended = world.modelward("doctor", "--format", "json")
    found = {check["name"]: check["state"] for check in ended.json["checks"]}
    assert ended.code == 3
    assert (found["git"], found["repository"]) == ("failed", "not-checked")
    assert "policies" not in found


def test_without_ssh_keygen_nobody_can_sign(world: Governed, path: Path) -> None:
    (path / "ssh-keygen").unlink()
    assert state(world, "ssh-keygen")[0] == "failed"


def test_an_ssh_keygen_that_does_not_know_how_to_sign_fails(world: Governed, path: Path) -> None:
    real = (path / "ssh-keygen").resolve()
    command(
        path / "ssh-keygen", f'case "$1" in -Y) echo "unknown option -- Y" >&2; exit 1;; *) exec {real} "$@";; esac'
    )
    found, why = state(world, "ssh-keygen")
    assert found == "failed"
    assert "unknown option -- Y" in why
    assert "OpenSSH 8.1" in why


def test_an_ssh_keygen_that_signs_something_else_fails(world: Governed, path: Path) -> None:
    real = (path / "ssh-keygen").resolve()
    command(path / "ssh-keygen", f'case "$1" in -Y) echo other | {real} "$@";; *) exec {real} "$@";; esac')
    assert state(world, "ssh-keygen")[0] == "failed"


def test_a_library_that_is_missing_or_too_old_is_named_with_the_line_that_adds_it(
    world: Governed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "site" / "mlflow_skinny-2.9.0.dist-info"
    older.mkdir(parents=True)
    (older / "METADATA").write_text("Metadata-Version: 2.1\nName: mlflow-skinny\nVersion: 2.9.0\n")
    monkeypatch.syspath_prepend(str(older.parent))
    found, why = state(world, "extra registry")
    assert found == "warning"
    assert "mlflow-skinny 2.9.0" in why
    assert "pip install 'modelward[registry]'" in why


def test_what_an_installation_does_not_say_is_not_taken_for_installed(
    world: Governed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = tmp_path / "site" / "modelward-0.1.0.dist-info"
    silent.mkdir(parents=True)
    (silent / "METADATA").write_text("Metadata-Version: 2.1\nName: modelward\nVersion: 0.1.0\n")
    monkeypatch.syspath_prepend(str(silent.parent))
    assert state(world, "extra registry")[0] == "not-checked"
