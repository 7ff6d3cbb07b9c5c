"""The ledger's records as people read them: which way a release went, and how far a rollout came."""

from typing import Any

import pytest

from modelward.report.history import history_as_text
from modelward.specs.ledger import LedgerRecord

WHEN = "2026-11-21T09:00:00Z"
ROLLOUT = {
    "id": "ro-1",
    "model": "credit-risk",
    "environment": "production",
    "challenger": "1.1.0",
    "champion": "1.0.0",
    "step": 2,
    "weight": 20,
    "started": WHEN,
    "since": WHEN,
    "clock": WHEN,
    "why": "step 2 of 3 at 20 %",
}


def line(action: str, **rollout: Any) -> str:
    one = {
        "schema": "ledger-record/v1",
        "id": "20261121T090000Z-0123456789abcdef",
        "kind": "outcome",
        "at": WHEN,
        "engine": "0.1.0",
        "model": "credit-risk",
        "environment": "production",
        "action": action,
        "release": "1.1.0",
        "previous": "1.0.0",
        "success": True,
        "triggered_by": "rollout ro-1",
    }
    more = {"rollout": ROLLOUT | rollout} if rollout else {}
    return history_as_text([LedgerRecord.model_validate(one | more)]).splitlines()[-1]


@pytest.mark.parametrize(
    ("action", "rollout", "says"),
    [
        ("promotion", {}, "1.0.0 -> 1.1.0"),
        ("return", {}, "1.1.0 -> 1.0.0"),
        ("step", {}, "1.0.0 + 1.1.0"),
        ("step", {"step": 2}, "rollout ro-1: step 2 of 3 at 20 %"),
        ("step", {"step": 3, "weight": 50, "why": "step 3 of 3 at 50 %"}, "rollout ro-1: step 3 of 3 at 50 %"),
        ("mend", {"why": "it is held for 24h"}, "rollout ro-1: step 2 at 20 %: it is held for 24h"),
        (
            "return",
            {"phase": "aborted", "weight": 0, "why": "git aborts it"},
            "rollout ro-1: aborted at step 2: git aborts it",
        ),
        (
            "return",
            {"phase": "returned", "weight": 0, "why": "bad-scores: `x` is 1, above 0"},
            "rollout ro-1: returned at step 2: bad-scores: `x` is 1, above 0",
        ),
        ("promotion", {"phase": "promoted", "why": "it passed every step"}, "rollout ro-1: it passed every step"),
    ],
)
def test_a_record_tells_which_way_a_release_went_and_how_far_its_rollout_came(
    action: str, rollout: dict[str, Any], says: str
) -> None:
    assert says in line(action, **rollout)
