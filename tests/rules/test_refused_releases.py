"""A release is refused for exactly what is wrong with it: all rules are asked, and one of them answers."""

import hashlib
import json
from typing import Any

import pytest

from repository import Repository

MODEL = "models/credit-score"
RELEASE = f"{MODEL}/releases/1.1.0"
PROMOTION = (f"{MODEL}/manifest.yaml", 'production: {release: "1.0.0"}', 'production: {release: "1.1.0"}')


def measured(repository: Repository, kind: str, **changes: Any) -> None:
    """Let the first number of a document be another, as a tool that measured it would have pinned it."""
    path = f"{RELEASE}/{kind}.json"
    before = repository.read(path)
    document = json.loads(before)
    numbers = document["content"]["comparisons" if kind == "backtest" else "measurements"]
    numbers[0] |= changes
    text = json.dumps(document, indent=2)
    repository.write(path, text)
    repository.replace(f"{RELEASE}/release.yaml", _digest(before), _digest(text))


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def refusals(repository: Repository) -> list[tuple[str, str, str]]:
    """What every rule says when the release is promoted to production: rule, verdict and message."""
    repository.commit("The release waits in staging")
    repository.replace(*PROMOTION)
    ended = repository.modelward("validate", "--base", "HEAD", "--at", "2026-11-20T09:00:00Z", "--format", "json")
    document = ended.json
    assert document["counts"]["not_evaluated"] == 0
    assert ended.code == (1 if document["findings"] else 0)
    return [(found["rule"], found["verdict"], found["message"]) for found in document["findings"]]


def test_a_release_that_shows_what_is_demanded_enters(example: Repository) -> None:
    assert refusals(example) == []


def test_a5_a_biased_release_is_refused_for_its_bias(example: Repository) -> None:
    measured(
        example,
        "bias",
        value=0.184,
        interval={"low": 0.142, "high": 0.229, "confidence": 0.95, "method": "bootstrap", "draws": 500, "seed": 7},
    )
    assert refusals(example) == [
        ("absolute-gates", "fail", "demographic_parity_difference of release 1.1.0 is 0.184, above 0.1")
    ]


def test_e4_a_release_that_is_worse_than_its_champion_on_the_same_rows_is_refused_for_that(example: Repository) -> None:
    measured(
        example,
        "backtest",
        champion=0.829,
        difference=-0.035,
        interval={
            "low": -0.051,
            "high": -0.018,
            "confidence": 0.95,
            "method": "paired bootstrap",
            "draws": 500,
            "seed": 7,
        },
    )
    assert refusals(example) == [
        (
            "champion-gates",
            "fail",
            "auc_roc of release 1.1.0 may be 0.051 worse than the champion's 0.829, which is not less than 0.02",
        )
    ]


@pytest.mark.parametrize(
    ("kind", "rule", "message"),
    [
        ("metrics", "absolute-gates", "auc_roc of release 1.1.0 was measured on 120 samples, fewer than 300"),
        (
            "bias",
            "absolute-gates",
            "demographic_parity_difference of release 1.1.0 was measured on 120 samples, fewer than 300",
        ),
        ("backtest", "champion-gates", "auc_roc of release 1.1.0 was compared on 120 samples, fewer than 300"),
    ],
)
def test_a_release_that_was_measured_on_too_few_rows_is_refused_for_that(
    example: Repository, kind: str, rule: str, message: str
) -> None:
    measured(example, kind, samples=120)
    assert refusals(example) == [(rule, "inconclusive", message)]


def test_a_release_that_was_compared_with_an_earlier_champion_is_refused_for_that(example: Repository) -> None:
    example.replace(f"{MODEL}/manifest.yaml", 'production: {release: "1.0.0"}', 'production: {release: "1.2.0"}')
    example.commit("Another release went ahead")
    example.replace(f"{MODEL}/manifest.yaml", 'production: {release: "1.2.0"}', 'production: {release: "1.1.0"}')
    document = example.modelward("validate", "--base", "HEAD", "--at", "2026-11-20T09:00:00Z", "--format", "json").json
    assert [(found["rule"], found["verdict"]) for found in document["findings"]] == [("champion-gates", "inconclusive")]
    assert document["findings"][0]["message"] == "the backtest compares with 1.0.0, and production runs 1.2.0"


def test_a_refusal_names_the_line_of_the_evidence_and_the_line_of_the_gate(example: Repository) -> None:
    measured(example, "metrics", value=0.7)
    example.commit("The release waits in staging")
    example.replace(*PROMOTION)
    ended = example.modelward("validate", "--base", "HEAD", "--at", "2026-11-20T09:00:00Z")
    assert ended.code == 1
    block = ended.out[ended.out.index("error[absolute-gates]") :].splitlines()
    evidence = example.read(f"{RELEASE}/metrics.json").splitlines()
    gates = example.read(f"{MODEL}/thresholds.yaml").splitlines()
    measured_at = next(number for number, line in enumerate(evidence, 1) if '"value": 0.7,' in line)
    gate_at = next(number for number, line in enumerate(gates, 1) if "at_least: 0.75" in line)
    assert block[0] == "error[absolute-gates]: auc_roc of release 1.1.0 is 0.7, below 0.75"
    assert any(line.startswith(f"  --> {RELEASE}/metrics.json:{measured_at}:") for line in block)
    assert any(line.startswith(f"  ::: {MODEL}/thresholds.yaml:{gate_at}:") for line in block)
