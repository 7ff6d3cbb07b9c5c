"""Options that several verbs share, and what they stand for."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

import click

from modelward.cli.suggesting import unmatched
from modelward.errors import CannotEvaluate, ModelwardError, NothingToCheck
from modelward.report.rendering import FORMATS
from modelward.report.terminal import complaint
from modelward.specs.scalars import DURATION, TIME, Duration
from modelward.tree.commit_source import GitSource
from modelward.tree.directory import DirectorySource
from modelward.tree.edit import write_atomically
from modelward.tree.git import Git, NoRepository, find_git
from modelward.tree.snapshot import Snapshot, require_policies
from modelward.tree.source import Source

F = TypeVar("F", bound=Callable[..., Any])


def here(function: F) -> F:
    """`-C DIR` on the verb as well as before it."""

    def chosen(ctx: click.Context, _parameter: click.Parameter, value: Path | None) -> Path:
        root: Path = ctx.find_root().obj
        return value if value is not None else root

    option = click.option(
        "-C",
        "--directory",
        "folder",
        type=click.Path(path_type=Path),
        callback=chosen,
        help="Run as if started in this folder.",
    )
    return option(function)


def quietly(function: F) -> F:
    """`-q`."""
    return click.option("-q", "--quiet", is_flag=True, help="Say only what is wrong or changes.")(function)


def volume(function: F) -> F:
    """`-q` and `-v`."""
    return quietly(click.option("-v", "--verbose", is_flag=True, help="Say more.")(function))


@dataclass(frozen=True)
class Output:
    """One `--format`: what to write, and where to; None is standard output."""

    format: str
    path: Path | None


def formats(function: F) -> F:
    """`--format FORMAT[=FILE]`, several times, for a verb that speaks text and JSON."""
    return _format(("text", "json"))(function)


def reports(function: F) -> F:
    """`--format FORMAT[=FILE]`, several times, for a verb that ends in a judgement."""
    return _format(FORMATS)(function)


def unless_quiet(outputs: Sequence[Output], *, quiet: bool) -> list[Output]:
    """The outputs of a run that has nothing to say: with `-q` a person is spared, a document is not."""
    return [output for output in outputs if not (quiet and output.format == "text" and output.path is None)]


def emit(outputs: Sequence[Output], render: Mapping[str, Callable[[], str]]) -> None:
    """Write each output: files whole, standard output last.

    Every output is tried before a file that could not be written ends the run.
    """
    unwritten = written(outputs, lambda name: render[name]())
    for error in unwritten[:-1]:
        click.echo(complaint(error.message, error.remedy), err=True)
    if unwritten:
        raise unwritten[-1]


def written(outputs: Sequence[Output], render: Callable[[str], str]) -> list[ModelwardError]:
    """Write all outputs that can be written, standard output last; the errors of the others."""
    errors: list[ModelwardError] = []
    for output in sorted(outputs, key=lambda output: output.path is None):
        text = render(output.format)
        if output.path is None:
            click.echo(text)
            continue
        try:
            _write(from_here(output.path), (click.unstyle(text) + "\n").encode())
        except ModelwardError as error:
            errors.append(error)
    return errors


def from_here(path: Path) -> Path:
    """The path as it is meant: relative to the folder that `-C` names."""
    folder: Path = click.get_current_context().params.get("folder", Path())
    return folder / path


def _write(path: Path, data: bytes) -> None:
    """Replace a file as a whole; a pipe or a device is written into, and no link is followed to a file."""
    try:
        if path.is_dir():
            raise CannotEvaluate(f"cannot write {path}: it is a folder", "name a file in it")
        if path.is_file() and path.is_symlink():
            raise CannotEvaluate(f"cannot write {path}: it is a symbolic link", "name the file itself")
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            write_atomically(path, data)
    except OSError as error:
        raise CannotEvaluate(f"cannot write {path}: {error.strerror}", "name another file") from error


def _format(known: Sequence[str]) -> Callable[[F], F]:
    def parsed(_ctx: click.Context, _parameter: click.Parameter, values: Sequence[str]) -> tuple[Output, ...]:
        return _parsed(values or ("text",), known)

    return click.option(
        "--format",
        "outputs",
        multiple=True,
        callback=parsed,
        metavar="FORMAT[=FILE]",
        help=f"{', '.join(known[:-1])} or {known[-1]}; several times, each but one with a file.",
    )


def _parsed(values: Sequence[str], known: Sequence[str]) -> tuple[Output, ...]:
    outputs = []
    for value in values:
        name, equals, path = value.partition("=")
        if name not in known:
            what = f"this verb does not write `{name}`" if name in FORMATS else f"there is no format `{name}`"
            raise click.BadParameter(f"{what}: give one of {', '.join(known)}")
        if equals and not path:
            raise click.BadParameter(f"`{value}` names no file")
        outputs.append(Output(name, Path(path) if path else None))
    paths = [output.path for output in outputs]
    if paths.count(None) > 1:
        raise click.BadParameter("only one format can go to standard output; give the others a file: FORMAT=FILE")
    if len(set(paths)) < len(paths):
        raise click.BadParameter("two formats cannot go to one file")
    return tuple(outputs)


class _Glob(click.ParamType[str]):
    """A pattern of names."""

    name = "glob"

    def split_envvar_value(self, rv: str) -> list[str]:
        """The patterns in a variable; a blank one is a pattern that matches nothing, and not the lack of one."""
        return rv.split() or [rv]


GLOB = _Glob()


def selection(function: F) -> F:
    """`--ref`, `--model` and `--environment`."""
    function = click.option("--environment", "environments", multiple=True, type=GLOB, help="Only these environments.")(
        function
    )
    function = click.option("--model", "models", multiple=True, type=GLOB, help="Only these models.")(function)
    return click.option("--ref", default="HEAD", show_default=True, help="The commit whose specs are wanted.")(function)


@dataclass(frozen=True)
class Merged:
    """The repository at a commit, and the models that were asked for."""

    git: Git
    ref: str
    commit: str
    snapshot: Snapshot
    models: tuple[str, ...]
    whole: bool


@dataclass(frozen=True)
class Opened:
    """The repository around a folder, as its working tree or a commit has it; without git only a folder."""

    git: Git | None
    root: Path
    commit: str | None
    snapshot: Snapshot


def opened(folder: Path, ref: str | None) -> Opened:
    """Open the repository around `folder`: the working tree, or the commit `ref`.

    Without git its top is the nearest folder upwards that holds policies/. Without policies it cannot be read.
    """
    try:
        git = find_git(folder)
    except NoRepository:
        if ref is not None:
            raise
        tops = [top for top in (folder.resolve(), *folder.resolve().parents) if (top / "policies").is_dir()]
        root = tops[0] if tops else folder.resolve()
        found = Opened(None, root, None, Snapshot(DirectorySource(root)))
    else:
        commit = None if ref is None else git.commit(ref)
        source = DirectorySource(git.root) if commit is None else GitSource(git, commit)
        found = Opened(git, git.root, commit, Snapshot(source))
    require_policies(found.snapshot)
    return found


def merged_at(git: Git, ref: str, commit: str, source: Source, models: Sequence[str]) -> Merged:
    """The content that `source` has of a commit; a selection of no model is `NothingToCheck`."""
    snapshot = Snapshot(source)
    require_policies(snapshot)
    names = matching(snapshot.model_names(), models)
    if not names:
        where = f" at {snapshot.source.label}"
        if not models:
            raise NothingToCheck(f"there is no model{where}", "lay one out by `modelward model new NAME`, and merge it")
        raise unmatched("model", models, snapshot.model_names(), where, "look under models/")
    return Merged(git, ref, commit, snapshot, names, whole=not models)


def matching(names: Sequence[str], globs: Sequence[str]) -> tuple[str, ...]:
    """The names that any of the globs matches; all when there is none."""
    return tuple(name for name in names if not globs or any(fnmatchcase(name, glob) for glob in globs))


class _Instant(click.ParamType[datetime]):
    """A time as the specs write it: RFC 3339 in UTC with a `Z`."""

    name = "time"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The time that the argument writes."""
        try:
            if re.fullmatch(TIME, value):
                return datetime.fromisoformat(value)
        except ValueError:
            pass
        return self.fail(f"`{value}` is no time such as 2026-11-02T09:00:00Z", param, ctx)


INSTANT = _Instant()


class _Span(click.ParamType[timedelta]):
    """A span of time as the specs write it."""

    name = "duration"

    def convert(self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The span that the argument writes."""
        if isinstance(value, timedelta):
            return value
        if not re.fullmatch(DURATION, value):
            self.fail(f"`{value}` is no duration such as 14d", param, ctx)
        return Duration.parse(value).fixed


SPAN = _Span()


def now() -> datetime:
    """The time of this run; every verb reads it once."""
    return datetime.now(UTC)
