"""Records of the ledger as people read them."""

from collections.abc import Sequence

from modelward.report.terminal import green, red, safe, table, yellow
from modelward.specs.ledger import LedgerRecord

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
    return f"{one.previous} -> {one.release}" if one.previous not in (None, one.release) else str(one.release)


def _why(one: LedgerRecord) -> str:
    if one.error is not None:
        said = one.error
    elif one.kind == "observation" and one.rollout is not None:
        said = f"rollout {one.rollout.id}: {one.rollout.why}"
    else:
        said = one.triggered_by or (f"commit {one.commit}" if one.commit is not None else "")
    return f"{one.suspension}: {said}" if one.suspension is not None and said else one.suspension or said
