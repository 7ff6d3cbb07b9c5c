"""What a run does with a release on its way in, and what no run ever does."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from modelward.reconcile.advancing import advance
from modelward.reconcile.rollout import (
    COMPARISON,
    Circumstances,
    Decision,
    Keep,
    Measurement,
    Nothing,
    Promote,
    Return,
    Samples,
    Shift,
    begin,
    rollout_id,
)
from modelward.signals.triggers import Verdict
from modelward.specs.canary import CanaryPlan, CanaryStep
from modelward.specs.rollout import Rollout
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OLD, NEW, NEWER = ReleaseName("1.0.0"), ReleaseName("1.1.0"), ReleaseName("1.2.0")
MODEL, PRODUCTION = ModelName("credit-risk"), EnvironmentName("production")
ID = rollout_id(MODEL, PRODUCTION, NEW, "c" * 40)
ENOUGH = Samples(1000, 20_000)
GRANTED = "modelward promote-step credit-risk production 2"


def plan(promote: str = "automatic", **analysis: Any) -> CanaryPlan:
    usual = {
        "min_samples": 1000,
        "guardrails": ("error-budget", "bad-scores"),
        "compare": {"metric": "precision", "worse_by_at_most": 0.01, "confidence": 0.95},
        "failure_limit": 0,
        "error_limit": 2,
        "on_inconclusive": "hold",
        "deadline": "14d",
    }
    steps = ({"weight": 5, "hold": "24h"}, {"weight": 20, "hold": "3d"}, {"weight": 50, "hold": "7d"})
    return CanaryPlan.model_validate({"steps": steps, "analysis": usual | analysis, "promote": promote})


def begun(under: CanaryPlan | None = None, promote_step: int | None = None) -> Rollout:
    return begin(ID, MODEL, PRODUCTION, (NEW, OLD), under or plan(), promote_step, START).rollout


def seen(
    budget: Verdict = "pass", scores: Verdict = "pass", comparison: Verdict = "pass", **given: Any
) -> Circumstances:
    measured = tuple(
        Measurement(name, verdict, "reason", (f"ob-{name}",))
        for name, verdict in (("error-budget", budget), ("bad-scores", scores), (COMPARISON, comparison))
    )
    usual: dict[str, Any] = {"measured": measured, "samples": ENOUGH, "wanted": NEW}
    return Circumstances(**(usual | given))


def at(rollout: Rollout, elapsed: timedelta, what: Circumstances, under: CanaryPlan | None = None) -> Decision:
    return advance(rollout, under or plan(), what, START + elapsed)


def test_a_rollout_begins_at_the_first_weight_and_has_one_name_for_everybody() -> None:
    decision = begin(ID, MODEL, PRODUCTION, (NEW, OLD), plan(), None, START)
    assert decision.todo == Shift(5)
    assert (decision.rollout.step, decision.rollout.weight, decision.rollout.phase) == (1, 5, "running")
    assert rollout_id(MODEL, PRODUCTION, NEW, "c" * 40) == ID != rollout_id(MODEL, PRODUCTION, NEW, "d" * 40)


def test_a_good_release_goes_up_the_steps_and_takes_the_environment() -> None:
    rollout, done = begun(), []
    for hour in range(24 * 12):
        decision = at(rollout, hour * HOUR, seen())
        rollout = decision.rollout
        if not isinstance(decision.todo, Keep):
            done.append((hour, decision.todo))
        if rollout.finished:
            break
    assert done == [(24, Shift(20)), (96, Shift(50)), (264, Promote())]
    assert rollout.phase == "promoted"
    assert at(rollout, 20 * DAY, seen(budget="fail")).todo == Nothing()


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (seen(budget="inconclusive"), "error-budget: reason"),
        (seen(comparison="inconclusive"), f"{COMPARISON}: reason"),
        (seen(samples=Samples(999, 20_000)), "999 samples"),
        (seen(samples=Samples(1000, 999)), "of the champion 999"),
        (seen(samples=None), "nobody counts"),
        (seen(budget="error"), "error-budget: reason"),
        (seen(measured=seen().measured[1:]), "error-budget: it was not measured"),
        (seen(measured=seen().measured[:2]), f"{COMPARISON}: it was not measured"),
        (seen(measured=()), "it was not measured"),
        (seen(stopped="freeze year-end until 2027-01-02"), "freeze year-end"),
    ],
)
def test_a_step_that_was_held_long_enough_goes_no_further_without_a_pass(what: Circumstances, why: str) -> None:
    decision = at(begun(), 2 * DAY, what)
    assert decision.todo == Keep(5)
    assert why in decision.rollout.why


def test_a_step_is_held_for_its_time() -> None:
    assert at(begun(), DAY - HOUR, seen()).todo == Keep(5)
    assert at(begun(), DAY, seen()).todo == Shift(20)


def test_a_plan_that_nothing_watches_never_advances() -> None:
    bare = plan(guardrails=(), compare=None)
    assert at(begun(bare), 2 * DAY, seen(measured=()), bare).todo == Keep(5)


WAITING = {
    "running": begun(),
    "held for errors": replace(begun(), phase="held", held_by="errors", errors=9),
    "held at the deadline": replace(begun(), phase="held", held_by="deadline"),
    "waiting for a person": begun(plan("manual")),
}


@pytest.mark.parametrize("rollout", WAITING.values(), ids=WAITING.keys())
@pytest.mark.parametrize("what", [seen(budget="fail"), seen(comparison="fail"), seen("error", "fail")])
@pytest.mark.parametrize("stopped", [None, "freeze"])
def test_a_fail_in_whatever_phase_leads_back_to_the_champion(
    rollout: Rollout, what: Circumstances, stopped: str | None
) -> None:
    for under in (plan(), plan("manual")):
        decision = at(rollout, 20 * DAY, replace(what, stopped=stopped), under)
        assert decision.todo == Return(suspend=True)
        assert (decision.rollout.phase, decision.rollout.weight) == ("returned", 0)
        assert decision.page is not None


@pytest.mark.parametrize("rollout", WAITING.values(), ids=WAITING.keys())
def test_git_ends_a_rollout_in_whatever_phase(rollout: Rollout) -> None:
    aborted = at(rollout, HOUR, seen(abort=ID))
    assert (aborted.todo, aborted.rollout.phase) == (Return(suspend=False), "aborted")
    assert at(rollout, HOUR, seen(abort="ro-another")).todo == Keep(5)
    assert at(rollout, HOUR, seen(wanted=OLD)).rollout.phase == "aborted"
    newer = at(rollout, HOUR, seen(wanted=NEWER))
    assert (newer.todo, newer.rollout.phase) == (Return(suspend=False), "superseded")
    assert newer.rollout.superseded_by == NEWER


def test_a_failed_measurement_counts_once_however_many_runs_see_it() -> None:
    lenient = plan(failure_limit=1)
    first = at(begun(lenient), HOUR, seen(budget="fail"), lenient)
    assert (first.todo, first.rollout.failures) == (Keep(5), 1)
    again = at(first.rollout, 2 * HOUR, seen(budget="fail"), lenient)
    assert (again.todo, again.rollout.failures) == (Keep(5), 1)
    other = Measurement("error-budget", "fail", "reason", ("ob-later",))
    second = at(again.rollout, 3 * HOUR, seen(measured=(other, *seen().measured[1:])), lenient)
    assert (second.todo, second.rollout.failures) == (Return(suspend=True), 2)


def test_a_failure_within_the_limit_does_not_advance() -> None:
    lenient = plan(failure_limit=1)
    first = at(begun(lenient), 2 * DAY, seen(budget="fail"), lenient)
    assert first.todo == Keep(5)
    assert at(first.rollout, 2 * DAY + HOUR, seen(), lenient).todo == Shift(20)


def test_failures_that_name_no_observation_are_counted_every_time() -> None:
    lenient = plan(failure_limit=1)
    bare = seen(measured=(Measurement("error-budget", "fail", "reason"), *seen().measured[1:]))
    first = at(begun(lenient), HOUR, bare, lenient)
    assert at(first.rollout, 2 * HOUR, bare, lenient).todo == Return(suspend=True)


def test_the_comparison_fails_a_rollout_whatever_the_limit_is() -> None:
    assert at(begun(), HOUR, seen(comparison="fail"), plan(failure_limit=9)).todo == Return(suspend=True)


def test_errors_in_a_row_hold_it_and_page_once_and_it_goes_on_when_it_can_be_measured() -> None:
    rollout, pages = begun(), []
    for hour in range(1, 6):
        decision = at(rollout, hour * HOUR, seen(budget="error"))
        assert decision.todo == Keep(5)
        rollout = decision.rollout
        pages.append(decision.page is not None)
    assert pages == [False, False, True, False, False]
    assert (rollout.phase, rollout.held_by) == ("held", "errors")
    healed = at(rollout, 6 * HOUR, seen())
    assert (healed.rollout.phase, healed.rollout.errors) == ("running", 0)
    assert at(healed.rollout, DAY, seen()).todo == Shift(20)


def test_what_a_rollout_says_of_itself_begins_with_its_step_and_share_and_ends_with_what_it_waits_for() -> None:
    second = at(begun(), DAY, seen())
    assert second.rollout.why == "step 2 of 3 at 20 %"
    held = "step 2 of 3 at 20 %: it passes, and is held until 2026-11-06T09:00:00Z"
    assert at(second.rollout, 2 * DAY, seen()).rollout.why == held
    unknown = at(second.rollout, 2 * DAY, seen(budget="error")).rollout
    assert unknown.why == "step 2 of 3 at 20 %: it cannot be measured: error-budget: reason"


def test_what_is_held_at_its_deadline_says_what_is_so_now_and_how_it_gets_more_time() -> None:
    decision = at(begun(), 14 * DAY, seen(comparison="inconclusive"))
    late = "step 1 of 3 at 5 %: not decided at the deadline: "
    more = f"; to give it more time: {GRANTED}"
    assert decision.rollout.why == f"{late}{COMPARISON}: reason{more}"
    assert decision.page == f"1.1.0 is held at 5 %: not decided at the deadline: {COMPARISON}: reason{more}"
    held = decision.rollout
    for _ in range(2):
        held = at(held, 15 * DAY, seen()).rollout
        assert held.why == f"{late}it passes now{more}"
    silent = at(held, 15 * DAY, seen(budget="error")).rollout
    assert silent.why == f"{late}it cannot be measured: error-budget: reason{more}"


def test_errors_that_are_not_in_a_row_do_not_add_up() -> None:
    rollout = begun()
    for hour in range(1, 9):
        rollout = at(rollout, hour * HOUR, seen(budget="error" if hour % 3 else "inconclusive")).rollout
        assert rollout.phase == "running"


def test_at_the_deadline_what_is_inconclusive_is_held_or_taken_back_as_the_plan_says() -> None:
    undecided = seen(comparison="inconclusive")
    assert at(begun(), 14 * DAY - HOUR, undecided).rollout.phase == "running"
    held = at(begun(), 14 * DAY, undecided)
    assert (held.todo, held.rollout.phase, held.rollout.held_by) == (Keep(5), "held", "deadline")
    assert held.page is not None
    assert at(held.rollout, 15 * DAY, undecided).page is None
    back = at(begun(), 14 * DAY, undecided, plan(on_inconclusive="rollback"))
    assert back.todo == Return(suspend=True)


def test_at_the_deadline_what_cannot_be_measured_is_held_and_not_taken_back() -> None:
    decision = at(begun(), 14 * DAY, seen(budget="error"), plan(on_inconclusive="rollback"))
    assert (decision.todo, decision.rollout.held_by) == (Keep(5), "errors")
    assert decision.page is not None


def test_what_is_held_at_its_deadline_waits_for_a_person_and_then_still_for_a_pass() -> None:
    undecided = seen(comparison="inconclusive")
    held = at(begun(), 14 * DAY, undecided).rollout
    assert at(held, 15 * DAY, seen()).todo == Keep(5)
    assert at(held, 15 * DAY, seen(promote_step=1)).todo == Keep(5)
    longer = at(held, 15 * DAY, replace(undecided, promote_step=2)).rollout
    assert (longer.phase, longer.weight) == ("running", 5)
    assert at(longer, 16 * DAY, seen(promote_step=2)).todo == Shift(20)
    again = at(longer, 29 * DAY, replace(undecided, promote_step=2)).rollout
    assert again.held_by == "deadline"
    assert at(again, 30 * DAY, seen(promote_step=2)).todo == Keep(5)
    assert at(again, 30 * DAY, seen(promote_step=3)).todo == Shift(20)


def test_a_manual_plan_waits_for_the_step_that_git_names() -> None:
    manual = plan("manual")
    rollout = at(begun(manual), 2 * DAY, seen(), manual).rollout
    assert (rollout.weight, rollout.why) == (5, f"step 1 of 3 at 5 %: it passes, and waits for a person: {GRANTED}")
    second = at(rollout, 3 * DAY, seen(promote_step=2), manual)
    assert second.todo == Shift(20)
    assert at(second.rollout, 7 * DAY, seen(promote_step=2), manual).todo == Keep(20)
    third = at(second.rollout, 7 * DAY, seen(promote_step=4), manual)
    assert third.todo == Shift(50)
    assert at(third.rollout, 15 * DAY, seen(promote_step=4), manual).todo == Promote()


def test_a_person_who_names_a_step_does_not_replace_the_pass() -> None:
    manual = plan("manual")
    for what in (seen(budget="inconclusive"), seen(budget="error"), seen(samples=Samples(10, 10))):
        assert at(begun(manual), 2 * DAY, replace(what, promote_step=4), manual).todo == Keep(5)


def test_a_step_that_git_named_for_an_earlier_rollout_says_nothing_of_this_one() -> None:
    manual = plan("manual")
    rollout = at(begun(manual, promote_step=4), 2 * DAY, seen(promote_step=4), manual).rollout
    assert rollout.weight == 5
    second = at(rollout, 3 * DAY, seen(promote_step=2), manual).rollout
    assert second.weight == 20
    assert at(second, 7 * DAY, seen(promote_step=4), manual).todo == Shift(50)


def test_a_manual_plan_that_nobody_answers_is_held_at_its_deadline_and_never_taken_back_for_it() -> None:
    manual = plan("manual", on_inconclusive="rollback")
    held = at(begun(manual), 14 * DAY, seen(), manual)
    assert (held.todo, held.rollout.phase) == (Keep(5), "held")
    assert held.page is not None
    assert at(held.rollout, 15 * DAY, seen(promote_step=2), manual).todo == Shift(20)


def test_a_plan_that_changes_meanwhile_raises_no_weight_and_may_lower_it() -> None:
    def changed(*weights: int) -> CanaryPlan:
        steps = tuple({"weight": weight, "hold": "24h"} for weight in weights)
        return plan().model_copy(update={"steps": tuple(map(CanaryStep.model_validate, steps))})

    twenty = replace(begun(), step=2, weight=20)
    assert at(twenty, HOUR, seen(), changed(5, 40, 60)).todo == Keep(20)
    assert at(twenty, HOUR, seen(), changed(5, 10, 60)).todo == Keep(10)
    assert at(twenty, DAY, seen(), changed(5, 10, 60)).todo == Shift(60)
    assert at(twenty, HOUR, seen(), changed(5)).todo == Keep(20)
    assert at(twenty, DAY, seen(), changed(5)).todo == Promote()


def test_a_rollout_is_written_and_read_without_loss() -> None:
    adapter = TypeAdapter(Rollout)
    rollout = replace(begun(), failed=("ob-1", "ob-2"), failures=2, superseded_by=NEWER, held_by="errors", phase="held")
    assert adapter.validate_json(adapter.dump_json(rollout)) == rollout
    assert Rollout(**asdict(rollout)) == rollout


VERDICTS = st.sampled_from(["pass", "fail", "inconclusive", "error"])
RUNS = st.lists(
    st.tuples(
        st.integers(0, 96),
        VERDICTS | st.just("pass"),
        VERDICTS | st.just("pass"),
        VERDICTS | st.just("pass"),
        st.sampled_from([ENOUGH, Samples(5, 5), None]),
        st.sampled_from([None, 1, 2, 3, 4]),
        st.sampled_from([None, None, "freeze"]),
    ),
    max_size=25,
)
PLANS = st.builds(
    lambda promote, on, limit: plan(promote, on_inconclusive=on, failure_limit=limit),
    st.sampled_from(["automatic", "manual"]),
    st.sampled_from(["hold", "rollback"]),
    st.sampled_from([0, 2]),
)


@given(RUNS, PLANS)
def test_no_way_through_the_steps_breaks_the_rules(runs: list[tuple[Any, ...]], under: CanaryPlan) -> None:
    rollout, elapsed = begun(under), timedelta()
    for hours, budget, scores, comparison, samples, promote_step, stopped in runs:
        elapsed += hours * HOUR
        what = seen(budget, scores, comparison, samples=samples, promote_step=promote_step, stopped=stopped)
        decision = at(rollout, elapsed, what, under)
        assert decision == at(rollout, elapsed, what, under)
        before, rollout = rollout, decision.rollout
        if before.finished:
            assert decision == Decision(before, Nothing())
            continue
        rises = isinstance(decision.todo, Shift | Promote)
        assert rises == (rollout.weight > before.weight)
        if rises:
            assert {budget, scores, comparison} == {"pass"}
            assert samples == ENOUGH
            assert stopped is None
            assert START + elapsed - before.since >= under.steps[before.step - 1].hold.fixed
        if ("fail" in (budget, scores) and under.analysis.failure_limit == 0) or comparison == "fail":
            assert decision.todo == Return(suspend=True)
        late = START + elapsed - before.clock >= under.analysis.deadline.fixed
        if late and rollout.phase == "running" and not rises:
            # Nothing is stuck: a person has just given it more time, or lets nothing move by a freeze.
            assert rollout.clock > before.clock or stopped is not None
        if rollout.phase == "held" and before.phase != "held":
            assert decision.page is not None
