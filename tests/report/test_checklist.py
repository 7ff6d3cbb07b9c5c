"""What is left to do after a release was taken out, by what git and the ledger say now."""

from datetime import UTC, datetime
from typing import Any

import pytest

from modelward.report.checklist import Standing, checklist_as_document, checklist_as_text
from modelward.specs.ledger import EnvironmentState, LedgerRecord
from modelward.specs.manifest import Deployment
from modelward.specs.scalars import ReleaseName

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
WHEN = "2026-11-21T09:00:00Z"
DIGEST = "sha256:" + "a" * 64
LAST = LedgerRecord.model_validate(
    {
        "schema": "ledger-record/v1",
        "id": "20261121T090000Z-0123456789abcdef",
        "kind": "outcome",
        "at": WHEN,
        "engine": "0.1.0",
        "model": "credit-risk",
        "environment": "production",
        "action": "rollback",
        "checklist": ({"step": "confirmed", "outcome": "done", "said": "it failed"},),
    }
)
ABORTED = {
    "id": "ro-1",
    "model": "credit-risk",
    "environment": "production",
    "challenger": "1.1.0",
    "champion": "1.0.0",
    "step": 2,
    "weight": 0,
    "started": WHEN,
    "since": WHEN,
    "clock": WHEN,
    "phase": "aborted",
    "why": "git aborts it",
}
BRANCH = "merge the branch modelward/rollback/credit-risk-production-1.1.0"


def state(*out: str, **given: Any) -> EnvironmentState:
    """1.0.0 holds the environment, and some releases are suspended."""
    return EnvironmentState.model_validate(
        {
            "schema": "ledger-state/v1",
            "model": "credit-risk",
            "environment": "production",
            "tenures": ({"release": "1.0.0", "artifact": DIGEST, "since": WHEN},),
            "suspensions": {f"su-{name[2]}": {"release": name, "at": WHEN, "why": "it failed"} for name in out},
        }
        | given
    )


def git_step(
    standing: EnvironmentState, deployed: str, last: LedgerRecord = LAST, ml_enabled: bool | None = None
) -> tuple[str, str]:
    deployment = Deployment.model_construct(release=ReleaseName(deployed), ml_enabled=ml_enabled)
    steps = checklist_as_document(Standing(last, standing, deployment))["steps"]
    (found,) = [one for one in steps if one["step"] == "git"]
    return found["outcome"], found["said"]


@pytest.mark.parametrize(
    ("standing", "deployed", "outcome", "says"),
    [
        (state("1.1.0"), "1.1.0", "open", BRANCH),
        (state("1.1.0"), "1.0.0", "done", "git deploys 1.0.0, which serves"),
        (state(rollout=ABORTED), "1.1.0", "open", "as the rollout was aborted"),
        (state("1.1.0", "1.0.0"), "1.1.0", "open", "no release serves: deploy another release, or resume one"),
        (state("1.0.0"), "1.0.0", "open", "no release serves"),
        (state("1.1.0"), "1.2.0", "open", "`modelward status` tells why"),
    ],
    ids=["rolled back", "merged", "aborted", "rules answer", "rules answer for what git deploys", "something newer"],
)
def test_the_checklist_says_what_lets_git_tell_the_truth(
    standing: EnvironmentState, deployed: str, outcome: str, says: str
) -> None:
    found, said = git_step(standing, deployed)
    assert (found, says in said) == (outcome, True), said
    assert ("branch" in said) == (says == BRANCH)


def test_the_text_says_the_same() -> None:
    deployment = Deployment.model_construct(release=ReleaseName("1.1.0"))
    assert BRANCH in checklist_as_text(Standing(LAST, state("1.1.0"), deployment))


def test_where_the_rules_answer_git_is_to_say_that_it_is_off() -> None:
    """Also where the rollout of what git deploys was aborted before: taking that back would bring nothing in."""
    fallen = LAST.model_copy(update={"action": "fallback"})
    out = state("1.0.0", rollout=ABORTED)
    command = "modelward set credit-risk manifest.deployments.production.ml_enabled false"
    assert command in git_step(out, "1.1.0", fallen, ml_enabled=True)[1]
    assert "`ml_enabled: false` for production in models/credit-risk/" in git_step(out, "1.1.0", fallen)[1]
    assert git_step(out, "1.1.0", fallen, ml_enabled=False)[0] == "done"
