"""Rows of the mission that the repository's own models declare: A1 to A4, A13, A17, C4, C8, C12, C14, D1, D2, D6, D7,
D12, D13, E4, E9, E12 and E17.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from modelward.rules.loading import load_rules
from modelward.rules.running import Judge
from modelward.specs.scalars import EnvironmentName, ReleaseName
from modelward.specs.thresholds import Gate, Trigger
from modelward.tree.directory import DirectorySource
from modelward.tree.model import Model
from modelward.tree.snapshot import Snapshot

PROJECT = Path(__file__).resolve().parents[2]
MODELS = ("credit-risk", "delivery-eta", "fraud-detection")
PRODUCTION = EnvironmentName("production")


def shipped(name: str) -> Model:
    """A model as it is committed."""
    return Snapshot(DirectorySource(PROJECT)).model(name)


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest) -> Model:
    """Each model as it is committed."""
    return shipped(request.param)


def triggers(name: str, action: str) -> dict[str, Trigger]:
    """The triggers of a model that permit an action in production, by signal; none is named twice for one action."""
    found = [
        trigger
        for trigger in shipped(name).thresholds.spec.triggers
        if trigger.action == action and PRODUCTION in trigger.environments
    ]
    by_signal = {
        f"{trigger.signal}/{trigger.aggregate}" if trigger.over else trigger.signal: trigger for trigger in found
    }
    assert len(by_signal) == len(found)
    return by_signal


def bound(trigger: Trigger) -> tuple[float | None, float | None, timedelta | None]:
    """Above what, below what, and for how long."""
    return trigger.above, trigger.below, None if trigger.for_ is None else trigger.for_.fixed


def against_champion(name: str) -> list[Gate]:
    """The gates of production that compare with the champion."""
    return [gate for gate in shipped(name).thresholds.spec.gates if gate.versus == "champion"]


def test_c6_d13_what_serves_longer_than_its_model_may_is_reported_for_retraining() -> None:
    snapshot = Snapshot(DirectorySource(PROJECT))
    records = [snapshot.model(name).release(release).spec.trained for name, release in _serving(snapshot)]
    trained = max(one.at for one in records if one is not None)
    for later, expected in ((timedelta(days=10), []), (timedelta(days=31), ["credit-risk", "delivery-eta"])):
        judge = Judge(snapshot, load_rules(snapshot), trained + later, only=["retraining-due"])
        judge.models(MODELS, base=None, beside=(), progress=lambda _done: None)
        assert [one.model for one in judge.judgement.findings] == expected
        assert not any(one.denies for one in judge.judgement.findings)


def _serving(snapshot: Snapshot) -> list[tuple[str, ReleaseName]]:
    return [(name, snapshot.model(name).manifest.spec.deployments[PRODUCTION].release) for name in MODELS]


def test_a1_the_manifest_names_owner_sponsor_and_on_call(model: Model) -> None:
    manifest = model.manifest.spec
    assert manifest.owner is not None
    assert manifest.owner.team
    assert manifest.sponsor
    assert manifest.on_call


def test_a2_fraud_detection_is_retrained_on_the_first_monday_or_at_once_when_drift_burn_or_regulators_say_so() -> None:
    retraining = shipped("fraud-detection").manifest.spec.retraining
    assert retraining is not None
    assert retraining.cadence.endswith("MON#1")
    found = triggers("fraud-detection", "retrain")
    assert bound(found["feature_drift/any"]) == (0.6, None, timedelta(hours=2))
    assert bound(found["error_budget_burn_4h"]) == (1.0, None, None)
    assert bound(found["regulator_validated_errors_7d"]) == (10, None, None)


def test_a3_every_release_pins_its_training_data_by_digest_and_snapshot(model: Model) -> None:
    for release in model.releases.values():
        (training,) = [dataset for dataset in release.spec.datasets if dataset.role == "training"]
        assert training.digest.startswith("sha256:")
        assert training.snapshot


def test_a4_earlier_releases_and_their_bias_reports_stay_on_record(model: Model) -> None:
    assert list(model.releases) == ["1.0.0", "1.1.0", "1.2.0"]
    for release in model.releases.values():
        bias = release.newest_evidence()["bias"]
        assert bias.digest == bias.pin.digest


def test_a13_e12_fraud_detection_is_rolled_back_for_each_of_its_reasons() -> None:
    found = triggers("fraud-detection", "rollback")
    assert bound(found["error_budget_remaining"]) == (None, 0.4, timedelta(minutes=15))
    assert bound(found["feature_drift/mean"]) == (0.75, None, None)
    assert bound(found["false_negative_escalations_1h"]) == (3, None, None)
    answers = {signal: trigger.respond_within.text for signal, trigger in found.items()}
    assert answers["feature_drift/mean"] == answers["score_shift_sigma"] == "4h"
    assert answers["false_positive_rate_rise"] == answers["latency_p95"] == "24h"
    assert answers["score_invalid_ratio"] == "0m"
    assert bound(found["score_shift_sigma"]) == (3, None, None)
    assert bound(found["false_positive_rate_rise"]) == (0.2, None, None)


def test_e12_the_bsa_officer_alone_can_sign_a_rollback() -> None:
    requirements = Snapshot(DirectorySource(PROJECT)).signoff.spec.requirements
    (rollback,) = [requirement for requirement in requirements if "rollback" in (requirement.when.change or ())]
    assert "bsa-officer" in {slot.role for slot in rollback.any or ()}


def test_c4_f1_and_calibration_of_credit_risk_are_held_against_the_baseline_and_a_bound() -> None:
    gates = shipped("credit-risk").thresholds.spec.gates
    assert [gate.relative for gate in gates if gate.metric == "f1" and gate.versus == "baseline"] == [0.1]
    assert bound(triggers("credit-risk", "rollback")["brier"]) == (0.2, None, timedelta(days=1))


def test_c8_credit_risk_has_a_warning_and_a_critical_level_for_speed_and_volume() -> None:
    watched = shipped("credit-risk").thresholds.spec.triggers
    slow = {trigger.severity: trigger.above for trigger in watched if trigger.signal == "latency_p95"}
    quiet = {trigger.severity: trigger.below for trigger in watched if trigger.signal == "predictions_per_hour"}
    assert slow == {"warning": 500, "critical": 2000}
    assert quiet == {"warning": 50, "critical": 10}


def test_e4_c12_the_backtest_criteria_of_fraud_detection_are_declared() -> None:
    declared = {
        (gate.metric, gate.test): gate.better_by_at_least if gate.test == "superiority" else gate.worse_by_at_most
        for gate in against_champion("fraud-detection")
    }
    assert declared == {
        ("auc_roc", "point"): 0.0,
        ("precision", "non_inferiority"): 0.02,
        ("recall", "non_inferiority"): 0.02,
        ("f1", "point"): 0.0,
        ("false_positive_rate", "non_inferiority"): 0.01,
        ("f1", "superiority"): 0.02,
        ("brier", "non_inferiority"): 0.001,
    }


def test_c14_every_model_says_who_answers_to_which_incident_and_how_soon(model: Model) -> None:
    escalation = model.manifest.spec.escalation
    assert {"production-down", "high-drift"} <= {each.incident for each in escalation}
    assert all(each.contact and each.within.fixed for each in escalation)


def test_d1_every_feature_has_an_entity_and_a_view_with_a_time_to_live(model: Model) -> None:
    manifest = model.manifest.spec
    ttl = {view.name: view.ttl for view in manifest.views}
    assert manifest.features
    for feature in manifest.features:
        assert feature.entity
        assert ttl[feature.view].fixed


def test_d2_every_view_declares_its_refresh_and_time_zone(model: Model) -> None:
    for view in model.manifest.spec.views:
        assert view.refresh
        assert view.timezone


@pytest.mark.parametrize("name", ["delivery-eta", "fraud-detection"])
def test_d2_views_are_refreshed_daily_every_six_hours_and_every_five_minutes(name: str) -> None:
    refreshed = {view.refresh for view in shipped(name).manifest.spec.views}
    assert {"0 2 * * *", "0 */6 * * *", "*/5 * * * *"} <= refreshed


def test_d6_d7_delivery_eta_falls_back_to_rules_when_slow_wrong_drifted_or_fed_with_old_features() -> None:
    manifest, thresholds = shipped("delivery-eta").manifest.spec, shipped("delivery-eta").thresholds.spec
    assert manifest.fallback == "rules"
    assert manifest.rules is not None
    found = triggers("delivery-eta", "fallback")
    assert found["latency_p95"].above == 2 * thresholds.slo["latency_p95"]
    assert {"mean_absolute_error", "feature_drift/any", "feature_age_over_ttl/max"} < set(found)


def test_d12_predictions_can_be_switched_off_by_a_declared_flag(model: Model) -> None:
    assert model.manifest.spec.deployments[PRODUCTION].ml_enabled is True


def test_d13_retraining_is_monthly_or_weekly() -> None:
    cadences = {name: shipped(name).manifest.spec.retraining for name in MODELS}
    assert {name: each.cadence for name, each in cadences.items() if each is not None} == {
        "credit-risk": "0 9 * * MON#1",
        "fraud-detection": "0 9 * * MON#1",
        "delivery-eta": "0 4 * * MON",
    }


def test_e9_models_of_high_tier_ramp_by_5_20_and_50_percent_over_days() -> None:
    for name in ("credit-risk", "fraud-detection"):
        steps = shipped(name).canary.spec.environments[PRODUCTION].steps
        assert [(step.weight, step.hold.text) for step in steps] == [(5, "24h"), (20, "3d"), (50, "7d")]


def test_a17_e17_records_are_kept_for_five_years(model: Model) -> None:
    keep = model.retention.spec.keep
    assert {kind for kind, duration in keep.items() if duration.text == "5y"} == set(keep) - {"inference_logs"}
