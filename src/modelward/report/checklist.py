"""The checklist of a release that was taken out, as people and programs read it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from modelward.reconcile.returning import switched_off_by
from modelward.reconcile.rollback_branch import Return
from modelward.report.terminal import green, red, safe, table, yellow
from modelward.specs.ledger import EnvironmentState, LedgerRecord
from modelward.specs.manifest import Deployment

_PAINT: Final[Mapping[str, Callable[[str], str]]] = {
    "done": green,
    "failed": red,
    "untold": yellow,
    "needless": str,
    "open": yellow,
}


@dataclass(frozen=True)
class Standing:
    """The record of the last time that a release was taken out, and how it stands now.

    `pending`: the record lies in this clone, until the ledger takes it. `deployed` is what git says of the environment.
    """

    last: LedgerRecord
    state: EnvironmentState
    deployed: Deployment | None
    pending: bool = False


def checklist_as_text(standing: Standing) -> str:
    """One line a step."""
    last = standing.last
    rows = [(name, _PAINT[outcome](outcome), safe(said)) for name, outcome, said in _steps(standing)]
    head = f"{safe(last.model)} {safe(last.environment)}: {last.action} at {last.at:%Y-%m-%dT%H:%M:%SZ}"
    kept = ", kept in this clone until the ledger takes it" if standing.pending else ""
    return f"{head}{kept}\n{table(rows, ('STEP', 'OUTCOME', 'WHAT'))}"


def checklist_as_document(standing: Standing) -> dict[str, Any]:
    """The same as `checklist/v1`."""
    last = standing.last
    return {
        "schema": "checklist/v1",
        "record": last.id,
        "pending": standing.pending,
        "model": last.model,
        "environment": last.environment,
        "action": last.action,
        "at": f"{last.at:%Y-%m-%dT%H:%M:%SZ}",
        "steps": [{"step": name, "outcome": outcome, "said": said} for name, outcome, said in _steps(standing)],
    }


def _steps(standing: Standing) -> Iterator[tuple[str, str, str]]:
    state = standing.state
    for one in standing.last.checklist:
        yield one.step, one.outcome, one.said
    yield "git", *_git(state, standing.deployed, answers=standing.last.action == "fallback")
    for name, suspension in sorted(state.suspensions.items()):
        if suspension.resumed is None:
            resume = f"modelward resume {state.model} {state.environment} {name}"
            yield "resumed", "open", f"{name}: {suspension.release} stays out; {resume}"


def _git(state: EnvironmentState, deployment: Deployment | None, *, answers: bool) -> tuple[str, str]:
    """Whether git says what serves, and what lets it say so; `answers`: the rules do where no release serves."""
    deployed = None if deployment is None else deployment.release
    out = {one.release: name for name, one in state.suspensions.items() if one.resumed is None}
    serves = None if state.holder is None or state.holder.release in out else state.holder.release
    if serves is not None and deployed == serves:
        return "done", f"git deploys {serves}, which serves"
    said = f"git deploys {deployed or 'nothing'} and {serves or 'no release'} serves"
    if serves is None and deployment is not None:
        return _unserved(state, deployment, said, answers=answers)
    if deployed in out and deployed is not None and serves is not None:
        back = Return(state.model, state.environment, deployed, serves, out[deployed])
        return "open", f"{said}: merge the branch {back.branch}"
    rollout = state.rollout
    if rollout is not None and rollout.phase == "aborted" and rollout.challenger == deployed:
        return "open", f"{said}, as the rollout was aborted: deploy another release, or take `abort:` out again"
    return "open", f"{said}: `modelward status` tells why"


def _unserved(state: EnvironmentState, deployment: Deployment, said: str, *, answers: bool) -> tuple[str, str]:
    """What lets git tell the truth where all that could serve is suspended."""
    if not answers:
        return "open", f"{said}: deploy another release, or resume one when it is well"
    if deployment.ml_enabled is False:
        return "done", "git switches it off, and the rules answer"
    off = switched_off_by(state.model, state.environment, deployment)
    return "open", f"{said}: let git say that the rules answer: {off}; or deploy another release without steps"
