"""A repository in a folder of its own: the example of `tests/example`, changed step by step and judged for real."""

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from modelward.__main__ import main
from modelward.rules.base import Base
from modelward.rules.judgement import Judgement
from modelward.rules.loading import Rule
from modelward.rules.running import Judge
from modelward.tree.commit_source import GitSource
from modelward.tree.directory import DirectorySource
from modelward.tree.git import Git
from modelward.tree.snapshot import Snapshot

PROJECT = Path(__file__).resolve().parents[1]
EXAMPLE = PROJECT / "tests" / "example"
COMMAND = Path(sys.executable).with_name("modelward")
_TIME = "2026-11-20T09:00:00Z"
NOW = datetime.fromisoformat(_TIME)
"""When everything is judged."""


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
    """Governed files below `root`, and the git repository around them once something is committed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def of_example(cls, root: Path) -> "Repository":
        """A copy of the example under this project's own rules."""
        shutil.copytree(EXAMPLE, root)
        shutil.copytree(PROJECT / "validators", root / "validators", ignore=shutil.ignore_patterns("__pycache__"))
        return cls(root)

    def read(self, path: str) -> str:
        """The text of a file."""
        return (self.root / path).read_bytes().decode()

    def write(self, path: str, content: str | bytes) -> None:
        """Write a file, and the folders that it stands in."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def replace(self, path: str, old: str, new: str) -> None:
        """Replace a text that stands in the file exactly once."""
        text = self.read(path)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
        self.write(path, text.replace(old, new))

    def copy(self, path: str, to: str) -> None:
        """Copy a file or a folder to a path where nothing stands."""
        assert not os.path.lexists(self.root / to), f"{to} exists"
        if (self.root / path).is_dir():
            shutil.copytree(self.root / path, self.root / to)
        else:
            self.write(to, (self.root / path).read_bytes())

    def remove(self, path: str) -> None:
        """Remove a file or a folder."""
        if (self.root / path).is_dir():
            shutil.rmtree(self.root / path)
        else:
            (self.root / path).unlink()

    def git(self, *arguments: str, stdin: bytes = b"", by: str = "engineer-1") -> str:
        """Run git here in the name of a role, at a fixed time and without anybody's configuration."""
        somebody = {
            f"GIT_{role}_{fact}": value
            for role in ("AUTHOR", "COMMITTER")
            for fact, value in (("NAME", by), ("EMAIL", f"{by}@example.org"), ("DATE", _TIME))
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        environment = kept | somebody | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        command = ["git", "-C", str(self.root), *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, env=environment, check=False)
        assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace')}"
        return done.stdout.decode(errors="surrogateescape").strip()

    def commit(self, message: str = "Change", by: str = "engineer-1") -> str:
        """Commit everything, at first into a new repository; the commit's id."""
        if not (self.root / ".git").exists():
            self.git("init", "--quiet", "--initial-branch", "main")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message, by=by)
        return self.git("rev-parse", "HEAD")

    def snapshot(self, commit: str | None = None) -> Snapshot:
        """What the working tree holds, or a commit."""
        return Snapshot(DirectorySource(self.root) if commit is None else GitSource(Git(self.root), commit))

    def judge(self, rules: Sequence[Rule], base: str | None = None, at: datetime = NOW) -> Judgement:
        """What rules say of the working tree at a time, and of its change since the commit `base`."""
        snapshot = self.snapshot()
        git = Git(self.root)
        since = None if base is None else Base.of_commit(git, base, git.changed_from(base, None))
        judge = Judge(snapshot, rules, at)
        judge.models(snapshot.model_names(), base=since, beside=(), progress=lambda _done: None)
        return judge.judgement

    def modelward(self, *arguments: str, stream: type[io.StringIO] = io.StringIO) -> Ended:
        """Run the command in this process, from the argument list to the exit code; it writes to a `stream`."""
        before, sys.argv = sys.argv, ["modelward", "-C", str(self.root), *arguments]
        out, err = stream(), stream()
        code: object = 0
        try:
            with redirect_stdout(out), redirect_stderr(err):
                main()
        except SystemExit as ended:
            code = ended.code
        finally:
            sys.argv = before
        assert isinstance(code, int)
        return Ended(code, out.getvalue(), err.getvalue())

    def process(self, *arguments: str, environment: Mapping[str, str] | None = None, seconds: float = 60) -> Ended:
        """Run the installed command as a process of its own that was started in this folder."""
        done = subprocess.run(
            [COMMAND, *arguments],
            cwd=self.root,
            capture_output=True,
            env=os.environ | (environment or {}),
            timeout=seconds,
            check=False,
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
