"""Specs are strict, frozen, and take exactly the forms that the contract names."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from modelward.specs.environment import Pointers, SignalSource
from modelward.specs.kinds import KINDS, kind_of
from modelward.specs.manifest import Deployment
from modelward.specs.signoff import Requirement
from modelward.specs.thresholds import Gate, Metric, Trigger

GATE = {"metric": "auc_roc", "environments": ("production",)}
TRIGGER = {
    "name": "drift",
    "environments": ("production",),
    "signal": "feature_drift",
    "severity": "high",
    "respond_within": "4h",
    "action": "rollback",
}


@pytest.mark.parametrize(
    "form",
    [
        {"at_least": 0.75},
        {"at_most": 0},
        {"versus": "champion", "worse_by_at_most": 0.0, "test": "point"},
        {"versus": "champion", "worse_by_at_most": 0.02, "test": "non_inferiority"},
        {"versus": "champion", "better_by_at_least": 0.01, "test": "superiority"},
        {"versus": "baseline", "relative": 0.1},
    ],
)
def test_a_gate_takes_each_of_its_forms(form: dict[str, Any]) -> None:
    assert Gate.model_validate(GATE | form).absolute == ("versus" not in form)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"at_least": 0.7, "at_most": 0.9},
        {"at_least": 0.7, "test": "point"},
        {"at_least": True},
        {"at_least": "0.7"},
        {"at_least": float("nan")},
        {"at_least": float("inf")},
        {"versus": "champion", "worse_by_at_most": 0.0},
        {"versus": "champion", "worse_by_at_most": -0.1, "test": "point"},
        {"versus": "champion", "worse_by_at_most": 0.0, "test": "superiority"},
        {"versus": "champion", "better_by_at_least": 0.0, "test": "point"},
        {"versus": "baseline"},
        {"versus": "baseline", "relative": 0.1, "test": "point"},
    ],
)
def test_a_gate_of_no_form_is_refused(form: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Gate.model_validate(GATE | form)


@pytest.mark.parametrize(
    "bounds", [{"above": 0.7}, {"below": 0.4, "for": "15m"}, {"above": 0, "over": "features", "aggregate": "any"}]
)
def test_a_trigger_has_one_bound(bounds: dict[str, Any]) -> None:
    assert Trigger.model_validate(TRIGGER | bounds).name == "drift"


@pytest.mark.parametrize(
    "bounds", [{}, {"above": 1, "below": 0}, {"above": 1, "over": "features"}, {"above": 1, "aggregate": "any"}]
)
def test_a_trigger_without_one_bound_or_with_half_an_aggregate_is_refused(bounds: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Trigger.model_validate(TRIGGER | bounds)


def test_a_requirement_wants_all_or_any_and_review_with_may_sign() -> None:
    when = {"name": "x", "when": {}}
    slots = ({"role": "team-lead"},)
    assert Requirement.model_validate(when | {"any": slots}).any is not None
    for wrong in ({}, {"all": slots, "any": slots}, {"all": ()}, {"all": slots, "proposer": "may-sign"}):
        with pytest.raises(ValidationError):
            Requirement.model_validate(when | wrong)


@pytest.mark.parametrize("alias", ["latest", "v1", "Champion", "a.b", "a:b", ""])
def test_an_alias_that_the_registry_keeps_or_confuses_is_refused(alias: str) -> None:
    with pytest.raises(ValidationError):
        Pointers.model_validate({"name": "main", "alias": alias})


def test_champion_and_challenger_cannot_be_one_alias() -> None:
    with pytest.raises(ValidationError):
        Pointers.model_validate({"name": "main", "alias": "champion", "challenger_alias": "champion"})


def test_a_signal_has_one_source() -> None:
    assert SignalSource.model_validate({"monitor": "psi"}).monitor == "psi"
    for wrong in ({}, {"monitor": "psi", "file": "x"}):
        with pytest.raises(ValidationError):
            SignalSource.model_validate(wrong)


def test_a_value_counts_for_twice_as_long_as_it_takes_to_come_again_unless_its_environment_says_otherwise() -> None:
    for source, minutes in (
        ({"file": "x", "every": "1h"}, 120),
        ({"file": "x", "every": "1h", "max_age": "5m"}, 5),
        ({"monitor": "psi", "every": "30m"}, 60),
        ({"prometheus": "up"}, 20),
        ({"prometheus": "up", "max_age": "1h"}, 60),
    ):
        assert SignalSource.model_validate(source).counts_for == timedelta(minutes=minutes)
    assert SignalSource.model_validate({"monitor": "psi"}).counts_for is None


@pytest.mark.parametrize(
    "source",
    [
        {"file": "x"},
        {"file": "x", "every": "0s"},
        {"prometheus": "up", "max_age": "0m"},
        {"prometheus": "up", "every": "1m"},
    ],
)
def test_a_source_whose_values_would_count_for_ever_or_never_is_refused(source: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        SignalSource.model_validate(source)


@pytest.mark.parametrize(
    ("value", "field"), [("7", "promote_step"), (True, "promote_step"), ("true", "ml_enabled"), (1, "ml_enabled")]
)
def test_nothing_is_coerced(value: object, field: str) -> None:
    with pytest.raises(ValidationError):
        Deployment.model_validate({"release": "1.0.0", field: value})


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError):
        Metric.model_validate({"better": "higher", "unit": "ratio", "computed": "builtin", "extra": 1})


def test_nothing_changes_after_reading() -> None:
    deployment = Deployment.model_validate({"release": "1.0.0", "tenants": {"a": "1.0.0"}})
    with pytest.raises(ValidationError):
        deployment.release = "2.0.0"  # type: ignore[misc,assignment]
    with pytest.raises(TypeError):
        deployment.tenants["b"] = "2.0.0"  # type: ignore[index]
    with pytest.raises(TypeError):
        Deployment.model_validate({"release": "1.0.0"}).tenants["b"] = "2.0.0"  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("models/m/manifest.yaml", "manifest"),
        ("models/m/releases/1.0.0/release.yaml", "release"),
        ("environments/registries.yaml", "registries"),
        ("environments/production.yaml", "environment"),
        ("policies/waivers/w-1.yaml", "waiver"),
        ("policies/tests/a.yaml", "cases"),
        ("models/m/sub/manifest.yaml", None),
        ("manifest.yaml", None),
        ("environments/a/b.yaml", None),
        ("policies/people.yaml.bak", None),
    ],
)
def test_a_kind_stands_at_its_path_alone(path: str, kind: str | None) -> None:
    found = kind_of(path)
    assert (found.name if found else None) == kind


def test_every_kind_has_a_schema_that_is_one() -> None:
    from jsonschema import Draft202012Validator

    for kind in KINDS:
        schema = TypeAdapter(kind.spec).json_schema()
        Draft202012Validator.check_schema(schema)
        assert schema["properties"]["schema"]["const"] == f"{kind.name}/v1"
