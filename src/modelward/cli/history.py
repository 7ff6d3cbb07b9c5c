"""`history`: what the ledger tells of models, the newest first."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import click

from modelward.cli.options import Output, emit, formats, here, matching
from modelward.cli.suggesting import unmatched
from modelward.errors import NothingToCheck
from modelward.ledger.branch import LedgerBranch, known_tip, last_seen, remembered, verified
from modelward.ledger.reading import newest
from modelward.ledger.writing import plain
from modelward.report.history import history_as_text
from modelward.specs.ledger import LedgerRecord
from modelward.tree.commit_source import GitSource
from modelward.tree.git import find_git
from modelward.tree.snapshot import Snapshot


@dataclass(frozen=True)
class _Asked:
    models: tuple[str, ...]
    environments: tuple[str, ...]

    def fits(self, one: LedgerRecord) -> bool:
        return _matches(one.model, self.models) and _matches(one.environment, self.environments)


@click.command("history")
@click.argument("models", metavar="[MODEL]...", nargs=-1)
@click.option("--environment", "environments", multiple=True, metavar="GLOB", help="Only these environments.")
@click.option("--remote", help="The remote that keeps the ledger.  [default: what was fetched last]")
@click.option("--ref", default="HEAD", show_default=True, help="The commit that the ledger must have followed.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many records at most.")
@formats
@here
def command(
    models: tuple[str, ...],
    environments: tuple[str, ...],
    remote: str | None,
    ref: str,
    limit: int,
    outputs: tuple[Output, ...],
    folder: Path,
) -> None:
    """Show what was judged, announced and done, as the ledger has it; MODEL may be a glob, and so may ENVIRONMENT.

    The ledger is verified first: who signed it, and that nothing of it was changed or lost.
    """
    git = find_git(folder)
    tip = known_tip(git) if remote is None else LedgerBranch(git, remote).tip()
    ledger = verified(git, tip, git.commit(ref), last_seen(git))
    if ledger.commit is None:
        raise NothingToCheck("no ledger is known here", "fetch it, or let `modelward apply --trust-root` begin one")
    remembered(ledger)
    asked = _Asked(models, environments)
    found = list(_first(limit, (one for one in newest(git, ledger.commit) if asked.fits(one))))
    if not found:
        _require_known(Snapshot(GitSource(git, git.commit(ref))), asked)
    emit(
        outputs,
        {
            "text": lambda: history_as_text(found),
            "json": lambda: json.dumps(_document(found, str(ledger.commit)), indent=2),
        },
    )


def _require_known(snapshot: Snapshot, asked: _Asked) -> None:
    """Tell what nothing can be on record of, because nothing has the name, from what nothing is on record of yet."""
    at = f" at {snapshot.source.label}"
    if not matching(names := snapshot.model_names(), asked.models):
        raise unmatched("model", asked.models, names, at, "look under models/")
    if not matching(known := sorted(snapshot.environments), asked.environments):
        raise unmatched("environment", asked.environments, known, at, f"the environments are {', '.join(known)}")


def _document(found: list[LedgerRecord], commit: str) -> dict[str, Any]:
    return {"schema": "history/v1", "ledger": commit, "records": [plain(one) for one in found]}


def _first(limit: int, records: Iterator[LedgerRecord]) -> Iterator[LedgerRecord]:
    for _, one in zip(range(limit), records, strict=False):
        yield one


def _matches(name: str | None, globs: tuple[str, ...]) -> bool:
    return not globs or (name is not None and any(fnmatchcase(name, glob) for glob in globs))
