"""The command as a user runs it: in a repository with real git, against a real registry file."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from embedded_registry import COMMITTED_ARTIFACTS, build
from modelward.__main__ import main

PROJECT = Path(__file__).resolve().parents[2]
GOVERNED = ("models", "policies", "environments", "validators")
SOMEBODY = {
    "GIT_AUTHOR_NAME": "engineer-1",
    "GIT_AUTHOR_EMAIL": "engineer-1@example.org",
    "GIT_COMMITTER_NAME": "engineer-1",
    "GIT_COMMITTER_EMAIL": "engineer-1@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


class Repository:
    """A copy of this project's governed folders, in git."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._patch = patch
        self._captured = captured
        for folder in GOVERNED:
            shutil.copytree(PROJECT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit("Start")

    def run(self, *arguments: str) -> Ended:
        """Run the command in this process, from argument list to exit code."""
        self._patch.setattr("sys.argv", ["modelward", "-C", str(self.root), *arguments])
        self._captured.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        said = self._captured.readouterr()
        assert "Traceback" not in said.err
        return Ended(ended.value.code, said.out, said.err)

    def git(self, *arguments: str) -> str:
        """Run git here as somebody."""
        command = ["git", "-C", str(self.root), *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | SOMEBODY)
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        """Commit everything; the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message)
        return self.git("rev-parse", "HEAD")

    def replace(self, path: str, old: str, new: str) -> None:
        """Replace a text that stands in the file exactly once."""
        file = self.root / path
        text = file.read_text()
        assert text.count(old) == 1, f"`{old}` stands {text.count(old)} times in {path}"
        file.write_text(text.replace(old, new))


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Repository:
    """A committed repository, and no registry address."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name, value in SOMEBODY.items():
        monkeypatch.setenv(name, value)
    root = tmp_path / "repository"
    root.mkdir()
    return Repository(root, monkeypatch, capsys)


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a registry that holds the repository's releases, and its address in the environment."""
    folder = tmp_path / "registry"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", build(folder, COMMITTED_ARTIFACTS))
    return folder
