"""`init`: a governance repository in an empty folder, or in a repository where nothing is in the way."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import click

from modelward.authoring.repository import Holders, lay_out, name_in_remote, placeholders
from modelward.cli.options import here
from modelward.cli.prompting import somebody_is_here
from modelward.errors import CannotEvaluate, Denied, WrongUse
from modelward.report.terminal import bold, green, safe
from modelward.specs.policy import PLACEHOLDER_OWNER, REPOSITORY
from modelward.specs.scalars import PersonName, RoleName
from modelward.tree.edit import write_together
from modelward.tree.git import Git, find_git

_YOURS = ("README.md", ".gitignore")
"""Files that nothing leans on: what stands there already is left as it is."""


@click.command("init")
@click.argument("target", metavar="[DIR]", default=".")
@click.option("--repository", metavar="OWNER/NAME", help="What it is called.  [default: as its remote says, or asked]")
@click.option("--role", "roles", multiple=True, metavar="ROLE=PERSON", help="Who holds a standing role; several times.")
@click.option("--dry-run", is_flag=True, help="Only list the files.")
@here
def command(target: str, repository: str | None, roles: tuple[str, ...], dry_run: bool, folder: Path) -> None:
    """Lay out a governance repository in DIR, which is the current folder if none is given.

    Policies, environments, rules with their examples, a workflow and a hook are written and are yours from then on.
    Nothing is ever overwritten. Where there is no git repository yet, one is made and the files are staged.
    """
    if not target:
        raise WrongUse("DIR is empty", "name a folder, or leave it out for this one")
    root = (folder / target).resolve()
    git = _repository(root)
    holders = _holders(roles)
    name = _name(repository, git, root)
    files = lay_out(name, holders)
    wanted = _wanted(root, files)
    for path in wanted if dry_run else ():
        click.echo(f"would write {path}")
    if not wanted:
        raise WrongUse(f"{safe(root)} holds all of this already", "there is nothing to write")
    if dry_run:
        click.echo("dry run: nothing was written")
        return
    write_together(root, wanted)
    click.echo(f"wrote {len(wanted)} files into {safe(root)}: {green(_folders(wanted))}")
    for kept in sorted(set(files) - set(wanted)):
        click.echo(f"left {kept} as it is")
    if git is None:
        made = Git(root)
        made.run("init", "--quiet", "--initial-branch", "main")
        listed = "\0".join(wanted).encode()
        made.run("add", "--force", "--pathspec-from-file=-", "--pathspec-file-nul", stdin=listed)
    _say_next(root, name, placeholders(files, holders), staged=git is None)


def _repository(root: Path) -> Git | None:
    """The git repository whose top `root` is, or None when it lies in none."""
    if shutil.which("git") is None:
        raise CannotEvaluate("git is not installed", "install git 2.38 or later")
    if root.exists() and not root.is_dir():
        raise WrongUse(f"{safe(root)} is no folder", "give a folder")
    around = next(each for each in (root, *root.parents) if each.is_dir())
    try:
        git = find_git(around)
    except CannotEvaluate:
        _require_outside(around, root)
        return None
    if git.root.resolve() != root.resolve():
        raise WrongUse(
            f"{safe(root)} lies inside the repository {safe(git.root)}",
            "a governance repository is one of its own: give a folder outside, or the top of that one",
        )
    return git


def _require_outside(around: Path, root: Path) -> None:
    """Refuse what has no working tree: a bare repository, and git's own folder of another one."""
    try:
        inside = Git(around).text("rev-parse", "--absolute-git-dir")
    except CannotEvaluate:
        return
    raise WrongUse(f"{safe(root)} lies in {safe(inside)}, which is git's own", "give a folder outside of it")


def _name(given: str | None, git: Git | None, root: Path) -> str:
    name = given or _from_remote(git)
    if name is None and somebody_is_here():
        name = click.prompt("What is the repository called (OWNER/NAME)", type=str).strip()
    if name is None:
        name = f"{PLACEHOLDER_OWNER}/{re.sub('[^A-Za-z0-9._-]+', '-', root.name).strip('-.') or 'ml-governance'}"
    if re.fullmatch(REPOSITORY.strip("^$"), name) is None:
        raise WrongUse(f"`{name}` is no name of a repository", "give --repository OWNER/NAME, like acme/ml-governance")
    return name


def _from_remote(git: Git | None) -> str | None:
    if git is None:
        return None
    try:
        return name_in_remote(git.text("remote", "get-url", "origin"))
    except CannotEvaluate:
        return None


def _holders(given: tuple[str, ...]) -> Holders:
    holders: dict[RoleName, list[PersonName]] = {}
    for text in given:
        role, equals, person = text.partition("=")
        if not equals:
            raise WrongUse(f"`--role {text}` names no person", "write it like governance-board=board-1")
        members = holders.setdefault(RoleName(role), [])
        if person not in members:
            members.append(PersonName(person))
    return holders


def _wanted(root: Path, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files that are not there yet; `Denied` when another stands where one of them belongs."""
    wanted: dict[str, bytes] = {}
    in_the_way: list[str] = []
    for path, data in files.items():
        parts = path.split("/")
        above = [root.joinpath(*parts[:length]) for length in range(1, len(parts))]
        file = root / path
        if any(each.is_symlink() or (each.exists() and not each.is_dir()) for each in above):
            in_the_way.append(path)
        elif not file.is_symlink() and not file.exists():
            wanted[path] = data
        elif path not in _YOURS and (file.is_symlink() or not file.is_file() or file.read_bytes() != data):
            in_the_way.append(path)
    if in_the_way:
        shown = ", ".join(in_the_way[:5]) + (f" and {len(in_the_way) - 5} more" if len(in_the_way) > 5 else "")
        raise Denied(f"{shown} would be overwritten", "give an empty folder, or move what is in the way")
    return wanted


def _folders(files: Mapping[str, bytes]) -> str:
    return " ".join(dict.fromkeys(f"{path.partition('/')[0]}/" if "/" in path else path for path in sorted(files)))


def _say_next(root: Path, name: str, unnamed: tuple[PersonName, ...], *, staged: bool) -> None:
    steps = [f"cd {safe(root)}"] if root.resolve() != Path.cwd() else []
    steps += [] if staged else ["git add --all"]
    steps += ["git commit -m 'Lay out governance'", "modelward validate", "modelward test", "pre-commit install"]
    click.echo("next:")
    for step in steps:
        click.echo(f"  {bold(step)}")
    if name.startswith(f"{PLACEHOLDER_OWNER}/"):
        click.echo(
            f"  name the repository in policies/policy.yaml: it is called {name} until you do, and takes no signature"
        )
    if unnamed:
        click.echo(f"  name your people in policies/people.yaml, instead of {', '.join(unnamed)}, who have no keys")
    click.echo(f"  add a model: {bold('modelward model new NAME')}, or those of a registry: {bold('modelward import')}")
