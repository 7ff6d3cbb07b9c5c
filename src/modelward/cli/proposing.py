"""What git is asked to say after a release was taken out: a branch each, and a pull request where a forge is named."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from modelward.cli.options import now
from modelward.cli.reconciling import Reconciling
from modelward.errors import ModelwardError
from modelward.forge.connecting import connect
from modelward.forge.interface import Forge, RepositoryName
from modelward.reconcile.observing import Plan
from modelward.reconcile.returning import returns
from modelward.reconcile.rollback_branch import Proposed, Return, Settled, propose_return
from modelward.report import plans
from modelward.report.returning import pull_request_for


@dataclass(frozen=True)
class Line:
    """One line for whoever follows the run; what is `wrong` is said also when only news are asked for."""

    text: str
    wrong: bool = False


def propose(plan: Plan, reconciling: Reconciling, key: Path, github: RepositoryName | None) -> Iterator[Line]:
    """Let git know what has been taken out. What cannot be done now is done by the next run, and fails nothing."""
    memory = reconciling.memory
    if memory is None:
        return
    forge: Forge | None = None
    for back in returns(plan):
        git, main, remote = memory.ledger.git, reconciling.target, memory.branch.remote
        try:
            branch = propose_return(git, main, back, memory.state.held, key, remote, now())
            if isinstance(branch, Proposed) and branch.written:
                yield Line(plans.proposed_as_text(back.model, branch.branch))
            if github is not None and not isinstance(branch, Settled):
                forge = forge or connect(github)
                _ask(forge, back, reconciling)
        except ModelwardError as error:
            yield Line(plans.not_proposed_as_text(back.model, error.message, error.remedy), wrong=True)


def _ask(forge: Forge, back: Return, reconciling: Reconciling) -> None:
    """Open the pull request, or find the one that is open or was refused."""
    memory = reconciling.memory
    assert memory is not None
    known = memory.state.of(back.model, back.environment).suspensions.get(back.suspension)
    at, why = (reconciling.at, "see the run's log") if known is None else (known.at, known.why)
    forge.open_pull_request(pull_request_for(back, forge.hosted().default_branch, at, why))
