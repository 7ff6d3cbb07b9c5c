"""What this machine has: Python, git, ssh-keygen, and the libraries that some verbs need."""

import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import partial
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path
from typing import Final

from modelward.errors import CannotEvaluate, ModelwardError
from modelward.health.outcomes import Check, Failed, Look, Ok, Outcome, Warned, each
from modelward.signing.keygen import sign
from modelward.signing.sshsig import verify
from modelward.tree.git import Git

OLDEST_GIT: Final = (2, 38)
"""The first that merges two commits without a working tree: `git merge-tree --write-tree`."""
_NAMESPACE: Final = "modelward-doctor"
_USED_BY: Final = {
    "registry": "plan, apply, status, diff, release add and import need it",
    "evidence": "evidence collect and verify, and registries in a database, need it",
    "reconcile": "apply needs it to notify people and to show metrics",
}


def machine() -> Iterator[Check]:
    """What there is on this machine, without any repository."""
    return each(_looks())


def _looks() -> Iterator[tuple[str, Look]]:
    yield "python", _python
    yield "git", _git
    yield "ssh-keygen", _ssh_keygen
    for extra in _USED_BY:
        yield f"extra {extra}", partial(_extra, extra)


def _python() -> Outcome:
    from packaging.specifiers import SpecifierSet

    running = platform.python_version()
    try:
        needed = ", ".join(metadata("modelward").get_all("Requires-Python") or ())
    except PackageNotFoundError as error:
        raise _uninstalled() from error
    if SpecifierSet(needed).contains(running, prereleases=True):
        return Ok(running)
    return Failed(f"this is Python {running}, and modelward needs {needed}", "install it under a newer Python")


def _git() -> Outcome:
    if shutil.which("git") is None:
        return Failed("git is not installed", "install git 2.38 or later")
    said = Git(Path.cwd()).text("version")
    found = re.match(r"git version (\d+)\.(\d+)", said)
    if found is None:
        return Failed(f"git calls itself `{said}`, which is no version", "install git 2.38 or later")
    if (int(found[1]), int(found[2])) < OLDEST_GIT:
        return Failed(f"this is {said}, and merges cannot be judged before 2.38", "install git 2.38 or later")
    return Ok(said.removeprefix("git version "))


def _ssh_keygen() -> Outcome:
    """Signs once with a key that exists for as long as this takes: versions tell less than a signature does."""
    newer = "install OpenSSH 8.1 or later; `ssh -V` tells which one this is"
    if shutil.which("ssh-keygen") is None:
        return Failed("ssh-keygen is not installed, so nobody can sign here", "install OpenSSH's client")
    with tempfile.TemporaryDirectory(prefix="modelward-doctor-") as folder:
        key = Path(folder, "key")
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)]
        made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if made.returncode != 0:
            return Failed("ssh-keygen makes no Ed25519 key", newer)
        try:
            verify(b"doctor", sign(b"doctor", key, _NAMESPACE), _NAMESPACE)
        except ModelwardError as error:
            return Failed(f"what ssh-keygen signs does not count: {error.message}", newer)
    return Ok("signs, and the signature verifies")


def _extra(extra: str) -> Outcome:
    """Whether what the extra brings is installed; nothing of it is imported."""
    from packaging.requirements import Requirement

    lacking: list[str] = []
    present: list[str] = []
    try:
        lines = requires("modelward") or []
    except PackageNotFoundError as error:
        raise _uninstalled() from error
    for line in lines:
        wanted = Requirement(line)
        if (
            wanted.marker is None
            or wanted.marker.evaluate({"extra": ""})
            or not wanted.marker.evaluate({"extra": extra})
        ):
            continue
        try:
            found = version(wanted.name)
        except PackageNotFoundError:
            lacking.append(wanted.name)
            continue
        fits = wanted.specifier.contains(found, prereleases=True)
        (present if fits else lacking).append(f"{wanted.name} {found}")
    if not present and not lacking:
        raise CannotEvaluate(f"what `{extra}` brings is not on record here", "pip install --force-reinstall modelward")
    if lacking:
        remedy = f"pip install 'modelward[{extra}]'"
        return Warned(f"{', '.join(lacking)} is missing or too old: {_USED_BY[extra]}", remedy)
    return Ok(", ".join(present))


def _uninstalled() -> CannotEvaluate:
    return CannotEvaluate(
        "modelward runs without being installed, so what it needs is not on record", "pip install modelward"
    )
