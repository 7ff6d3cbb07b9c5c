"""The repository that the tour governs models in: this one, with keys for some of its people, behind a server.

A server starts from a commit that nobody has to sign, and that says whose signatures count from then on. Here it also
holds evidence of today, which is current for thirty days, and no freeze, so that the tour can be given all year round.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from data_files import write
from recipes import RECIPES
from tour import Tour

ROOT: Final = Path(__file__).resolve().parent.parent
HOOK: Final = Path("demo", "pre-receive")
AUTHOR: Final = "engineer-1"
SIGNERS: Final = (AUTHOR, "engineer-2", "lead-1", "officer-1")
"""Who gets a key: it is all that a promotion and a rollback need."""
AGING: Final = ("metrics", "bias", "validation", "backtest")
"""The kinds of evidence that policy demands anew after some time."""


@dataclass(frozen=True)
class Governed:
    """A bare repository with the hook, and a clone of it in which the author works."""

    server: Path
    clone: Path


def start(tour: Tour, folder: Path) -> Path:
    """The repository that a server starts from, in `folder`/start, with its people's keys in `folder`/keys."""
    root, keys = folder / "start", folder / "keys"
    _clone_of_this(root)
    keys.mkdir()
    for person in SIGNERS:
        run = tour.run if person == AUTHOR else tour.run_aside
        key = os.path.relpath(keys / person, root)
        run(root, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", person, "-f", key)
        run(root, "modelward", "people", "add-key", person, "--key", f"{key}.pub")
    print(f"(and so for {', '.join(SIGNERS[1:])})", flush=True)
    rows = os.path.relpath(write(RECIPES["credit-risk"], folder / "data")["holdout"], root)
    kinds = (word for kind in AGING for word in ("--kind", kind))
    of_clients = ("--data", rows, "--id", "ID", "--slice", "SEX")
    tour.run(root, "modelward", "evidence", "collect", "credit-risk", "1.1.0", *of_clients, *kinds)
    (root / "policies/freezes.yaml").write_text("schema: freezes/v1\nfreezes: []\n", encoding="utf-8")
    tour.run_aside(root, "git", "add", "--all")
    tour.run(root, "git", "commit", "--quiet", "-m", "Start with keys and evidence of today")
    return root


def serve(tour: Tour, beginning: Path, folder: Path) -> Governed:
    """A server in `folder` that starts from a repository, and refuses what may not be merged; and a clone of it."""
    folder.mkdir(exist_ok=True)
    governed = Governed(folder / "server.git", folder / "ml-governance")
    for command in (
        ("git", "clone", "--quiet", "--bare", os.path.relpath(beginning, ROOT), os.path.relpath(governed.server, ROOT)),
        ("cp", str(HOOK), os.path.relpath(governed.server / "hooks", ROOT)),
        ("git", "clone", "--quiet", os.path.relpath(governed.server, ROOT), os.path.relpath(governed.clone, ROOT)),
    ):
        tour.run(ROOT, *command)
    _name_author(governed.clone)
    return governed


def _clone_of_this(root: Path) -> None:
    commit = _git(ROOT, "rev-parse", "HEAD")
    _git(ROOT, "clone", "--quiet", "--no-checkout", str(ROOT), str(root))
    _git(root, "checkout", "--quiet", "-B", "main", commit)
    _name_author(root)


def _name_author(root: Path) -> None:
    for name, value in (
        ("user.name", AUTHOR),
        ("user.email", f"{AUTHOR}@example.org"),
        ("commit.gpgsign", "false"),
    ):
        _git(root, "config", name, value)


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True, cwd=folder).stdout.strip()
