"""The published hook, run by pre-commit itself. Row F3 of the mission."""

import subprocess
import sys
from typing import Any

import pytest
import yaml

from repository import PROJECT, Repository


@pytest.fixture
def hooked(repository: Repository) -> Repository:
    """A repository whose pre-commit runs our hook as it is published, in this environment."""
    (hook,) = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text())
    hook["entry"] = hook["entry"].replace("modelward", f"{sys.executable} -m modelward", 1)
    config: dict[str, Any] = {"repos": [{"repo": "local", "hooks": [hook | {"language": "system"}]}]}
    (repository.root / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    repository.commit("Hook")
    return repository


def run(repository: Repository, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pre-commit in the repository."""
    command = [sys.executable, "-m", "pre_commit", "run", *arguments]
    return subprocess.run(command, cwd=repository.root, capture_output=True, text=True, check=False)


def test_f3_the_hook_passes_on_a_good_repository(hooked: Repository) -> None:
    done = run(hooked, "--all-files")
    assert done.returncode == 0, done.stdout
    assert "Passed" in done.stdout


def test_f3_the_hook_stops_a_commit_that_breaks_a_rule_and_shows_the_place(hooked: Repository) -> None:
    hooked.replace("models/credit-risk/manifest.yaml", 'staging: {release: "1.1.0"}', 'staging: {release: "7.7.7"}')
    hooked.git("add", "--all")
    done = run(hooked)
    assert done.returncode == 1
    assert "error[deployment-exists]: release 7.7.7 does not exist" in done.stdout


def test_f3_the_hook_leaves_other_files_alone(hooked: Repository) -> None:
    (hooked.root / "NOTES.md").write_text("x\n")
    hooked.git("add", "--all")
    done = run(hooked)
    assert done.returncode == 0
    assert "no files to check" in done.stdout
