"""A new model's specs: what the floors demand, what its environments can do, and no more than somebody said."""

from typing import Any

import pytest

from modelward.authoring.model import NewModel, specs
from modelward.specs.approvers import Approvers
from modelward.specs.canary import Canary
from modelward.specs.environment import Environment
from modelward.specs.manifest import Manifest
from modelward.specs.policy import Floors
from modelward.specs.retention import Retention
from modelward.specs.scalars import EnvironmentName
from modelward.specs.thresholds import Gate, Thresholds
from modelward.tree.file import typed

SIGNALS = {
    "error_budget_remaining": {"prometheus": "budget"},
    "feature_drift": {"monitor": "psi"},
    "score_invalid_ratio": {"monitor": "invalid_ratio"},
}


def environment(name: str, **fields: Any) -> tuple[EnvironmentName, Environment]:
    document = {
        "schema": "environment/v1",
        "environment": name,
        "registry": {"name": "main", "alias": name},
        "traffic": {"kind": "none"},
        "drift": "enforce",
        **fields,
    }
    return EnvironmentName(name), Environment.model_validate(document)


STAGING = environment("staging")
PRODUCTION = environment(
    "production",
    promotes_from="staging",
    registry={"name": "main", "alias": "champion", "challenger_alias": "challenger"},
    signals=SIGNALS,
)


class Written:
    """The five specs of a model under floors and in environments."""

    def __init__(self, new: NewModel, *floors: dict[str, Any], environments: Any = (STAGING, PRODUCTION)) -> None:
        document = {"schema": "floors/v1", "floors": tuple({"name": "floor", "when": {}} | floor for floor in floors)}
        self.files = specs(new, Floors.model_validate(document), environments)

    def _read(self, name: str, spec: Any) -> Any:
        path = f"models/churn/{name}.yaml"
        return typed(path, self.files[path], spec)

    @property
    def manifest(self) -> Manifest:
        read: Manifest = self._read("manifest", Manifest)
        return read

    @property
    def thresholds(self) -> Thresholds:
        read: Thresholds = self._read("thresholds", Thresholds)
        return read

    @property
    def canary(self) -> Canary:
        read: Canary = self._read("canary", Canary)
        return read

    @property
    def gates(self) -> dict[str, Gate]:
        return {gate.metric: gate for gate in self.thresholds.gates if gate.absolute}

    @property
    def keep(self) -> dict[str, str]:
        return {kind: str(kept) for kind, kept in self._read("retention", Retention).keep.items()}

    @property
    def approvers(self) -> Approvers:
        read: Approvers = self._read("approvers", Approvers)
        return read


def churn(**facts: Any) -> NewModel:
    return NewModel(**{"name": "churn", "registered_model": "churn", "task": "binary", "inputs": "tabular", **facts})


def gate(metric: str, **fields: Any) -> dict[str, Any]:
    return {"gates": ({"metric": metric, "environments": ("production",), **fields},)}


def test_bounds_hold_in_every_environment_and_the_champion_where_releases_are_promoted_to() -> None:
    written = Written(churn())
    assert {gate.environments for gate in written.gates.values()} == {("staging", "production")}
    (champion,) = [gate for gate in written.thresholds.gates if not gate.absolute]
    assert (champion.metric, champion.environments, champion.test) == ("auc_roc", ("production",), "point")
    assert Written(churn(), environments=(STAGING,)).gates
    assert all(gate.absolute for gate in Written(churn(), environments=(STAGING,)).thresholds.gates)
    assert Written(churn(), environments=()).thresholds.gates == ()


@pytest.mark.parametrize(
    ("floor", "bound"),
    [(0.9, 0.9), (0.2, 0.7)],
)
def test_a_bound_is_the_stricter_of_ours_and_the_floor_s(floor: float, bound: float) -> None:
    written = Written(churn(), gate("auc_roc", at_least=floor))
    assert written.gates["auc_roc"].at_least == bound
    assert len([one for one in written.thresholds.gates if one.metric == "auc_roc"]) == 2


@pytest.mark.parametrize(("floor", "bound"), [(50, 50), (5000, 200)])
def test_latency_is_bounded_by_the_stricter_and_over_as_many_calls_as_are_measured(floor: int, bound: int) -> None:
    latency = Written(churn(), gate("latency_p95", at_most=floor)).gates["latency_p95"]
    assert (latency.at_most, latency.min_samples) == (bound, 100)


