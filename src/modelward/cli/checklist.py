"""`checklist`: what was done when a release was taken out, step by step, and what is left to do."""

import json
from pathlib import Path

import click

from modelward.cli.options import Output, emit, formats, here
from modelward.cli.suggesting import unknown_environment, unknown_model
from modelward.errors import NothingToCheck
from modelward.ledger.branch import LedgerBranch, known_tip, last_seen, remembered, verified
from modelward.ledger.reading import newest
from modelward.report.checklist import checklist_as_document, checklist_as_text
from modelward.specs.ledger import LedgerRecord
from modelward.specs.scalars import EnvironmentName, ModelName
from modelward.tree.commit_source import GitSource
from modelward.tree.git import find_git
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

    What the run did is on record; whether git says so, and whether it was resumed, is looked up now.
    """
    git = find_git(folder)
    commit = git.commit(ref)
    tip = known_tip(git) if remote is None else LedgerBranch(git, remote).tip()
    ledger = verified(git, tip, commit, last_seen(git))
    if ledger.commit is None:
        raise NothingToCheck("no ledger is known here", "fetch it, or let `modelward apply --trust-root` begin one")
    remembered(ledger)

    def fits(one: LedgerRecord) -> bool:
        return bool(one.checklist) and (one.model, one.environment) == (model, environment)

    last = next((one for one in newest(git, ledger.commit) if fits(one)), None)
    snapshot = Snapshot(GitSource(git, commit))
    if last is None:
        if model not in (names := snapshot.model_names()):
            raise unknown_model(model, names)
        if environment not in (known := snapshot.environments):
            raise unknown_environment(environment, known)
        raise NothingToCheck(f"no release of {model} was ever taken out of {environment}", "see `modelward history`")
    state = ledger.state.of(ModelName(model), EnvironmentName(environment))
    manifest = snapshot.model(model).manifest.spec
    deployed = manifest.deployments.get(EnvironmentName(environment))
    release = None if deployed is None else deployed.release
    emit(
        outputs,
        {
            "text": lambda: checklist_as_text(last, state, release),
            "json": lambda: json.dumps(checklist_as_document(last, state, release), indent=2),
        },
    )
