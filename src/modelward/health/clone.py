"""The clone around a folder, or a server's bare repository: whether history is whole, shown as it is, and guarded."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from modelward.errors import CannotEvaluate
from modelward.health.outcomes import Check, Failed, Look, Ok, Outcome, Unasked, Warned, each
from modelward.tree.git import Git, NoRepository, find_git

_CONFIGURATION: Final = ".pre-commit-config.yaml"
# An address with a scheme, or `USER@HOST:PATH`; what is a path alone has no host.
_HOST: Final = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^@/]*@)?|(?:[^@/:]+@)?(?=[^/:]+:(?!//)))(?P<host>[A-Za-z0-9.-]+)"
)
_KNOWN_HOOKS: Final = (b"pre-commit", b"modelward")


def clone(git: Git) -> Iterator[Check]:
    """The clone's history, and its hook."""
    return each(_looks(git))


def clone_around(folder: Path) -> Git:
    """The repository around a folder, which may be a bare one; `NoRepository` when there is none."""
    try:
        return find_git(folder)
    except NoRepository:
        raise
    except CannotEvaluate:
        here = Git(folder)
        if not _is_bare(here):
            raise
        return Git(Path(os.fsdecode(here.run("rev-parse", "--absolute-git-dir").removesuffix(b"\n"))))


def remotes_elsewhere(git: Git) -> tuple[str, ...]:
    """The names of the remotes, where there are some and none of them is on GitHub, as far as their hosts tell."""
    remotes: dict[str, str] = {}
    for line in git.text("remote", "--verbose").splitlines():
        name, _, address = line.partition("\t")
        found = _HOST.match(address)
        remotes[name] = "" if found is None else found["host"].lower()
    hosted = any("github" in host or host.endswith(".ghe.com") for host in remotes.values())
    return () if hosted else tuple(remotes)


def _looks(git: Git) -> Iterator[tuple[str, Look]]:
    yield "full clone", lambda: _whole(git)
    yield "history as it is", lambda: _honest(git)
    if _is_bare(git):
        yield "pre-receive hook", lambda: _receiving(git)
    else:
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
    hook = _hooks(git) / "pre-commit"
    if not (hook.is_file() and os.access(hook, os.X_OK)):
        return Warned("it is not installed: findings show only once they are pushed", "pre-commit install")
    if not any(word in hook.read_bytes() for word in _KNOWN_HOOKS):
        return Warned(f"{hook} is a hook of another kind", "pre-commit install")
    return Ok("installed")


def _receiving(git: Git) -> Outcome:
    """Whether a push to this server is judged."""
    hook = _hooks(git) / "pre-receive"
    if not hook.is_file():
        return Failed(
            "it is not installed, and this server takes any push",
            f"printf '#!/bin/sh\\nexec modelward gate --pre-receive\\n' > {hook}; chmod +x {hook}",
        )
    if not os.access(hook, os.X_OK):
        return Failed("it cannot be executed, so git passes over it", f"chmod +x {hook}")
    if b"modelward" not in hook.read_bytes():
        return Warned(f"{hook} does not name modelward itself", "let it call `modelward gate --pre-receive`")
    return Ok("judges each push")


def _is_bare(git: Git) -> bool:
    return git.text("rev-parse", "--is-bare-repository") == "true"


def _hooks(git: Git) -> Path:
    hooks = _settings(git).get("core.hookspath")
    return git.root / Path(hooks).expanduser() if hooks else _git_folder(git) / "hooks"


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