@pytest.mark.parametrize(
    "floor",
    [
        gate("auc_roc", at_least=0.8, slice="REGION"),
        gate("auc_roc", at_least=0.8, min_samples=5000),
        gate("auc_roc", at_most=0.99),
        gate("auc_roc", versus="baseline", relative=0.1),
        gate("toxicity", at_most=0.01),
    ],
)
def test_a_floor_s_gate_of_another_kind_is_added_as_it_is(floor: dict[str, Any]) -> None:
    written = Written(churn(), floor)
    assert Gate.model_validate(floor["gates"][0]) in written.thresholds.gates
    assert written.gates["auc_roc"].at_least in (0.7, 0.8, None)


def test_a_metric_that_only_a_floor_names_is_declared_in_its_direction() -> None:
    written = Written(churn(), gate("toxicity", at_most=0.01), gate("helpfulness", at_least=0.5))
    metrics = written.thresholds.metrics
    assert (metrics["toxicity"].better, metrics["toxicity"].computed) == ("lower", "reported")
    assert (metrics["helpfulness"].better, metrics["helpfulness"].computed) == ("higher", "reported")
    assert metrics["auc_roc"].computed == "builtin"


def test_groups_are_compared_where_a_column_is_named() -> None:
    assert "demographic_parity_difference" not in Written(churn()).thresholds.metrics
    parity = Written(churn(group="SEX")).gates["demographic_parity_difference"]
    assert (parity.slice, parity.at_most) == ("SEX", 0.1)
    # A regression's differences have a scale of their own, which nobody has told.
    assert Written(churn(task="regression", group="SEX")).gates.keys() == {"r2", "latency_p95"}


def test_every_metric_of_a_gate_or_a_comparison_is_declared() -> None:
    for task in (None, "binary", "multiclass", "regression", "ranking", "generation", "forecast"):
        written = Written(churn(task=task, group="SEX"))
        declared = set(written.thresholds.metrics)
        assert {one.metric for one in written.thresholds.gates} <= declared
        for plan in written.canary.environments.values():
            assert plan.analysis.compare is None or plan.analysis.compare.metric in declared


def test_triggers_watch_what_an_environment_measures_on_the_side_that_is_bad() -> None:
    names = [trigger.name for trigger in Written(churn()).thresholds.triggers]
    assert names == ["error-budget", "bad-scores", "mean-drift", "any-drift"]
    assert {trigger.environments for trigger in Written(churn()).thresholds.triggers} == {("production",)}
    turned = {"error_budget_remaining": {"prometheus": "burnt", "better": "lower"}}
    _, measured = environment("production", signals=turned)
    written = Written(churn(), environments=(STAGING, (EnvironmentName("production"), measured)))
    assert written.thresholds.triggers == ()


def test_drift_of_features_is_watched_where_there_are_features() -> None:
    names = [trigger.name for trigger in Written(churn(inputs="image")).thresholds.triggers]
    assert names == ["error-budget", "bad-scores"]


@pytest.mark.parametrize(
    ("tier", "weights"), [("high", [5, 20, 50]), (None, [5, 20, 50]), ("medium", [10, 50]), ("low", [25])]
)
def test_a_canary_is_the_more_careful_the_more_harm_a_model_can_do(tier: Any, weights: list[int]) -> None:
    plans = Written(churn(tier=tier)).canary.environments
    assert list(plans) == ["production"]
    assert [step.weight for step in plans[EnvironmentName("production")].steps] == weights


@pytest.mark.parametrize(
    ("tier", "least", "steps"),
    [
        ("low", (10, "24h", 1), [(10, "24h")]),
        ("low", (50, "2h", 1), [(25, "24h")]),
        ("low", (50, "2h", 2), [(5, "24h"), (20, "3d"), (50, "7d")]),
        ("high", (1, "4d", 3), [(1, "4d"), (20, "4d"), (50, "7d")]),
        ("high", (50, "1h", 5), [(1, "24h"), (2, "24h"), (5, "24h"), (20, "3d"), (50, "7d")]),
    ],
)
def test_a_canary_never_undercuts_its_floor(tier: Any, least: tuple[int, str, int], steps: list[Any]) -> None:
    first, hold, count = least
    floor = {"first_weight_at_most": first, "hold_at_least": hold, "steps_at_least": count}
    plan = Written(churn(tier=tier), {"canary": {"production": floor}}).canary.environments[
        EnvironmentName("production")
    ]
    assert [(step.weight, str(step.hold)) for step in plan.steps] == steps
    assert plan.analysis.guardrails == ("error-budget", "bad-scores")
    assert plan.analysis.deadline.fixed >= 2 * max(step.hold.fixed for step in plan.steps)


