"""What the verbs that edit share: check, show the difference, write, and commit if asked."""

import difflib
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from modelward.cli.options import now
from modelward.cli.suggesting import unknown_environment, unknown_model
from modelward.errors import Denied, WrongUse
from modelward.gate.scopes import scope_of
from modelward.report.terminal import bold, green, red, safe
from modelward.specs.kinds import kind_of
from modelward.specs.scalars import EnvironmentName
from modelward.tree.directory import DirectorySource
from modelward.tree.edit import write_together
from modelward.tree.file import typed
from modelward.tree.git import find_git
from modelward.tree.model import Model
from modelward.tree.place import Unreadable
from modelward.tree.snapshot import Snapshot, require_policies
from modelward.tree.source import EXECUTABLE, REGULAR

# Variables that lead git to another repository than the one that is edited, as in one of its hooks.
_ELSEWHERE = frozenset(
    f"GIT_{name}"
    for name in (
        *("DIR", "WORK_TREE", "INDEX_FILE", "COMMON_DIR", "NAMESPACE", "PREFIX"),
        *("OBJECT_DIRECTORY", "ALTERNATE_OBJECT_DIRECTORIES"),
    )
)
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
        self.at = now()
        """The time of this run."""
        self._seen: dict[str, bytes | None] = {}

    def model(self, name: str) -> Model:
        """The model called `name`; `WrongUse` when there is none."""
        names = self.snapshot.model_names()
        if name not in names:
            raise unknown_model(name, names)
        return self.snapshot.model(name)

    def environment(self, name: str) -> EnvironmentName:
        """The environment called `name`; `WrongUse` when there is none."""
        names = self.snapshot.environments
        if name not in names:
            raise unknown_environment(name, names)
        return EnvironmentName(name)

    def read(self, path: str) -> bytes:
        """The bytes of a file of the working tree."""
        entries = [entry for entry in self.snapshot.source.entries(path) if entry.path == path]
        for _, data in self.snapshot.source.read(entries):
            self._seen[path] = data
            return data
        raise WrongUse(f"{path} does not exist", "add the file first")

    def write(self, path: str, edited: bytes, message: str, *, dry_run: bool, branch: str | None) -> None:
        """Show the difference and, unless it is a dry run, write the file, and commit it on `branch`."""
        self.read(path)
        self.publish({path: edited}, message, dry_run=dry_run, branch=branch)

    def publish(self, files: Mapping[str, bytes], message: str, *, dry_run: bool, branch: str | None) -> None:
        """Show what would differ in new and changed files and, unless it is a dry run, write all of them or none.

        Of a model it is also shown who is to sign what changes.
        With `branch` they are one commit on a new branch of that name, with `message`.
        """
        if not dry_run:
            self.require_branch(branch)
        click.echo(self.difference(files))
        self._ask(files)
        if dry_run:
            click.echo("dry run: nothing was written")
            return
        click.echo(f"next: {self.put(files, message, branch=branch)}")

    def _ask(self, files: Mapping[str, bytes]) -> None:
        """Say who is to sign what an edit changes in a model that is there already."""
        scopes = {scope_of(path) for path in files}
        known = {f"models/{name}" for name in self.snapshot.model_names()}
        if len(scopes) == 1 and scopes <= known:
            from modelward.cli.asking import asked_as_text

            click.echo(asked_as_text(self.git, self.snapshot, files, scopes.pop(), self.at))

    def difference(self, files: Mapping[str, bytes]) -> str:
        """What would differ in new and changed files; raises `Denied` for one that would be no spec of its kind."""
        shown = []
        for path, data in files.items():
            _check_spec(path, data)
            old = self._seen.setdefault(path, self.present(path))
            shown.append(_difference(path, old, data))
        return "\n".join(shown)

    def put(self, files: Mapping[str, bytes], message: str, *, branch: str | None) -> str:
        """Write all of the files or none, as a commit on a new `branch` if one is named; what is to be done next."""
        for path in files:
            self.present(path)
        if branch is not None:
            self._switch(branch)
        self._require_unchanged(files)
        write_together(self.root, files)
        if branch is None:
            return f"{bold('modelward validate')}, then commit and open a pull request"
        self._user_git("add", "--", *files)
        try:
            self._user_git("commit", "--quiet", "-m", message, "--", *files)
        except Denied as denied:
            raise Denied(
                denied.message, f"the edit stands on branch {branch}, not committed; mend it there"
            ) from denied
        return f"{bold(f'git push -u origin {branch}')}, then open a pull request"

    def present(self, path: str) -> bytes | None:
        """The bytes that stand at `path`, None when nothing does; nothing is written through or over a link."""
        source = self.snapshot.source
        parts = path.split("/")
        for length in range(1, len(parts)):
            folder = self.root.joinpath(*parts[:length])
            if folder.is_symlink() or (folder / ".git").exists() or (folder.exists() and not folder.is_dir()):
                raise Denied(f"{'/'.join(parts[:length])} is no folder of this repository", "remove it, or rename it")
        entry = source.entry(path)
        if entry is None and not (self.root / path).exists():
            return None
        if entry is None or entry.mode not in (REGULAR, EXECUTABLE):
            raise Denied(f"{path} is no regular file", "remove it, or rename it")
        return next(data for _, data in source.read([entry]))

    def _require_unchanged(self, files: Mapping[str, bytes]) -> None:
        """Refuse to overwrite what somebody, or a hook, has written since it was read."""
        for path in files:
            now = self.present(path)
            if self._seen.get(path, now) != now:
                raise Denied(f"{path} has changed while it was edited", "look at the file, and edit again")

    def require_branch(self, branch: str | None) -> None:
        """Refuse early what could not be committed on a new branch of this name."""
        if branch is None:
            return
        ref = f"refs/heads/{branch}"
        if ref in self.git.text("for-each-ref", "--format=%(refname)", ref).split("\n"):
            raise WrongUse(f"the branch `{branch}` exists", "name a new one, or switch to it and leave out --branch")
        if self.git.text("status", "--porcelain", "--untracked-files=no"):
            raise WrongUse("the working tree has changes that are not committed", "commit or stash them first")

    def _switch(self, branch: str) -> None:
        self.require_branch(branch)
        self._user_git("switch", "--quiet", "--create", branch)

    def commit(self, paths: Sequence[str], message: str) -> None:
        """Commit these files and nothing else, on the branch that is checked out."""
        self._user_git("add", "--", *paths)
        self._user_git("commit", "--quiet", "-m", message, "--", *paths)

    def _user_git(self, *arguments: str) -> None:
        """Git as the user has set it up, with their name, hooks and signing key."""
        here = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
        command = ["git", "-C", str(self.root), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=here, check=False)
        if done.returncode != 0:
            raise Denied(f"git {arguments[0]}: {done.stderr.strip() or done.stdout.strip()}", "see `git status`")


def _check_spec(path: str, data: bytes) -> None:
    kind = kind_of(path)
    if kind is None:
        return
    try:
        typed(path, data, kind.spec)
    except Unreadable as unreadable:
        raise Denied(f"{path} would be no {kind.name}: {unreadable.message}", unreadable.remedy) from unreadable


def _difference(path: str, old: bytes | None, new: bytes) -> str:
    if kind_of(path) is None:
        return green(f"+ {safe(path)} ({len(new)} bytes)")
    before = ([], "/dev/null") if old is None else (old.decode("utf-8", "replace").splitlines(), f"a/{path}")
    lines = difflib.unified_diff(before[0], new.decode().splitlines(), before[1], f"b/{path}", lineterm="", n=1)
    paint = {"+": green, "-": red}
    return "\n".join(paint.get(line[:1], str)(safe(line)) for line in lines)
