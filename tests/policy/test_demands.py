"""What floors demand of a model: the strictest of each demand, and the place where it stands."""

from typing import Any

import pytest

from modelward.policy.demands import Demands
from modelward.specs.manifest import Manifest
from modelward.specs.policy import Floors
from modelward.specs.scalars import EnvironmentName

PRODUCTION = EnvironmentName("production")


def manifest(**changes: Any) -> Manifest:
    """A manifest with some fields changed."""
    least = {
        "schema": "manifest/v1",
        "model": "m",
        "registered_model": "m",
        "summary": "s",
        "task": "binary",
        "inputs": "other",
        "outputs": (),
        "fallback": "none",
    }
    return Manifest.model_validate(least | changes)


def demands(*floors: dict[str, Any], **changes: Any) -> Demands:
    """What floors of these fields demand of a manifest; they bind every model unless they say otherwise."""
    named = tuple({"name": f"floor {index}", "when": {}} | floor for index, floor in enumerate(floors))
    return Demands(Floors.model_validate({"schema": "floors/v1", "floors": named}), manifest(**changes))


def test_a_floor_that_does_not_bind_demands_nothing() -> None:
    everything = {
        "when": {"tier": ("high",)},
        "evidence": {"production": {"metrics": {}}},
        "signed_evidence": ("metrics",),
        "gates": ({"metric": "f1", "environments": ("production",), "at_least": 0.5},),
        "triggers": ("rollback",),
        "respond_within": {"high": "24h"},
        "fallback": ("rules",),
        "canary": {"production": {"first_weight_at_most": 10, "hold_at_least": "1h", "steps_at_least": 1}},
        "retention": {"signoffs": "5y"},
        "ticket": {"prefix": "GOV-"},
    }
    free, bound = demands(everything, tier="low"), demands(everything, tier="high")
    for one, expected in ((free, 0), (bound, 1)):
        assert len(one.evidence(PRODUCTION)) == expected
        assert len(one.signed_evidence()) == expected
        assert len(list(one.gates())) == expected
        assert len(one.triggers()) == expected
        assert len(one.response()) == expected
        assert len(list(one.fallback())) == expected
        assert len(one.canary()) == expected
        assert len(one.retention()) == expected
        assert len(list(one.tickets())) == expected
        assert len(one.environments()) == expected


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_shortest_age_of_a_kind_binds(order: tuple[int, ...]) -> None:
    ages: tuple[dict[str, Any], ...] = (
        {"metrics": {}, "bias": {}},
        {"metrics": {"max_age": "720h"}},
        {"metrics": {"max_age": "31d"}},
    )
    merged = demands(*({"evidence": {"production": ages[index]}} for index in order)).evidence(PRODUCTION)
    assert merged.keys() == {"metrics", "bias"}
    metrics = merged["metrics"]
    assert str(metrics.value.max_age) == "720h"
    place = order.index(1)
    assert (metrics.floor, metrics.pointer) == (
        f"floor {place}",
        ("floors", place, "evidence", "production", "metrics"),
    )
    assert merged["bias"].value.max_age is None


def test_of_equal_ages_the_first_floor_is_named() -> None:
    one = {"evidence": {"production": {"metrics": {"max_age": "30d"}}}}
    assert demands(one, one).evidence(PRODUCTION)["metrics"].floor == "floor 0"


