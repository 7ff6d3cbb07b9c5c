"""What the verbs that edit share: check, show the difference, write, and commit if asked."""

import difflib
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from modelward.errors import Denied, WrongUse
from modelward.report.terminal import bold, green, red, safe
from modelward.specs.kinds import kind_of
from modelward.tree.directory import DirectorySource
from modelward.tree.edit import write_atomically
from modelward.tree.file import typed
from modelward.tree.git import find_git
from modelward.tree.model import Model
from modelward.tree.place import Unreadable
from modelward.tree.snapshot import Snapshot, require_policies

F = TypeVar("F", bound=Callable[..., Any])


def edits(function: F) -> F:
    """`--dry-run` and `--branch`."""
    function = click.option("--branch", metavar="NAME", help="Commit the edit on a new branch of this name.")(function)
    return click.option("--dry-run", is_flag=True, help="Only show the difference.")(function)


class Workspace:
    """The working tree around a folder, for one edit of one file."""

    def __init__(self, folder: Path) -> None:
        self.git = find_git(folder)
        self.root = self.git.root
        self.snapshot = Snapshot(DirectorySource(self.root))
        require_policies(self.snapshot)

    def model(self, name: str) -> Model:
        """The model called `name`; `WrongUse` when there is none."""
        names = self.snapshot.model_names()
        if name not in names:
            close = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean `{close[0]}`?" if close else "look under models/"
            raise WrongUse(f"there is no model `{name}`", hint)
        return self.snapshot.model(name)

    def read(self, path: str) -> bytes:
        """The bytes of a file of the working tree."""
        entries = [entry for entry in self.snapshot.source.entries(path) if entry.path == path]
        for _, data in self.snapshot.source.read(entries):
            return data
        raise WrongUse(f"{path} does not exist", "add the file first")

    def write(self, path: str, edited: bytes, message: str, *, dry_run: bool, branch: str | None) -> None:
        """Show the difference and, unless it is a dry run, write the file, and commit it on `branch`."""
        old = self.read(path)
        kind = kind_of(path)
        assert kind is not None
        try:
            typed(path, edited, kind.spec)
        except Unreadable as unreadable:
            raise Denied(f"{path} would be no {kind.name}: {unreadable.message}", unreadable.remedy) from unreadable
        click.echo(_difference(path, old.decode(), edited.decode()))
        if dry_run:
            click.echo("dry run: nothing was written")
            return
        if branch is None:
            write_atomically(self.root / path, edited)
            click.echo(f"next: {bold('modelward validate')}, then commit and open a pull request")
            return
        self._switch(branch)
        write_atomically(self.root / path, edited)
        self._user_git("add", "--", path)
        try:
            self._user_git("commit", "--quiet", "-m", message, "--", path)
        except Denied as denied:
            raise Denied(
                denied.message, f"the edit stands on branch {branch}, not committed; mend it there"
            ) from denied
        click.echo(f"next: {bold(f'git push -u origin {branch}')}, then open a pull request")

    def _switch(self, branch: str) -> None:
        if self.git.text("status", "--porcelain", "--untracked-files=no"):
            raise WrongUse("the working tree has changes that are not committed", "commit or stash them first")
        self._user_git("switch", "--quiet", "--create", branch)

    def _user_git(self, *arguments: str) -> None:
        """Git as the user has set it up, with their name, hooks and signing key."""
        done = subprocess.run(["git", "-C", str(self.root), *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Denied(f"git {arguments[0]}: {done.stderr.strip() or done.stdout.strip()}", "see `git status`")


def _difference(path: str, old: str, new: str) -> str:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), f"a/{path}", f"b/{path}", lineterm="", n=1)
    paint = {"+": green, "-": red}
    return "\n".join(paint.get(line[:1], str)(safe(line)) for line in lines)
