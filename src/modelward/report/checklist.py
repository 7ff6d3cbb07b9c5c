"""The checklist of a release that was taken out, as people and programs read it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from modelward.reconcile.rollback_branch import Return
from modelward.report.terminal import green, red, safe, table, yellow
from modelward.specs.ledger import EnvironmentState, LedgerRecord
from modelward.specs.scalars import ReleaseName

_PAINT: Final[Mapping[str, Callable[[str], str]]] = {
    "done": green,
    "failed": red,
    "untold": yellow,
    "needless": str,
    "open": yellow,
}


def checklist_as_text(last: LedgerRecord, state: EnvironmentState, deployed: ReleaseName | None) -> str:
    """One line a step."""
    rows = [(name, _PAINT[outcome](outcome), safe(said)) for name, outcome, said in _steps(last, state, deployed)]
    head = f"{safe(last.model)} {safe(last.environment)}: {last.action} at {last.at:%Y-%m-%dT%H:%M:%SZ}"
    return f"{head}\n{table(rows, ('STEP', 'OUTCOME', 'WHAT'))}"


def checklist_as_document(last: LedgerRecord, state: EnvironmentState, deployed: ReleaseName | None) -> dict[str, Any]:
    """The same as `checklist/v1`."""
    return {
        "schema": "checklist/v1",
        "record": last.id,
        "model": last.model,
        "environment": last.environment,
        "action": last.action,
        "at": f"{last.at:%Y-%m-%dT%H:%M:%SZ}",
        "steps": [
            {"step": name, "outcome": outcome, "said": said} for name, outcome, said in _steps(last, state, deployed)
        ],
    }


def _steps(last: LedgerRecord, state: EnvironmentState, deployed: ReleaseName | None) -> Iterator[tuple[str, str, str]]:
    for one in last.checklist:
        yield one.step, one.outcome, one.said
    yield "git", *_git(state, deployed)
    for name, suspension in sorted(state.suspensions.items()):
        if suspension.resumed is None:
            resume = f"modelward resume {state.model} {state.environment} {name}"
            yield "resumed", "open", f"{name}: {suspension.release} stays out; {resume}"


def _git(state: EnvironmentState, deployed: ReleaseName | None) -> tuple[str, str]:
    """Whether git says what serves, and what lets it say so where it does not."""
    out = {one.release: name for name, one in state.suspensions.items() if one.resumed is None}
    serves = None if state.holder is None or state.holder.release in out else state.holder.release
    if serves is not None and deployed == serves:
        return "done", f"git deploys {serves}, which serves"
    said = f"git deploys {deployed or 'nothing'} and {serves or 'no release'} serves"
    if deployed in out and deployed is not None:
        if serves is None:
            return "open", f"{said}: deploy another release, or resume one when it is well"
        back = Return(state.model, state.environment, deployed, serves, out[deployed])
        return "open", f"{said}: merge the branch {back.branch}"
    rollout = state.rollout
    if rollout is not None and rollout.phase == "aborted" and rollout.challenger == deployed:
        return "open", f"{said}, as the rollout was aborted: deploy another release, or take `abort:` out again"
    return "open", f"{said}: `modelward status` tells why"
