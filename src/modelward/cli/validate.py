"""`validate`: rules over the working tree, or a commit."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from modelward.cli.options import INSTANT, Output, emit, formats, here, now, volume
from modelward.errors import CannotEvaluate, ExitCode, NothingToCheck, WrongUse
from modelward.report import findings
from modelward.rules.base import Base
from modelward.rules.loading import load_rules
from modelward.rules.running import Judge
from modelward.tree.directory import DirectorySource
from modelward.tree.git import Git, GitSource, find_git
from modelward.tree.snapshot import Snapshot, require_policies
from modelward.tree.text import EVIDENCE_BYTES

_ORGANISATION = ("policies", "environments", "validators")


@click.command("validate")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--base", help="Judge the change since this commit.  [default: where this branch left its upstream]")
@click.option("--ref", help="Judge this commit, not the working tree.")
@click.option("--at", type=INSTANT, help="Judge as at this time, such as 2026-11-02T09:00:00Z.  [default: now]")
@formats
@volume
@here
def command(
    paths: tuple[Path, ...],
    base: str | None,
    ref: str | None,
    at: datetime | None,
    outputs: tuple[Output, ...],
    folder: Path,
    quiet: bool,
    verbose: bool,
) -> None:
    """Judge the working tree by the rules in validators/.

    Without PATH the whole repository is judged; with PATH the models that the paths lie in. A path under policies/,
    environments/ or validators/ concerns every model.
    """
    git, root = _root(folder)
    if ref is not None and git is None:
        raise CannotEvaluate(f"{folder} is not in a git repository", "leave out --ref")
    commit = git.commit(ref) if git is not None and ref is not None else None
    snapshot = Snapshot(GitSource(git, commit) if git is not None and commit is not None else DirectorySource(root))
    require_policies(snapshot)
    names, whole = _selected(snapshot, root, folder, paths)
    judge = Judge(snapshot, load_rules(snapshot), at or now())
    judge.organisation()
    since = _base(git, base, commit, () if whole else [f"models/{name}" for name in names])
    with click.progressbar(length=len(names), label="judging", file=sys.stderr, hidden=len(names) < 50 or quiet) as bar:
        judge.models(names, base=since, whole=whole, progress=lambda _done: bar.update(1))
    judgement = judge.judgement
    if not (quiet and not judgement.findings):
        emit(
            outputs,
            {
                "text": lambda: findings.as_text(judgement, lambda path: _lines(snapshot, path), each_rule=verbose),
                "json": lambda: findings.as_json(judgement),
            },
        )
    if judgement.errors:
        raise click.exceptions.Exit(ExitCode.NOT_EVALUATED)
    if judgement.denied:
        raise click.exceptions.Exit(ExitCode.DENIED)


def _root(folder: Path) -> tuple[Git | None, Path]:
    """The repository, and its top; without git the nearest folder upwards that holds policies/."""
    try:
        git = find_git(folder)
    except CannotEvaluate:
        tops = [top for top in (folder.resolve(), *folder.resolve().parents) if (top / "policies").is_dir()]
        return None, tops[0] if tops else folder.resolve()
    return git, git.root


def _selected(snapshot: Snapshot, root: Path, folder: Path, paths: Sequence[Path]) -> tuple[list[str], bool]:
    """The models that the paths lie in, and whether that is all of them."""
    if not paths:
        return snapshot.model_names(), True
    names: set[str] = set()
    for path in paths:
        try:
            inside = (folder / path).absolute().relative_to(root.absolute()).parts
        except ValueError as error:
            raise WrongUse(f"{path} lies outside the repository {root}", "give paths inside it") from error
        if ".." in inside or not snapshot.source.entries("/".join(inside)):
            raise WrongUse(f"{path} does not exist in the {snapshot.source.label}", "correct the path")
        if not inside or inside[0] in _ORGANISATION or inside == ("models",):
            return snapshot.model_names(), True
        if inside[0] == "models":
            names.add(inside[1])
    if not names:
        raise NothingToCheck("none of the paths is governed", "give paths under models/, policies/ or environments/")
    return sorted(names), False


def _base(git: Git | None, base: str | None, head: str | None, folders: Sequence[str]) -> Base | None:
    if git is None:
        return None
    commit = git.commit(base) if base is not None else git.upstream()
    if commit is None:
        return None
    return Base.of_commit(git, commit, git.changed_from(commit, head, folders))


def _lines(snapshot: Snapshot, path: str) -> list[str]:
    entries = [entry for entry in snapshot.source.entries(path) if entry.path == path and entry.size <= EVIDENCE_BYTES]
    for _, data in snapshot.source.read(entries):
        return data.decode("utf-8", "replace").split("\n")
    return []
