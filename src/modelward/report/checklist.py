"""The checklist of a release that was taken out, as people and programs read it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

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
    holder = state.holder
    serves = "nothing" if holder is None else str(holder.release)
    if holder is not None and deployed == holder.release:
        yield "git", "done", f"git deploys {serves}, which serves"
    else:
        yield "git", "open", f"git deploys {deployed or 'nothing'} and {serves} serves: merge the rollback branch"
    for name, suspension in sorted(state.suspensions.items()):
        if suspension.resumed is None:
            resume = f"modelward resume {state.model} {state.environment} {name}"
            yield "resumed", "open", f"{name}: {suspension.release} stays out; {resume}"
