"""Options that several verbs share, and what they stand for."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

import click

from modelward.errors import NothingToCheck
from modelward.specs.scalars import TIME
from modelward.tree.edit import write_atomically
from modelward.tree.git import Git, GitSource, find_git
from modelward.tree.snapshot import Snapshot, require_policies

F = TypeVar("F", bound=Callable[..., Any])
FORMATS = ("text", "json")


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
    """`--format FORMAT[=FILE]`, several times."""

    def parsed(_ctx: click.Context, _parameter: click.Parameter, values: Sequence[str]) -> tuple[Output, ...]:
        outputs = []
        for value in values or ("text",):
            name, _, path = value.partition("=")
            if name not in FORMATS:
                raise click.BadParameter(f"`{name}` is none of {', '.join(FORMATS)}")
            outputs.append(Output(name, Path(path) if path else None))
        if sum(output.path is None for output in outputs) > 1:
            raise click.BadParameter("only one format can go to standard output; give the others a file: FORMAT=FILE")
        return tuple(outputs)

    option = click.option(
        "--format",
        "outputs",
        multiple=True,
        callback=parsed,
        metavar="FORMAT[=FILE]",
        help=f"{' or '.join(FORMATS)}; several times, each but one with a file.",
    )
    return option(function)


def emit(outputs: Sequence[Output], render: dict[str, Callable[[], str]]) -> None:
    """Write each output: files whole, standard output last."""
    for output in sorted(outputs, key=lambda output: output.path is None):
        text = render[output.format]()
        if output.path is None:
            click.echo(text)
        else:
            write_atomically(output.path, (click.unstyle(text) + "\n").encode())


def selection(function: F) -> F:
    """`--ref`, `--model` and `--environment`."""
    function = click.option(
        "--environment", "environments", multiple=True, metavar="GLOB", help="Only these environments may change."
    )(function)
    function = click.option("--model", "models", multiple=True, metavar="GLOB", help="Only these models.")(function)
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


def at_commit(folder: Path, ref: str, models: Sequence[str]) -> Merged:
    """Open the repository around `folder` at `ref`; a selection of no model is `NothingToCheck`."""
    git = find_git(folder)
    commit = git.commit(ref)
    snapshot = Snapshot(GitSource(git, commit))
    require_policies(snapshot)
    names = matching(snapshot.model_names(), models)
    if not names:
        raise NothingToCheck(f"no model matches at {snapshot.source.label}", "look under models/")
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


def now() -> datetime:
    """The time of this run; every verb reads it once."""
    return datetime.now(UTC)
