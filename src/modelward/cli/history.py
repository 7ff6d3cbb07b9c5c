"""`history`: what the ledger tells of models, the newest first."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import click

from modelward.cli.options import Output, emit, formats, here
from modelward.errors import NothingToCheck
from modelward.ledger.branch import LedgerBranch, known_tip, last_seen, remembered, verified
from modelward.ledger.reading import newest
from modelward.ledger.writing import plain
from modelward.report.history import history_as_text
from modelward.specs.ledger import LedgerRecord
from modelward.tree.git import find_git


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
    emit(
        outputs,
        {
            "text": lambda: history_as_text(found),
            "json": lambda: json.dumps(_document(found, str(ledger.commit)), indent=2),
        },
    )


def _document(found: list[LedgerRecord], commit: str) -> dict[str, Any]:
    return {"schema": "history/v1", "ledger": commit, "records": [plain(one) for one in found]}


def _first(limit: int, records: Iterator[LedgerRecord]) -> Iterator[LedgerRecord]:
    for _, one in zip(range(limit), records, strict=False):
        yield one


def _matches(name: str | None, globs: tuple[str, ...]) -> bool:
    return not globs or (name is not None and any(fnmatchcase(name, glob) for glob in globs))