@pytest.mark.parametrize(
    ("facts", "metric", "margin"),
    [
        ({"task": "binary"}, "auc_roc", 0.02),
        ({"task": "multiclass"}, "macro_f1", 0.02),
        ({"task": "regression"}, "mae", 0.02),
        ({"task": "regression", "range": (-10.0, 110.0)}, "mae", 2.0),
        ({"task": "regression", "range": (5.0, 5.0)}, "mae", 0.02),
    ],
)
def test_a_canary_lets_a_release_pass_that_is_as_good(facts: Any, metric: str, margin: float) -> None:
    compare = Written(churn(**facts)).canary.environments[PRODUCTION[0]].analysis.compare
    assert compare is not None
    assert (compare.metric, compare.worse_by_at_most) == (metric, margin)


def test_an_environment_without_a_challenger_has_a_canary_only_where_a_floor_demands_one() -> None:
    floor = {"first_weight_at_most": 10, "hold_at_least": "1h", "steps_at_least": 1}
    assert set(Written(churn(), {"canary": {"staging": floor}}).canary.environments) == {"staging", "production"}


@pytest.mark.parametrize(
    ("floor", "kept"),
    [("4y", "5y"), ("60mo", "5y"), ("7y", "7y"), ("10y", "10y"), ("3000d", "3000d"), ("30d", "5y")],
)
def test_records_are_kept_as_long_as_the_longest_floor_demands(floor: str, kept: str) -> None:
    keep = Written(churn(), {"retention": {"signoffs": floor}}, {"retention": {"signoffs": "1y"}}).keep
    assert keep["signoffs"] == kept
    assert keep["inference_logs"] == "6mo"
    assert len(keep) == 8


@pytest.mark.parametrize(
    ("allowed", "given", "fallback"),
    [
        ((("previous", "rules"),), None, "previous"),
        ((("rules", "none"),), None, "none"),
        ((("rules", "none"), ("rules", "previous")), None, "rules"),
        ((("rules",), ("none",)), None, "previous"),
        ((("rules",),), "none", "none"),
    ],
)
def test_a_fallback_is_one_that_the_floors_allow_unless_somebody_says_another(
    allowed: tuple[tuple[str, ...], ...], given: Any, fallback: str
) -> None:
    written = Written(churn(fallback=given), *({"fallback": one} for one in allowed))
    assert written.manifest.fallback == fallback


def test_what_is_said_stands_in_the_manifest_and_what_is_not_stands_there_as_a_comment() -> None:
    text = Written(NewModel("churn", "churn")).files["models/churn/manifest.yaml"].decode()
    for field in ("owner", "sponsor", "on_call", "escalation", "tier", "compliance", "limitations", "task", "label"):
        assert f"\n# {field}: " in text
    said = churn(
        owner=("t", "#t"), sponsor="s", on_call="o", tier="low", compliance=(), limitations="l", label=("y", "1d")
    )
    written = Written(said, {"when": {"tier": ("high",)}, "retention": {"signoffs": "9y"}})
    assert (
        "\n# " not in written.files["models/churn/manifest.yaml"].decode().partition("fallback")[0].partition("\n")[2]
    )
    assert written.manifest.compliance == ()
    assert [each.contact for each in written.manifest.escalation] == ["o", "o"]
    assert written.keep["signoffs"] == "5y"


def test_who_says_nothing_of_tier_and_regimes_starts_under_every_floor() -> None:
    high = {"when": {"tier": ("high",)}, "retention": {"signoffs": "9y"}}
    regulated = {"when": {"compliance": ("bsa",)}, "retention": {"ci_logs": "9y"}}
    keep = Written(churn(), high, regulated).keep
    assert (keep["signoffs"], keep["ci_logs"]) == ("9y", "9y")
    keep = Written(churn(tier="low", compliance=()), high, regulated).keep
    assert (keep["signoffs"], keep["ci_logs"]) == ("5y", "5y")


def test_roles_are_held_by_who_was_named_and_the_others_are_a_comment() -> None:
    written = Written(churn(roles={"ml-engineer": ("gus", {"team": "risk"})}, unheld=("team-lead", "on-call")))
    assert len(written.approvers.roles) == 1
    text = written.files["models/churn/approvers.yaml"].decode()
    assert "# Nobody holds team-lead, on-call yet" in text
    assert "Nobody holds" not in Written(churn()).files["models/churn/approvers.yaml"].decode()
