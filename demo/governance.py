"""The repository that the tour governs models in: this one, with keys for some of its people, behind a server.

A server starts from a commit that nobody has to sign, and that says whose signatures count from then on. Here it also
holds evidence of today, which is current for thirty days, and no freeze, so that the tour can be given all year round.
"""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from data_files import write
from recipes import RECIPES
from tour import Tour

ROOT: Final = Path(__file__).resolve().parent.parent
HOOK: Final = Path("demo", "pre-receive")
AUTHOR: Final = "engineer-1"
SIGNERS: Final = (AUTHOR, "engineer-2", "lead-1", "officer-1", "reconciler")
"""Who gets a key: it is all that a promotion and a rollback need, and the machine that follows them."""
MEASURED: Final = {"error_budget_remaining": "higher", "score_invalid_ratio": "lower", "precision": "higher"}
"""What a file brings in the demonstration, and in which direction it is good; the rest needs a Prometheus."""
SIGNALS: Final = "signals.jsonl"
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
    _hasten(root)
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


def observe(folder: Path, *releases: str, invalid: float = 0.0) -> None:
    """Another system measures releases of credit-risk in production now."""
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    values = {"error_budget_remaining": 0.9, "score_invalid_ratio": invalid, "precision": 0.66}
    with (folder / SIGNALS).open("a", encoding="utf-8") as file:
        for release in releases:
            about = {"model": "credit-risk", "release": release, "environment": "production", "n": 20_000, "at": now}
            file.writelines(
                f"{json.dumps({'signal': name, 'value': value} | about)}\n" for name, value in values.items()
            )


def _hasten(root: Path) -> None:
    """Let what takes days take a second, and let a file bring what is measured."""
    _edit(root / "policies/floors.yaml", r"hold_at_least: \w+", "hold_at_least: 1s")
    _edit(root / "environments/production.yaml", r"min_soak: \w+", "min_soak: 1s")
    steps = "steps:\n      - {weight: 10, hold: 1s}\n      - {weight: 50, hold: 1s}\n    analysis:"
    _edit(root / "models/credit-risk/canary.yaml", r"steps:(.|\n)*?analysis:", steps)
    for name, better in MEASURED.items():
        _edit(root / "environments/production.yaml", rf"(?m)^  {name}: .*\n", "")
        source = f"signals:\n  {name}: {{file: ../{SIGNALS}, every: 1h, better: {better}}}\n"
        _edit(root / "environments/production.yaml", r"signals:\n", source)


def _edit(path: Path, pattern: str, text: str) -> None:
    path.write_text(re.sub(pattern, text, path.read_text(encoding="utf-8")), encoding="utf-8")


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