def test_evidence_for_another_environment_is_not_demanded() -> None:
    one: dict[str, Any] = {"evidence": {"production": {"metrics": {}}}}
    assert demands(one).evidence(EnvironmentName("staging")) == {}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_strictest_of_each_bound_of_a_canary_binds(order: tuple[int, ...]) -> None:
    cautious: tuple[dict[str, Any], ...] = (
        {"first_weight_at_most": 5, "hold_at_least": "1d", "steps_at_least": 1},
        {"first_weight_at_most": 10, "hold_at_least": "25h", "steps_at_least": 3},
    )
    merged = demands(*({"canary": {"production": cautious[index]}} for index in order)).canary()[PRODUCTION]
    slow, small = order.index(1), order.index(0)
    assert merged.first_weight_at_most.value == 5
    assert merged.first_weight_at_most.pointer == ("floors", small, "canary", "production", "first_weight_at_most")
    assert str(merged.hold_at_least.value) == "25h"
    assert merged.hold_at_least.pointer == ("floors", slow, "canary", "production", "hold_at_least")
    assert merged.steps_at_least.value == 3
    assert merged.steps_at_least.floor == f"floor {slow}"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_shortest_response_of_a_severity_binds(order: tuple[int, ...]) -> None:
    times: tuple[dict[str, str], ...] = ({"high": "24h", "critical": "4h"}, {"high": "1379m"}, {"high": "1380m"})
    merged = demands(*({"respond_within": times[index]} for index in order)).response()
    assert {severity: str(demand.value) for severity, demand in merged.items()} == {"high": "1379m", "critical": "4h"}
    assert merged["high"].pointer == ("floors", order.index(1), "respond_within", "high")


def test_of_equal_responses_the_first_floor_is_named() -> None:
    one: dict[str, Any] = {"respond_within": {"high": "24h"}}
    assert demands(one, one).response()["high"].floor == "floor 0"


def test_all_retention_of_a_kind_binds_the_longest_first() -> None:
    merged = demands(
        {"retention": {"signoffs": "59d"}},
        {"retention": {"signoffs": "2mo", "ci_logs": "1y"}},
        {"retention": {"signoffs": "61d"}},
    ).retention()
    assert [str(demand.value) for demand in merged["signoffs"]] == ["2mo", "61d", "59d"]
    assert [demand.pointer for demand in merged["ci_logs"]] == [("floors", 1, "retention", "ci_logs")]


def test_gates_triggers_fallbacks_and_tickets_are_named_with_their_place() -> None:
    gate = {"metric": "f1", "environments": ("production",), "at_least": 0.5}
    merged = demands(
        {"gates": (gate,), "triggers": ("page", "rollback"), "fallback": ("rules",), "ticket": {"prefix": "A-"}},
        {"gates": (gate, gate), "triggers": ("rollback",), "fallback": ("none", "rules"), "ticket": {"prefix": "A-B-"}},
    )
    assert [demand.pointer for demand in merged.gates()] == [
        ("floors", 0, "gates", 0),
        ("floors", 1, "gates", 0),
        ("floors", 1, "gates", 1),
    ]
    assert {action: demand.pointer for action, demand in merged.triggers().items()} == {
        "page": ("floors", 0, "triggers", 0),
        "rollback": ("floors", 0, "triggers", 1),
    }
    assert [demand.value for demand in merged.fallback()] == [("rules",), ("none", "rules")]
    assert [(demand.value, demand.pointer) for demand in merged.tickets()] == [
        ("A-", ("floors", 0, "ticket", "prefix")),
        ("A-B-", ("floors", 1, "ticket", "prefix")),
    ]


def test_the_environments_that_floors_speak_of_are_named_where_they_do_so_first() -> None:
    merged = demands(
        {"evidence": {"staging": {}}},
        {
            "gates": ({"metric": "f1", "environments": ("staging", "production"), "at_least": 0.5},),
            "canary": {
                "production": {"first_weight_at_most": 10, "hold_at_least": "1h", "steps_at_least": 1},
                "edge": {"first_weight_at_most": 10, "hold_at_least": "1h", "steps_at_least": 1},
            },
        },
    ).environments()
    assert {name: demand.pointer for name, demand in merged.items()} == {
        "staging": ("floors", 0, "evidence", "staging"),
        "production": ("floors", 1, "gates", 0),
        "edge": ("floors", 1, "canary", "edge"),
    }


def test_a_floor_demands_nothing_of_what_it_does_not_speak_of() -> None:
    silent = demands({})
    assert list(silent.fallback()) == []
    assert list(silent.tickets()) == []
    assert list(silent.gates()) == []
    assert silent.environments() == {}
