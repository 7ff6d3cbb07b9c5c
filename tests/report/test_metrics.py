"""Metrics of runs: what counts goes on, and what is not known is never shown as well."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from modelward.report.metrics import STATES, Fleet, RunMetrics, Standing, read_standing

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FLEET = Fleet({"Synced": 7, "Suspended": 1}, drift=2, suspensions=1, quiet=3, untrusted=4)
RUN = RunMetrics(
    NOON, NOON + timedelta(seconds=90), success=True, full=True, actions={"promotion": 2, "mend": 1}, fleet=FLEET
)


def shown(standing: Standing) -> dict[str, float]:
    """Each sample as Prometheus itself reads it: `name` or `name label`."""
    families = text_string_to_metric_families(standing.rendered().decode())
    samples = [sample for family in families for sample in family.samples]
    return {" ".join([sample.name, *sample.labels.values()]): sample.value for sample in samples}


def test_a_run_is_shown_as_prometheus_reads_it() -> None:
    noon = NOON.timestamp()
    assert shown(Standing().after(RUN)) == {
        "modelward_reconcile_last_start_timestamp_seconds": noon,
        "modelward_reconcile_last_end_timestamp_seconds": noon + 90,
        "modelward_reconcile_last_success_timestamp_seconds": noon + 90,
        "modelward_reconcile_last_look_timestamp_seconds": noon + 90,
        "modelward_reconcile_last_run_success": 1,
        "modelward_reconcile_duration_seconds": 90,
        "modelward_reconcile_runs_total success": 1,
        "modelward_reconcile_runs_total failure": 0,
        "modelward_actions_total promotion": 2,
        "modelward_actions_total mend": 1,
        "modelward_action_failures_total": 0,
        **{f"modelward_models {state}": FLEET.models.get(state, 0) for state in STATES},
        "modelward_drift": 2,
        "modelward_suspensions": 1,
        "modelward_triggers_quiet": 3,
        "modelward_untrusted": 4,
    }


def test_counters_go_on_over_runs_that_only_the_textfile_joins() -> None:
    first = Standing().after(RUN).rendered()
    later = replace(RUN, started=NOON + timedelta(hours=1), ended=NOON + timedelta(hours=1, seconds=5))
    second = shown(read_standing(first, later.ended).after(replace(later, actions={"promotion": 3}, failures=4)))
    assert second["modelward_reconcile_runs_total success"] == 2
    assert second["modelward_actions_total promotion"] == 5
    assert second["modelward_actions_total mend"] == 1
    assert second["modelward_action_failures_total"] == 4
    assert second["modelward_reconcile_duration_seconds"] == 5


@pytest.mark.parametrize("change", [{"success": False}, {"full": False}])
def test_only_a_full_success_counts_as_the_last_one(change: dict[str, bool]) -> None:
    standing = Standing().after(RUN)
    later = replace(RUN, ended=NOON + timedelta(hours=1), **change)  # type: ignore[arg-type]
    after = shown(standing.after(later))
    assert after["modelward_reconcile_last_success_timestamp_seconds"] == RUN.ended.timestamp()
    assert after["modelward_reconcile_last_end_timestamp_seconds"] == later.ended.timestamp()
    assert after["modelward_reconcile_last_run_success"] == float(later.success)


def test_a_run_that_could_not_look_leaves_suspensions_and_drift_as_they_were() -> None:
    blind = replace(RUN, ended=NOON + timedelta(hours=1), success=False, fleet=None)
    after = shown(Standing().after(RUN).after(blind))
    assert after["modelward_reconcile_last_look_timestamp_seconds"] == RUN.ended.timestamp()
    assert after["modelward_suspensions"] == 1
    assert after["modelward_drift"] == 2
    assert after["modelward_models Suspended"] == 1
    assert "modelward_suspensions" not in shown(Standing().after(blind))


def test_a_run_for_which_every_model_is_unknown_could_not_look() -> None:
    away = replace(RUN, success=False, fleet=Fleet({"Unknown": 8}, 0, 0, 0))
    after = shown(Standing().after(away))
    assert "modelward_reconcile_last_look_timestamp_seconds" not in after
    assert after["modelward_models Unknown"] == 8
    some = replace(RUN, success=False, fleet=Fleet({"Unknown": 7, "Blocked": 1}, 0, 0, 0))
    assert "modelward_reconcile_last_look_timestamp_seconds" in shown(Standing().after(some))


def test_a_state_that_no_model_has_any_more_is_zero_and_does_not_vanish() -> None:
    well = replace(RUN, fleet=Fleet({"Synced": 8}, 0, 0, 0))
    after = shown(Standing().after(RUN).after(well))
    assert after["modelward_models Suspended"] == 0
    assert after["modelward_suspensions"] == 0


def test_a_success_of_the_future_is_none_as_it_would_hide_silence() -> None:
    ahead = Standing().after(replace(RUN, ended=NOON + timedelta(days=9))).rendered()
    read = read_standing(ahead, NOON)
    assert "modelward_reconcile_last_success_timestamp_seconds" not in shown(read)
    assert shown(read)["modelward_actions_total promotion"] == 2


def test_a_clock_that_was_set_back_during_a_run_gives_no_negative_duration() -> None:
    assert (
        shown(Standing().after(replace(RUN, ended=NOON - timedelta(hours=1))))["modelward_reconcile_duration_seconds"]
        == 0
    )


GARBAGE = (
    b"",
    b"\x00\xff\xfe" * 100,
    b'modelward_suspensions NaN\nmodelward_drift -1\nmodelward_models{state="Synced"} +Inf\n',
    b"modelward_suspensions\nmodelward_suspensions  1\nmodelward_suspensions 1 2 3\nmodelward_suspensions one\n",
    b'modelward_suspensions{x="y"} 1\nmodelward_actions_total 1\nmodelward_actions_total{result="x"} 1\n',
    b'modelward_actions_total{kind="a\\"b"} 1\nmodelward_actions_total{kind=""} 1\nother_total 1\n',
)


@pytest.mark.parametrize("data", GARBAGE)
def test_a_line_that_no_run_has_written_counts_for_nothing(data: bytes) -> None:
    assert read_standing(data, NOON) == Standing()


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_can_be_read_and_go_on_to_a_textfile_that_can_be_read(data: bytes) -> None:
    after = read_standing(data, RUN.ended).after(RUN)
    assert read_standing(after.rendered(), RUN.ended) == after


def test_what_is_written_is_read_back_as_it_was() -> None:
    standing = Standing().after(RUN).after(replace(RUN, success=False, failures=2))
    assert read_standing(standing.rendered(), RUN.ended) == standing
