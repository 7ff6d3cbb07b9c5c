"""The clone around a folder: whether it holds all of history, and shows it as it is."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from modelward.health.outcomes import Check, Failed, Look, Ok, Outcome, Unasked, Warned, each
from modelward.tree.git import Git

_CONFIGURATION: Final = ".pre-commit-config.yaml"
_KNOWN_HOOKS: Final = (b"pre-commit", b"modelward")


def clone(git: Git) -> Iterator[Check]:
    """The clone's history, and its hook."""
    return each(_looks(git))


def _looks(git: Git) -> Iterator[tuple[str, Look]]:
    yield "full clone", lambda: _whole(git)
    yield "history as it is", lambda: _honest(git)
    yield "pre-commit hook", lambda: _hook(git)


def _whole(git: Git) -> Outcome:
    if git.text("rev-parse", "--is-shallow-repository") == "true":
        return Failed("this clone is shallow, and what is not there cannot be judged", "git fetch --unshallow")
    settings = _settings(git)
    partial = sorted(
        key
        for key, value in settings.items()
        if key == "extensions.partialclone"
        or (key.startswith("remote.") and key.endswith(".partialclonefilter"))
        or (key.startswith("remote.") and key.endswith(".promisor") and value != "false")
    )
    if partial:
        return Failed(
            f"this clone is partial ({partial[0]}), and nothing is fetched while a change is judged",
            "clone it again, without --filter",
        )
    return Ok("all of history is here")


def _honest(git: Git) -> Outcome:
    """The engine looks past replacements and grafts; `git log`, which a person reads, does not."""
    replaced = git.text("for-each-ref", "--format=%(refname)", "refs/replace/").splitlines()
    if replaced:
        return Warned(
            f"{len(replaced)} objects are replaced: git shows people another history than the one that is judged",
            "git replace --list, then git replace --delete",
        )
    grafts = _git_folder(git) / "info" / "grafts"
    if grafts.is_file() and grafts.read_bytes().strip():
        return Warned(
            "commits are grafted: git shows people another history than the one that is judged", f"rm {grafts}"
        )
    return Ok("nothing is replaced or grafted")


def _hook(git: Git) -> Outcome:
    """Whether findings are seen before a commit, which is a convenience: the gate asks nobody's hook."""
    if not (git.root / _CONFIGURATION).is_file():
        return Unasked(f"there is no {_CONFIGURATION} here", "modelward init lays one out")
    hooks = _settings(git).get("core.hookspath")
    hook = (git.root / Path(hooks).expanduser() if hooks else _git_folder(git) / "hooks") / "pre-commit"
    if not (hook.is_file() and os.access(hook, os.X_OK)):
        return Warned("it is not installed: findings show only once they are pushed", "pre-commit install")
    if not any(word in hook.read_bytes() for word in _KNOWN_HOOKS):
        return Warned(f"{hook} is a hook of another kind", "pre-commit install")
    return Ok("installed")


def _git_folder(git: Git) -> Path:
    return git.root / os.fsdecode(git.run("rev-parse", "--git-common-dir").removesuffix(b"\n"))


def _settings(git: Git) -> Mapping[str, str]:
    """What is configured for this repository, by key; not what we ourselves tell git."""
    words = git.run("config", "--list", "--null", "--show-scope").decode("utf-8", "replace").split("\0")
    found: dict[str, str] = {}
    for scope, setting in zip(words[::2], words[1::2], strict=False):
        key, _, value = setting.partition("\n")
        if scope != "command":
            found[key.lower()] = value
    return found
