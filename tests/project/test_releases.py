"""What the rules say of the shipped releases: the good ones come in, the others are refused for exactly their fault.

Rows C4, C12, E3 and E4 of the mission. Releases are judged at a fixed time, so that evidence does not grow old.
"""

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from embedded_registry import COMMITTED_ARTIFACTS, build
from modelward.rules import Finding
from modelward.rules.loading import load_rules
from operated import Clock
from recipes import RECIPES
from repository import PROJECT, Repository

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
GOVERNED = ("policies", "validators", "environments", "models")
MODELS = PROJECT / "models"
FEW = 400


class Refusal(NamedTuple):
    """A finding: its rule, its verdict, what it says, and the two places that it names."""

    rule: str
    verdict: str
    says: str
    evidence: str
    gate: str


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository of one commit with the shipped policies, rules, environments and models."""
    repository = Repository(tmp_path / "repository")
    for folder in GOVERNED:
        shutil.copytree(PROJECT / folder, repository.root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    repository.commit("Start")
    return repository


def deploy(repository: Repository, model: str, environment: str, release: str) -> None:
    """Change the line of the manifest."""
    path = f"models/{model}/manifest.yaml"
    line = rf'^(  {environment}: {{release: )"[^"]+"'
    text, changes = re.subn(line, rf'\g<1>"{release}"', repository.read(path), flags=re.MULTILINE)
    assert changes == 1
    repository.write(path, text)


def refusals(repository: Repository) -> list[Refusal]:
    """What the rules find on the change since the last commit."""
    judgement = repository.judge(load_rules(repository.snapshot()), repository.git("rev-parse", "HEAD"), AT)
    assert judgement.counts.not_evaluated == 0
    return [
        Refusal(
            one.rule, one.finding.verdict, one.finding.message, one.finding.place.path, _line(repository, one.finding)
        )
        for one in judgement.findings
    ]


def _line(repository: Repository, finding: Finding) -> str:
    """The line that the finding's first note points at."""
    place = finding.notes[0].place
    assert place.span is not None
    return repository.read(place.path).splitlines()[place.span.line - 1].strip(" -")


@pytest.mark.parametrize(
    "path", sorted(MODELS.glob("*/releases/*/metrics.json")), ids=lambda path: f"{path.parts[-4]}-{path.parts[-2]}"
)
def test_what_evidence_measures_is_what_scikit_learn_scored_at_the_end_of_training(path: Path) -> None:
    measured = {each["metric"]: each["value"] for each in json.loads(path.read_bytes())["content"]["measurements"]}
    scored = json.loads(path.with_name("training.json").read_bytes())["content"]["report"]["scores"]
    both = measured.keys() & scored.keys()
    assert len(both) >= 3
    for metric in both:
        assert measured[metric] == pytest.approx(scored[metric], abs=1e-6)


@pytest.mark.parametrize("model", sorted(RECIPES))
def test_the_second_release_may_replace_the_first_in_production(repository: Repository, model: str) -> None:
    deploy(repository, model, "production", "1.1.0")
    assert refusals(repository) == []


def test_a_biased_release_is_refused_for_the_difference_between_regions_alone(repository: Repository) -> None:
    deploy(repository, "fraud-detection", "staging", "1.2.0")
    (refused,) = refusals(repository)
    assert (refused.rule, refused.verdict) == ("absolute-gates", "fail")
    assert re.match(r"demographic_parity_difference of .* is 0\.03596, above 0\.02", refused.says)
    assert refused.evidence == "models/fraud-detection/releases/1.2.0/bias.json"
    assert refused.gate.startswith("{metric: demographic_parity_difference, slice: region,")


def test_the_biased_release_beats_its_champion_in_every_other_respect(repository: Repository) -> None:
    path = "models/fraud-detection/thresholds.yaml"
    repository.replace(
        path,
        "slice: region, environments: [staging, production], at_most: 0.02",
        "slice: region, environments: [staging, production], at_most: 0.1",
    )
    deploy(repository, "fraud-detection", "staging", "1.2.0")
    repository.commit("Let it in")
    deploy(repository, "fraud-detection", "production", "1.2.0")
    assert refusals(repository) == []


def test_a_release_worse_than_its_champion_on_the_same_rows_is_refused_for_that_alone(repository: Repository) -> None:
    deploy(repository, "delivery-eta", "staging", "1.2.0")
    assert refusals(repository) == []
    repository.commit("Stage")
    deploy(repository, "delivery-eta", "production", "1.2.0")
    (refused,) = refusals(repository)
    assert (refused.rule, refused.verdict) == ("champion-gates", "fail")
    assert refused.says.startswith("mae of release 1.2.0 may be 1.065 worse than the champion's 4.344")
    assert refused.evidence == "models/delivery-eta/releases/1.2.0/backtest.json"
    assert refused.gate.startswith("{metric: mae, environments: [production], versus: champion,")


def test_a_release_measured_on_too_few_rows_is_refused_for_that_alone(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.remove("models/delivery-eta/releases/1.2.0")
    repository.commit("As if it had never been")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", build(tmp_path / "registry", COMMITTED_ARTIFACTS))
    recipe = RECIPES["delivery-eta"]
    few = tmp_path / "few.csv"
    few.write_bytes(recipe.file(recipe.sides()["holdout"].head(FEW)))
    named = ("delivery-eta", "1.2.0")
    added = repository.modelward("release", "add", *named, "--registered-version", "3", "--ticket", "MLGOV-303")
    assert added.code == 0, added.err
    # What is collected now would come from the future for those who judge it then.
    with Clock(AT).running():
        collected = repository.modelward(
            "evidence", "collect", *named, "--data", str(few), "--id", "delivery", "--by", "engineer-1"
        )
    assert collected.code == 0, collected.err
    deploy(repository, "delivery-eta", "staging", "1.2.0")
    found = refusals(repository)
    assert {(refused.rule, refused.verdict) for refused in found} == {("absolute-gates", "inconclusive")}
    assert {refused.says.split(" ")[0] for refused in found} == {"mae", "r2", "within_10", "mae_difference"}
    for refused in found:
        assert re.search(r"on \d+ samples, fewer than 500", refused.says)


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_credit_release_1_2_0_is_refused_for_its_false_alarms(repository: Repository, environment: str) -> None:
    deploy(repository, "credit-risk", environment, "1.2.0")
    absolute = [refused for refused in refusals(repository) if refused.rule == "absolute-gates"]
    assert [(refused.verdict, refused.says.split(" ")[0]) for refused in absolute] == [
        ("fail", "precision"),
        ("fail", "false_positive_rate"),
        ("fail", "brier"),
    ]


def test_more_rows_demanded_than_measured_lets_nothing_in(repository: Repository) -> None:
    repository.replace("models/credit-risk/thresholds.yaml", "min_samples: 300", "min_samples: 8949")
    deploy(repository, "credit-risk", "production", "1.1.0")
    absolute = [refused for refused in refusals(repository) if refused.rule == "absolute-gates"]
    assert {(refused.verdict, refused.says.split(" ")[0]) for refused in absolute} == {
        ("inconclusive", metric)
        for metric in ("auc_roc", "precision", "false_positive_rate", "brier", "demographic_parity_difference")
    }
