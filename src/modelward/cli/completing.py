"""Names that a shell completes: read from the names of files alone, so that no key press waits for a parser."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import click
from click.shell_completion import CompletionItem

# What would have to be quoted, or could move a cursor, is not offered.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_Names = Callable[[Path, click.Context], list[str]]


def complete_names(command: click.Command) -> None:
    """Let the arguments and options of a verb be completed that name a model, a release, an environment or a rule."""
    for parameter in command.params:
        word = (parameter.metavar or parameter.name or "").lower()
        names = _NAMES.get(word) or _NAMES.get(parameter.name or "")
        if names is not None:
            parameter.shell_complete = _completing(names)  # type: ignore[assignment]


def _completing(names: _Names) -> Callable[[click.Context, str], list[CompletionItem]]:
    def complete(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        root = _root(ctx)
        found = [] if root is None else names(root, ctx)
        return [
            CompletionItem(name) for name in sorted(found) if name.startswith(incomplete) and _PLAIN.fullmatch(name)
        ]

    return complete


def _root(ctx: click.Context) -> Path | None:
    """The repository's top: the nearest folder upwards that holds policies/."""
    given = ctx.params.get("folder") or ctx.find_root().params.get("folder") or Path()
    folder = Path(given).absolute()
    return next((top for top in (folder, *folder.parents) if (top / "policies").is_dir()), None)


def _inside(folder: Path, *, suffix: str = "") -> list[str]:
    """What stands in a folder and ends so, without that end; nothing when the folder cannot be listed."""
    try:
        return [each.name.removesuffix(suffix) for each in folder.iterdir() if each.name.endswith(suffix)]
    except OSError:
        return []


def _models(root: Path, _ctx: click.Context) -> list[str]:
    return _inside(root / "models")


def _releases(root: Path, ctx: click.Context) -> list[str]:
    model = ctx.params.get("model")
    if not isinstance(model, str) or _PLAIN.fullmatch(model) is None:
        return []
    return _inside(root / "models" / model / "releases")


def _environments(root: Path, _ctx: click.Context) -> list[str]:
    return [name for name in _inside(root / "environments", suffix=".yaml") if name != "registries"]


def _rules(root: Path, _ctx: click.Context) -> list[str]:
    areas = _inside(root / "validators")
    return [rule for area in areas for rule in _inside(root / "validators" / area, suffix=".py")]


_NAMES: Final[Mapping[str, _Names]] = {
    "model": _models,
    "models": _models,
    "release": _releases,
    "environment": _environments,
    "environments": _environments,
    "rule": _rules,
    "globs": _rules,
}
