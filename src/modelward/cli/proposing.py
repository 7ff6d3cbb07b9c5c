"""What git is asked to say after a release was taken out: a branch each, and a pull request where a forge is named."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from modelward.cli.options import now
from modelward.cli.reconciling import Reconciling
from modelward.errors import ModelwardError
from modelward.events.interface import Event
from modelward.forge.connecting import connect
from modelward.forge.interface import Forge, RepositoryName
from modelward.reconcile.news import unproposed
from modelward.reconcile.observing import Plan
from modelward.reconcile.remembering import Memory
from modelward.reconcile.returning import returns
from modelward.reconcile.rollback_branch import Proposed, Return, Settled, branch_for, propose_return, stands
from modelward.report import plans
from modelward.report.returning import pull_request_for


@dataclass(frozen=True)
class Line:
    """One line for whoever follows the run; what is `news` is said also when only that is asked for.

    `wrong` is the event of what could not be done.
    """

    text: str
    news: bool = False
    wrong: Event | None = None


def propose(plan: Plan, reconciling: Reconciling, key: Path, github: RepositoryName | None) -> Iterator[Line]:
    """Let git know what has been taken out. What cannot be done now the next run tries again."""
    memory = reconciling.memory
    if memory is None:
        return
    forge: Forge | None = None
    for back in returns(plan.models):
        git, main, remote = memory.ledger.git, reconciling.target, memory.branch.remote
        try:
            branch = propose_return(git, main, back, memory.state.held, key, remote, now())
            if isinstance(branch, Proposed) and branch.written:
                yield Line(plans.proposed_as_text(back.model, branch.branch), news=True)
            if github is not None and not isinstance(branch, Settled):
                forge = forge or connect(github)
                _ask(forge, back, reconciling)
        except ModelwardError as error:
            text = plans.not_proposed_as_text(back.model, error.message, error.remedy)
            yield Line(text, news=True, wrong=unproposed(back, error, now()))
    yield from _stale(plan, memory, reconciling.target)


def _stale(plan: Plan, memory: Memory, main: str) -> Iterator[Line]:
    """The branches that were pushed for what git resumes now, and that nobody is to merge any more."""
    due, remote = {back.branch for back in returns(plan.models)}, memory.branch.remote
    for model in plan.models:
        for environment, direction in model.directions:
            known = memory.state.of(model.model, environment).suspensions
            out = {known[name].release for name in direction.resumed if name in known}
            branches = {branch_for(model.model, environment, release) for release in out} - due
            for branch in sorted(branches):
                # What cannot be looked up now is no reason to fail.
                with suppress(ModelwardError):
                    if stands(memory.ledger.git, main, branch, remote):
                        yield Line(plans.stale_as_text(model.model, branch, remote), news=True)


def _ask(forge: Forge, back: Return, reconciling: Reconciling) -> None:
    """Open the pull request, or find the one that is open or was refused."""
    memory = reconciling.memory
    assert memory is not None
    known = memory.state.of(back.model, back.environment).suspensions.get(back.suspension)
    at, why = (reconciling.at, "see the run's log") if known is None else (known.at, known.why)
    forge.open_pull_request(pull_request_for(back, forge.hosted().default_branch, at, why))
