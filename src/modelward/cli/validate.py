"""`validate`: rules over the working tree, or a commit."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from modelward.cli.concluding import conclude, reporting
from modelward.cli.options import GLOB, INSTANT, Opened, Output, here, matching, now, opened, reports, volume
from modelward.cli.suggesting import unmatched
from modelward.errors import NothingToCheck, WrongUse
from modelward.report.rendering import Report
from modelward.rules.base import Base
from modelward.rules.loading import ENGINE_RULES, load_rules
from modelward.rules.running import Judge
from modelward.tree.snapshot import Snapshot
from modelward.tree.text import EVIDENCE_BYTES

_ORGANISATION = ("policies", "environments", "validators")
_OF_MODELS = ("model", "change", "entry")


@click.command("validate")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--base", help="Judge the change since this commit.  [default: where this branch left its upstream]")
@click.option("--ref", help="Judge this commit, not the working tree.")
@click.option("--at", type=INSTANT, help="Judge as at this time, such as 2026-11-02T09:00:00Z.  [default: now]")
@click.option("--model", "models", multiple=True, type=GLOB, help="Judge only these models.")
@reports
@volume
@here
def command(
    paths: tuple[Path, ...],
    base: str | None,
    ref: str | None,
    at: datetime | None,
    models: tuple[str, ...],
    outputs: tuple[Output, ...],
    folder: Path,
    quiet: bool,
    verbose: bool,
) -> None:
    """Judge the working tree by the rules in validators/.

    Without PATH the whole repository is judged; with PATH the models that the paths lie in. A path under policies/,
    environments/ or validators/ concerns every model.
    """
    with reporting(outputs, "validate"):
        repository = opened(folder, ref)
        snapshot = repository.snapshot
        rules = load_rules(snapshot)
        names, whole = _selected(repository, folder, paths, models)
        judge = Judge(snapshot, rules, at or now())
        judge.organisation()
        since = _base(repository, base, () if whole else [f"models/{name}" for name in names])
        hidden = len(names) < 50 or quiet
        with click.progressbar(length=len(names), label="judging", file=sys.stderr, hidden=hidden) as bar:
            judge.models(names, base=since, beside=() if whole else None, progress=lambda _done: bar.update(1))
        if not names:
            judge.judgement.skip(sum(rule.mark.over in _OF_MODELS for rule in rules), "there is no model yet")
    known = (*rules, *ENGINE_RULES)
    report = Report("validate", judge.judgement, known, lambda path: _lines(snapshot, path), each_rule=verbose)
    conclude(outputs, report, quiet=quiet)


def _selected(
    repository: Opened, folder: Path, paths: Sequence[Path], globs: Sequence[str]
) -> tuple[Sequence[str], bool]:
    """The models that the paths lie in and the globs match, and whether that is all of them."""
    inside = _around(repository, folder, paths) if paths else None
    known = repository.snapshot.model_names() if inside is None else inside
    names = matching(known, globs)
    if globs and not names:
        raise unmatched("model", globs, known, f" in the {repository.snapshot.source.label}", "look under models/")
    return names, inside is None and not globs


def _around(repository: Opened, folder: Path, paths: Sequence[Path]) -> list[str] | None:
    """The models that the paths lie in; None when one of them concerns all."""
    names: set[str] = set()
    snapshot = repository.snapshot
    for path in paths:
        try:
            inside = (folder / path).absolute().relative_to(repository.root.absolute()).parts
        except ValueError as error:
            said = f"{path} lies outside the repository {repository.root}"
            raise WrongUse(said, "give paths inside it") from error
        if ".." in inside or not snapshot.source.entries("/".join(inside)):
            raise WrongUse(f"{path} does not exist in the {snapshot.source.label}", "correct the path")
        if not inside or inside[0] in _ORGANISATION or inside == ("models",):
            return None
        if inside[0] == "models":
            names.add(inside[1])
    if not names:
        raise NothingToCheck("none of the paths is governed", "give paths under models/, policies/ or environments/")
    return sorted(names)


def _base(repository: Opened, base: str | None, folders: Sequence[str]) -> Base | None:
    git = repository.git
    if git is None:
        return None
    commit = git.commit(base) if base is not None else git.upstream()
    if commit is None:
        return None
    return Base.of_commit(git, commit, git.changed_from(commit, repository.commit, folders))


def _lines(snapshot: Snapshot, path: str) -> list[str]:
    entries = [entry for entry in snapshot.source.entries(path) if entry.path == path and entry.size <= EVIDENCE_BYTES]
    for _, data in snapshot.source.read(entries):
        return data.decode("utf-8", "replace").split("\n")
    return []
