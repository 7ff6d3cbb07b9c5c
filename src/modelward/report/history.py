"""Records of the ledger as people read them."""

from collections.abc import Sequence

from modelward.report.terminal import green, red, safe, table, yellow
from modelward.specs.ledger import LedgerRecord
from modelward.specs.rollout import Rollout

_HEADER = ("WHEN", "WHAT", "MODEL", "ENVIRONMENT", "RELEASE", "WHY")


def history_as_text(records: Sequence[LedgerRecord]) -> str:
    """One line a record, the newest first."""
    if not records:
        return "no record fits"
    rows = [
        (
            f"{one.at:%Y-%m-%dT%H:%M:%SZ}",
            _what(one),
            safe(one.model or "-"),
            safe(one.environment or "-"),
            _release(one),
            safe(_why(one)),
        )
        for one in records
    ]
    return table(rows, _HEADER)


def _what(one: LedgerRecord) -> str:
    if one.kind == "outcome":
        return green(f"{one.action} done") if one.success else red(f"{one.action} failed")
    if one.kind == "suspension":
        return red("suspension")
    if one.kind == "intent":
        return yellow(f"{one.action} announced")
    if one.kind == "judgement":
        return (green if one.verdict == "allow" else red)(f"judged: {one.verdict}")
    return one.kind


def _release(one: LedgerRecord) -> str:
    if one.release is None:
        return "-"
    if one.previous in (None, one.release):
        return str(one.release)
    if one.action == "return":
        # It is about the challenger, which loses its share to the release before it.
        return f"{one.release} -> {one.previous}"
    return f"{one.previous} + {one.release}" if one.action == "step" else f"{one.previous} -> {one.release}"


def _why(one: LedgerRecord) -> str:
    if one.error is not None:
        said = one.error
    elif one.rollout is not None:
        said = f"rollout {one.rollout.id}: {_stands(one.rollout)}"
    else:
        said = one.triggered_by or (f"commit {one.commit}" if one.commit is not None else "")
    return f"{one.suspension}: {said}" if one.suspension is not None and said else one.suspension or said


def _stands(rollout: Rollout) -> str:
    """How a rollout stands: how far it is, or how it ended and how far it had come."""
    if rollout.phase == "promoted":
        return rollout.why
    if rollout.finished:
        return f"{rollout.phase} at step {rollout.step}: {rollout.why}"
    # Records of earlier versions do not name the step in their words.
    at = f"step {rollout.step} "
    return rollout.why if rollout.why.startswith(at) else f"{at}at {rollout.weight} %: {rollout.why}"
