"""What a gate is held against: the newest document of each kind, by metric, slice and output."""

import json

import pytest

from modelward.rules.gating import compared, evidence_for, gates_into, measured, referenced, values
from modelward.rules.subjects import Change, Entry
from modelward.rules.subjects import Repository as Lookup
from modelward.specs.scalars import ReleaseName
from modelward.specs.thresholds import Gate
from repository import NOW, Repository

MODEL = "models/credit-score"
RELEASE = f"{MODEL}/releases/1.1.0"


def gate(metric: str, **further: object) -> Gate:
    return Gate.model_validate({"metric": metric, "environments": ("production",), "at_least": 0.1} | further)


def entry(repository: Repository, *, champion: bool = True) -> Entry:
    """The entry of release 1.1.0 into production."""
    before = repository.snapshot(repository.commit()).model("credit-score")
    manifest = repository.read(f"{MODEL}/manifest.yaml")
    repository.write(f"{MODEL}/manifest.yaml", manifest.replace('"1.0.0"', '"1.1.0"'))
    after = repository.snapshot().model("credit-score")
    change = Change(before if champion else None, after, lambda _environment: frozenset())
    (found,) = (one for one in change.entries if one.environment == "production")
    return found


@pytest.fixture
def entering(example: Repository) -> Entry:
    return entry(example)


def test_the_gates_of_an_entry_are_those_of_its_environment_and_form_with_their_samples(entering: Entry) -> None:
    fixed = list(gates_into(entering, None))
    assert [(one.gate.metric, one.samples) for one in fixed] == [
        ("auc_roc", 300),
        ("demographic_parity_difference", 300),
        ("latency_p95", 100),
    ]
    assert [one.note.place.span.line for one in fixed if one.note.place.span] == [8, 9, 10]
    (champion,) = gates_into(entering, "champion")
    assert champion.metric is not None
    assert champion.metric.better == "higher"
    assert list(gates_into(entering, "baseline")) == []


def test_a_gate_of_a_metric_that_nobody_declares_has_no_direction(example: Repository) -> None:
    example.replace(f"{MODEL}/thresholds.yaml", "  latency_p95: {better: lower, unit: ms, computed: builtin}\n", "")
    assert [one.metric is None for one in gates_into(entry(example), None)] == [False, False, True]


def test_a_measurement_is_found_with_its_place_by_metric_slice_and_output(entering: Entry) -> None:
    (found,) = measured(entering.release, gate("demographic_parity_difference", slice="age_group"))
    assert found.value.value == 0.032
    assert str(found.place("value")) == f"{RELEASE}/bias.json:7:82"
    for other in (
        gate("demographic_parity_difference"),
        gate("demographic_parity_difference", slice="region"),
        gate("demographic_parity_difference", slice="age_group", output="default_probability"),
        gate("auc_roc", slice="age_group"),
    ):
        assert measured(entering.release, other) == []


def test_comparisons_and_references_are_no_measurements(example: Repository) -> None:
    path = f"{RELEASE}/backtest.json"
    document = json.loads(example.read(path))
    document["content"]["reference"] = [{"metric": "auc_roc", "value": 0.9, "samples": 5, "unit": "ratio"}]
    example.write(path, json.dumps(document))
    release = example.snapshot().model("credit-score").release("1.1.0")
    backtest = release.newest_evidence()["backtest"]
    assert [found.value.value for found in measured(release, gate("auc_roc"))] == [0.794]
    assert [found.value.difference for found in compared(backtest, gate("auc_roc"))] == [0.022]
    assert [found.value.value for found in referenced(backtest, gate("auc_roc"))] == [0.9]
    assert [(found.value.metric, found.pointer) for found in values(backtest)] == [
        ("auc_roc", ("content", "comparisons", 0)),
        ("auc_roc", ("content", "reference", 0)),
    ]


def test_a_document_that_is_no_evidence_holds_no_values(example: Repository) -> None:
    example.write(f"{RELEASE}/backtest.json", "{}")
    backtest = example.snapshot().model("credit-score").release("1.1.0").newest_evidence()["backtest"]
    assert compared(backtest, gate("auc_roc")) == []
    assert referenced(backtest, gate("auc_roc")) == []
    assert list(values(backtest)) == []


@pytest.mark.parametrize("champion", [True, False])
def test_a_backtest_is_demanded_only_where_there_is_a_champion(example: Repository, champion: bool) -> None:
    example.replace("policies/floors.yaml", "bias: {}}", "bias: {}, backtest: {}}")
    entering = entry(example, champion=champion)
    kinds = evidence_for(entering, Lookup(example.snapshot(), NOW, {}))
    assert set(kinds) == {"metrics", "bias", *(["backtest"] if champion else [])}


def test_the_champion_is_what_the_base_deploys(example: Repository) -> None:
    entering = entry(example)
    assert entering.champion is not None
    assert entering.champion.spec.release == ReleaseName("1.0.0")
    assert entry(example, champion=False).champion is None
