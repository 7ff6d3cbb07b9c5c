"""`checklist`: what was done when a release was taken out, step by step, and what is left to do."""

import json
from pathlib import Path

import click

from modelward.cli.options import Output, emit, formats, here
from modelward.cli.suggesting import unknown_environment, unknown_model
from modelward.errors import NothingToCheck
from modelward.ledger.branch import Ledger, LedgerBranch, known_tip, lacking, last_seen, remembered, verified
from modelward.ledger.folding import folded
from modelward.ledger.reading import newest
from modelward.reconcile.journal import Journal, replayed
from modelward.report.checklist import Standing, checklist_as_document, checklist_as_text
from modelward.specs.ledger import LedgerRecord
from modelward.specs.scalars import EnvironmentName, ModelName
from modelward.tree.commit_source import GitSource
from modelward.tree.git import Git, find_git
from modelward.tree.snapshot import Snapshot


@click.command("checklist")
@click.argument("model")
@click.argument("environment")
@click.option("--remote", help="The remote that keeps the ledger.  [default: what was fetched last]")
@click.option("--ref", default="HEAD", show_default=True, help="The commit in which git is to say what serves.")
@formats
@here
def command(
    model: str, environment: str, remote: str | None, ref: str, outputs: tuple[Output, ...], folder: Path
) -> None:
    """Show the checklist of the last time that a release of MODEL was taken out of ENVIRONMENT.

    What the run did is on record, or kept in this clone until the ledger takes it; whether git says so, and whether it
    was resumed, is looked up now.
    """
    git = find_git(folder)
    commit = git.commit(ref)
    tip = known_tip(git) if remote is None else LedgerBranch(git, remote).tip()
    ledger = verified(git, tip, commit, last_seen(git))
    if ledger.commit is None:
        raise NothingToCheck("no ledger is known here", "fetch it, or let `modelward apply --trust-root` begin one")
    remembered(ledger)
    kept = _kept(git, ledger)

    def fits(one: LedgerRecord) -> bool:
        return bool(one.checklist) and (one.model, one.environment) == (model, environment)

    pending = max(filter(fits, kept), key=lambda one: one.at, default=None)
    last = pending or next((one for one in newest(git, ledger.commit) if fits(one)), None)
    snapshot = Snapshot(GitSource(git, commit))
    if last is None:
        if model not in (names := snapshot.model_names()):
            raise unknown_model(model, names)
        if environment not in (known := snapshot.environments):
            raise unknown_environment(environment, known)
        raise NothingToCheck(f"no release of {model} was ever taken out of {environment}", "see `modelward history`")
    state = folded(ledger.state, kept).of(ModelName(model), EnvironmentName(environment))
    deployed = snapshot.model(model).manifest.spec.deployments.get(EnvironmentName(environment))
    stands = Standing(last, state, deployed, pending=pending is not None)
    emit(
        outputs,
        {
            "text": lambda: checklist_as_text(stands),
            "json": lambda: json.dumps(checklist_as_document(stands), indent=2),
        },
    )


def _kept(git: Git, ledger: Ledger) -> tuple[LedgerRecord, ...]:
    """What this clone has done that no ledger has taken yet; raises `CannotEvaluate` where some of it is unreadable."""
    journal = Journal(git).kept()
    if journal.doubt is not None:
        raise journal.doubt
    return tuple(replayed(lacking(ledger, journal.records), ledger.state))
