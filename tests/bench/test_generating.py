"""Generated repositories: believable, all different, and in order, so that the benchmarks measure what they say."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bench.generating import REPOSITORY, GeneratedModel, Template, fleet, generate
from bench.measuring import MODELWARD, Workshop, modelward, peer
from bench.outcome import Row, bounded, compared
from bench.planning import filling

from modelward.tree.directory import DirectorySource
from modelward.tree.snapshot import Snapshot

SIZE = 3


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root: Path = tmp_path_factory.mktemp("bench") / "repository"
    generate(root, SIZE)
    return root


def answer(root: Path, *arguments: str, **variables: str) -> Any:
    """What the command says as JSON; it must end with 0."""
    done = subprocess.run(
        [MODELWARD, *arguments, "--format", "json"],
        cwd=root,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_a_generated_repository_validates_with_every_rule_and_no_finding(repository: Path) -> None:
    judged = answer(repository, "validate")
    assert (judged["verdict"], judged["findings"]) == ("pass", [])
    assert judged["counts"]["models"] == SIZE
    assert judged["counts"]["not_evaluated"] == 0


def test_a_plan_against_the_filled_registry_finds_nothing_to_do(repository: Path, tmp_path: Path) -> None:
    registry = f"sqlite:///{tmp_path}/mlflow.db"
    command = filling(registry, SIZE)
    subprocess.run(command.arguments, cwd=command.folder, env=os.environ | command.environment, check=True)
    shown = answer(repository, "status", "--exit-code", MLFLOW_TRACKING_URI=registry)
    assert shown["counts"] == {"changes": 0, "blocked": 0, "models": SIZE}
    assert shown["without_spec"] == []


def test_no_two_models_share_a_name_a_registered_model_a_digest_or_a_run(repository: Path) -> None:
    snapshot = Snapshot(DirectorySource(repository))
    models = [snapshot.model(name) for name in snapshot.model_names()]
    releases = [release.spec for model in models for release in model.releases.values()]
    assert len(releases) == sum(model.releases for model in fleet(SIZE))
    for taken in (
        [model.manifest.spec.registered_model for model in models],
        [release.artifact.digest for release in releases],
        [release.registered[registry].run_id for release in releases for registry in release.registered],
        [release.ticket for release in releases],
        [pin.digest for release in releases for pin in release.evidence],
    ):
        assert len(set(taken)) == len(taken)


def test_the_same_place_in_a_fleet_of_any_size_is_the_same_model() -> None:
    template = Template()
    assert list(fleet(5))[3] == list(fleet(10_000))[3] == GeneratedModel(3)
    assert list(template.files(GeneratedModel(3))) == list(template.files(GeneratedModel(3)))
    assert len({model.name for model in fleet(10_000)}) == 10_000


def test_the_peer_loads_the_specs_and_the_evidence_that_validate_reads(repository: Path, tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    ours, theirs = workshop.best(
        1, modelward(repository, "validate"), peer("loading_peer.py", repository, str(repository))
    )
    read = [path for folder in ("models", "environments") for path in (repository / folder).rglob("*")]
    read += [*(repository / "policies").glob("*.yaml"), *(repository / "policies/schemas/evidence").iterdir()]
    assert int(theirs.output) == sum(path.suffix in (".yaml", ".json") for path in read)
    assert ours.seconds > 0
    assert ours.peak > 1_000_000


def test_the_benchmarks_run_in_small_and_print_a_table() -> None:
    done = subprocess.run(
        [sys.executable, "bench/run.py", "--sizes", "3", "--only", "validate"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    headings, time, memory = done.stdout.splitlines()
    assert headings.split() == ["what", "models", "ours", "peer", "or", "limit", "ratio", "limit", "verdict"]
    assert time.split()[0] == "validate"
    assert time.endswith("shown")
    assert memory.endswith("holds")


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (compared("validate", 100, 4.0, "CSafeLoader", 1.0, 4.0), "holds"),
        (compared("validate", 100, 4.1, "CSafeLoader", 1.0, 4.0), "BROKEN"),
        (compared("validate", 10, 9.0, "CSafeLoader", 1.0, None), "shown"),
        (bounded("plan, requests", 100, 4, 4, "requests"), "holds"),
        (bounded("plan, requests", 100, 5, 4, "requests"), "BROKEN"),
    ],
)
def test_a_row_is_broken_when_it_is_over_its_limit(row: Row, verdict: str) -> None:
    assert row.verdict == verdict
