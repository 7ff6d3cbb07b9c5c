"""How environments stand, as people read it."""

from dataclasses import replace

import pytest
from click import unstyle

from modelward.reconcile.actions import Adopt
from modelward.reconcile.direction import SyncState
from modelward.reconcile.executing import Applied, Failed
from modelward.reconcile.observing import Plan
from modelward.reconcile.states import EnvironmentState, ModelPlan
from modelward.registry.interface import RegisteredModel
from modelward.report.plans import as_document, diff_as_text, outcome_as_text, plan_as_text, status_as_text
from modelward.report.terminal import green, red, yellow
from modelward.specs.scalars import EnvironmentName, ModelName, RegistryName, ReleaseName

EMPTY = RegisteredModel("credit-risk", {}, {}, {})


def standing(state: SyncState, observed: RegisteredModel | None) -> Plan:
    one = EnvironmentState(EnvironmentName("production"), state, ReleaseName("1.0.0"), "none", "why")
    names = (ModelName("credit-risk"), RegistryName("main"), "credit-risk")
    return Plan((ModelPlan(*names, (one,), observed=observed),), ())


@pytest.mark.parametrize(
    ("state", "observed", "shown"),
    [("Unknown", None, "?"), ("Unknown", EMPTY, "none"), ("OutOfSync", None, "none"), ("Blocked", EMPTY, "none")],
)
def test_what_could_not_be_read_is_not_shown_as_nothing(
    state: SyncState, observed: RegisteredModel | None, shown: str
) -> None:
    plan = standing(state, observed)
    (row,) = [line for line in unstyle(status_as_text(plan, "HEAD")).splitlines() if line.startswith("credit-risk")]
    assert row.split()[:5] == ["credit-risk", "production", state, "1.0.0", shown]
    assert f"- {shown}" in unstyle(diff_as_text(plan))
    (model,) = as_document(plan, "status", "0" * 40, adopt=False)["models"]
    assert model["environments"][0]["actual"] == (None if shown == "?" else shown)


def test_a_reason_has_an_end_for_people_and_none_in_a_document() -> None:
    one = EnvironmentState(EnvironmentName("production"), "Held", None, "none", "why " * 200, lift="a person")
    names = (ModelName("credit-risk"), RegistryName("main"), "credit-risk")
    plan = Plan((ModelPlan(*names, (one,), observed=EMPTY),), ())
    assert max(map(len, unstyle(status_as_text(plan, "HEAD")).splitlines())) < 400
    assert "...; lifted by: a person\n" in unstyle(status_as_text(plan, "HEAD"))
    assert max(map(len, unstyle(diff_as_text(plan)).splitlines())) < 400
    (model,) = as_document(plan, "status", "0" * 40, adopt=False)["models"]
    assert model["environments"][0]["reason"] == one.reason


@pytest.mark.parametrize(("steps", "counted"), [(1, "1 step"), (2, "2 steps")])
def test_one_step_is_no_steps(steps: int, counted: str) -> None:
    names = (ModelName("credit-risk"), RegistryName("main"), "credit-risk")
    one = EnvironmentState(EnvironmentName("production"), "OutOfSync", ReleaseName("1.0.0"), "none", "why")
    plan = ModelPlan(*names, (one,), actions=(Adopt("credit-risk", None, "acme/example", "why"),) * steps)
    assert unstyle(outcome_as_text(Applied(plan))) == f"done    credit-risk: {counted}, read back"
    failed = unstyle(outcome_as_text(Failed(plan, 0, "it is away", "try again", unavailable=True)))
    assert failed.endswith(f"0 of {counted} {'was' if steps == 1 else 'were'} done; try again")


def test_a_count_is_not_green_while_something_is_amiss_beside_it() -> None:
    plan = standing("Synced", EMPTY)
    assert status_as_text(plan, "HEAD").endswith(green("1 of 1 in sync with HEAD"))
    assert status_as_text(plan, "HEAD", only_unhealthy=True) == green("1 of 1 in sync with HEAD")
    assert plan_as_text(plan, "HEAD").endswith(green("Nothing to do: 1 model matches HEAD."))
    left = ((RegistryName("main"), "churn"),)
    behind = replace(plan, without_spec=left, left_behind=left)
    assert status_as_text(behind, "HEAD").endswith(red("1 of 1 in sync with HEAD"))
    assert plan_as_text(behind, "HEAD").endswith(yellow("Nothing to do: 1 model matches HEAD."))
