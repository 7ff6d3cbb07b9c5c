"""What records come to: tenures, leases, suspensions and trust."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modelward.errors import CannotEvaluate
from modelward.ledger.folding import State, folded
from modelward.ledger.writing import read, record, written
from modelward.specs.ledger import Debt, EnvironmentState, Lease, LedgerRecord
from modelward.specs.scalars import EnvironmentName, ModelName

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
WHERE = (ModelName("credit-score"), EnvironmentName("production"))
COMMIT = "1" * 40


def one(kind: Any, minutes: int, **facts: Any) -> LedgerRecord:
    where = {"model": WHERE[0], "environment": WHERE[1]}
    return record(kind, AT + timedelta(minutes=minutes), **(where | facts))


def outcome(release: str, minutes: int, action: str = "promotion", *, success: bool = True) -> LedgerRecord:
    artifact = "sha256:" + release.replace(".", "a").ljust(64, "0")
    return one("outcome", minutes, action=action, release=release, artifact=artifact, success=success)


def state(*records: LedgerRecord) -> EnvironmentState:
    return folded(State(), records).of(*WHERE)


def test_the_release_that_moves_in_ends_the_tenure_of_the_one_before() -> None:
    first, second = state(outcome("1.0.0", 0), outcome("1.1.0", 5)).tenures
    assert (first.release, first.until) == ("1.0.0", AT + timedelta(minutes=5))
    assert (second.release, second.since, second.until) == ("1.1.0", AT + timedelta(minutes=5), None)


def test_what_failed_or_only_mended_held_nothing() -> None:
    assert state(outcome("1.0.0", 0, success=False)).tenures == ()
    assert state(outcome("1.0.0", 0, "mend")).tenures == ()
    assert state(outcome("1.0.0", 0, "fallback")).tenures == ()


def test_a_release_that_is_confirmed_again_goes_on_with_its_tenure() -> None:
    (tenure,) = state(outcome("1.0.0", 0), outcome("1.0.0", 5, "adoption")).tenures
    assert (tenure.since, tenure.until) == (AT, None)


def test_a_model_that_is_retired_holds_nothing_any_more() -> None:
    (tenure,) = state(outcome("1.0.0", 0), one("outcome", 5, action="retirement", success=True)).tenures
    assert tenure.until == AT + timedelta(minutes=5)


def test_an_outcome_closes_the_lease_and_is_counted() -> None:
    lease = Lease.model_validate({"key": "k", "holder": "h", "until": "2026-11-21T09:10:00Z"})
    taken = state(one("intent", 0, lease=lease))
    assert (taken.lease, taken.outcomes) == (lease, 0)
    done = state(one("intent", 0, lease=lease), outcome("1.0.0", 1, success=False))
    assert (done.lease, done.outcomes) == (None, 1)


def test_wrong_bytes_are_remembered_until_the_release_moves_in_and_an_error_is_not() -> None:
    failed = outcome("1.0.0", 0, success=False)
    denied = failed.model_copy(update={"verdict": "deny", "commit": COMMIT, "error": "other bytes"})
    assert state(failed).refused is None
    refused = state(denied, outcome("1.1.0", 1)).refused
    assert refused is not None
    assert (refused.release, refused.commit, refused.why) == ("1.0.0", COMMIT, "other bytes")
    assert state(denied, outcome("1.0.0", 1)).refused is None


def test_a_suspended_release_is_nothing_to_go_back_to_until_it_is_resumed() -> None:
    suspension = one("suspension", 6, suspension="s-1", release="1.0.0", triggered_by="drift")
    records = [outcome("1.0.0", 0), outcome("1.1.0", 5), suspension]
    assert folded(State(), records).held(*WHERE) == {"1.1.0"}
    again = folded(State(), [*records, suspension])
    assert again.of(*WHERE).suspensions["s-1"].why == "drift"
    resumed = folded(again, [one("resume", 9, suspension="s-1")])
    assert resumed.held(*WHERE) == {"1.0.0", "1.1.0"}
    assert resumed.of(*WHERE).suspensions["s-1"].resumed == AT + timedelta(minutes=9)
    assert folded(State(), [one("resume", 9, suspension="s-2")]).of(*WHERE).suspensions == {}


def test_judgements_move_trust_and_keep_its_root() -> None:
    debt = Debt.model_validate(
        {
            "model": WHERE[0],
            "since": "0" * 40,
            "commit": COMMIT,
            "requirement": "rollback",
            "roles": ["team-lead"],
            "by": ["engineer-2"],
            "signed": "2026-11-21T08:00:00Z",
            "at": "2026-11-21T09:00:00Z",
            "before": "a" * 64,
            "after": "b" * 64,
        }
    )
    root = "0" * 40
    first = record("judgement", AT, commit=COMMIT, root=root)
    found = folded(State(), [first, record("judgement", AT, commit="2" * 40, debts=(debt,))])
    assert found.trust is not None
    assert (found.trust.root, found.trust.trusted) == (root, "2" * 40)
    assert found.debts(WHERE[0]) == (debt,)
    assert found.debts(ModelName("other")) == ()


def test_nobody_is_taken_to_have_vouched_for_what_the_first_judgement_does_not_name_as_the_root() -> None:
    with pytest.raises(CannotEvaluate, match="does not name the commit that a person vouched for"):
        folded(State(), [record("judgement", AT, commit=COMMIT)])


def test_what_is_written_reads_as_the_same() -> None:
    for each in (outcome("1.0.0", 0), one("suspension", 6, suspension="s-1", release="1.0.0", triggered_by="drift")):
        assert read(written(each), LedgerRecord, "record") == each
    known = state(outcome("1.0.0", 0), outcome("1.1.0", 5))
    assert read(written(known), EnvironmentState, "state") == known


def test_what_fires_no_more_is_forgotten_once_somebody_has_looked() -> None:
    fires = one("observation", 0, watched=True, firing=("slow",))
    unwatched = one("observation", 1, triggered_by="something else")
    assert state(fires, unwatched).firing == ("slow",)
    assert state(fires, one("observation", 2, watched=True)).firing == ()
