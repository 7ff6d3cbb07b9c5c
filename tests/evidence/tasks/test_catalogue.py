"""Which measures a task has built in."""

import pytest

from modelward.errors import WrongUse
from modelward.evidence.tasks.catalogue import built_in, check_known, measures_groups, measures_rows
from modelward.specs.manifest import Task
from modelward.specs.thresholds import Metric

BUILTIN = Metric(better="higher", unit="ratio", computed="builtin")
REPORTED = Metric(better="higher", unit="ratio", computed="reported")


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression", "ranking", "generation", "forecast"])
def test_everything_that_is_listed_is_known_and_latency_is_listed_for_every_task(task: Task) -> None:
    listed = [name.replace("_N", "_5") for name in built_in(task)]
    check_known(task, dict.fromkeys(listed, BUILTIN))
    assert "latency_p95" in listed


def test_a_metric_of_another_task_is_refused_with_the_list() -> None:
    with pytest.raises(WrongUse, match="`auc_roc` is no built-in metric of the task regression") as refused:
        check_known("regression", {"mae": BUILTIN, "auc_roc": BUILTIN})
    assert "mae, mape, mean_error, r2, rmse, within_N" in refused.value.remedy
    assert "computed: reported" in refused.value.remedy


def test_a_reported_metric_may_have_any_name() -> None:
    check_known("ranking", {"ndcg_10": REPORTED})


@pytest.mark.parametrize("name", ["within_0", "within_", "within_5_per", "within_05", "within_-5", "within_5.5"])
def test_a_tolerance_is_a_whole_number_above_0(name: str) -> None:
    assert not measures_rows("regression", name)


def test_a_measure_between_groups_belongs_to_tasks_that_measure_its_parts() -> None:
    assert measures_groups("binary", "equalized_odds_difference")
    assert not measures_groups("regression", "equalized_odds_difference")
    assert measures_groups("regression", "mae_difference")
    assert measures_groups("multiclass", "accuracy_difference")
    assert not measures_groups(None, "accuracy_difference")
