"""The models of the demonstration: their rows are the same everywhere, and specs, artifacts and recipes agree.

Rows A3, D4 and E2 of the mission.
"""

import json
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from mlflow import MlflowClient

import deliveries
import transactions
from drawing import Draws
from embedded_registry import COMMITTED_ARTIFACTS, build
from modelward.specs.scalars import RegistryName
from modelward.tree.digest import artifact_digest, digest_of
from modelward.tree.directory import DirectorySource
from modelward.tree.model import Model
from modelward.tree.snapshot import Snapshot
from recipes import RECIPES
from repository import PROJECT

FILES = {
    "credit-risk": {
        "training": "sha256:f011d048db339917d840dcd5f79a61abb98b7a9a9f5308cf8e5f08397f116b1d",
        "holdout": "sha256:100f095c7b2932c57864cb38d077cea49a71c6bc5714615c1e35b8e84e79f5b7",
    },
    "fraud-detection": {
        "training": "sha256:f7f1a58a2a661f08bd1c36e673f15fbdcdac030ece45b3746c81a84d7cf9c7e6",
        "holdout": "sha256:9d0923052c7805a15a416b9656951943bbced322d09298f810d4ef28ecf86366",
    },
    "delivery-eta": {
        "training": "sha256:3b422b8bdf0caa61e758170a17d150baae2769297061f04453ceecfc69c550f8",
        "holdout": "sha256:a1bd51ebedad284f6abcab7af438b6915b893e4e54bb7eaca2ffc81c46d2d28a",
    },
}
MODELS = sorted(RECIPES)
MAIN = RegistryName("main")


@pytest.fixture(scope="module")
def sides() -> dict[str, dict[str, pd.DataFrame]]:
    return {name: recipe.sides() for name, recipe in RECIPES.items()}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> MlflowClient:
    uri = build(tmp_path_factory.mktemp("registry"), COMMITTED_ARTIFACTS)
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def shipped(name: str) -> Model:
    return Snapshot(DirectorySource(PROJECT)).model(name)


def test_every_shipped_model_has_a_recipe_and_artifacts() -> None:
    assert sorted(path.name for path in (PROJECT / "models").iterdir()) == MODELS
    assert sorted(path.name for path in COMMITTED_ARTIFACTS.iterdir()) == MODELS


@pytest.mark.parametrize("name", MODELS)
def test_a3_the_files_are_the_pinned_bytes_wherever_they_are_made(
    name: str, sides: dict[str, dict[str, pd.DataFrame]]
) -> None:
    assert {side: digest_of(RECIPES[name].file(rows)) for side, rows in sides[name].items()} == FILES[name]
    for release in shipped(name).releases.values():
        pinned = {dataset.role: dataset for dataset in release.spec.datasets}
        assert {role: dataset.digest for role, dataset in pinned.items()} == FILES[name]
        assert {dataset.snapshot for dataset in pinned.values()} == {RECIPES[name].snapshot}


@pytest.mark.parametrize("name", MODELS)
def test_the_order_of_the_rows_does_not_matter_to_a_file(name: str, sides: dict[str, dict[str, pd.DataFrame]]) -> None:
    holdout = sides[name]["holdout"]
    assert RECIPES[name].file(holdout.iloc[::-1]) == RECIPES[name].file(holdout)


@pytest.mark.parametrize("name", MODELS)
def test_no_row_is_on_both_sides_and_later_rows_are_held_out(
    name: str, sides: dict[str, dict[str, pd.DataFrame]]
) -> None:
    training, holdout = (sides[name][side] for side in ("training", "holdout"))
    identifier = RECIPES[name].identifier
    assert set(training[identifier]).isdisjoint(holdout[identifier])
    if "day" in training:
        assert training["day"].max() < holdout["day"].min()


@pytest.mark.parametrize("name", MODELS)
def test_the_manifest_declares_what_the_releases_read_and_answer(name: str) -> None:
    recipe, manifest = RECIPES[name], shipped(name).manifest.spec
    assert tuple(feature.name for feature in manifest.features) == recipe.features
    assert manifest.label is not None
    assert manifest.label.column == recipe.label
    assert manifest.outputs[0].threshold == recipe.threshold
    assert {view.name for view in manifest.views} == set(recipe.refreshed_at)
    assert set(recipe.groups).isdisjoint(recipe.features)


@pytest.mark.parametrize("name", MODELS)
def test_every_release_is_a_committed_artifact_trained_from_a_commit_of_this_repository(name: str) -> None:
    releases = shipped(name).releases
    assert list(releases) == [release.name for release in RECIPES[name].releases]
    for release, folder in releases.items():
        digest, size = artifact_digest(COMMITTED_ARTIFACTS / name / release)
        assert (folder.spec.artifact.digest, folder.spec.artifact.size) == (digest, size)
        trained = folder.spec.trained
        assert trained is not None
        subprocess.run(["git", "merge-base", "--is-ancestor", trained.code, "HEAD"], cwd=PROJECT, check=True)


@pytest.mark.parametrize("name", MODELS)
def test_e2_each_run_in_the_rebuilt_registry_has_the_id_and_the_record_of_the_training(
    name: str, client: MlflowClient, tmp_path: Path
) -> None:
    for release, folder in shipped(name).releases.items():
        registered = folder.spec.registered[MAIN]
        version = client.get_model_version(name, str(registered.version))
        assert version.run_id == registered.run_id
        run = client.get_run(registered.run_id or "")
        assert run.data.tags["artifact"] == folder.spec.artifact.digest
        assert {side: run.data.tags[f"dataset.{side}"] for side in FILES[name]} == FILES[name]
        assert folder.spec.trained is not None
        assert run.data.tags["code"] == folder.spec.trained.code
        assert run.data.tags["python"] == folder.spec.trained.python
        assert run.data.tags["trained_at"] == f"{folder.spec.trained.at:%Y-%m-%dT%H:%M:%SZ}"
        assert run.data.params
        documents = {file.path for file in client.list_artifacts(run.info.run_id) if not file.is_dir}
        report = "regression_report.json" if RECIPES[name].threshold is None else "classification_report.json"
        assert documents == {"features.json", report, "comparison_with_rules.json"}
        features = client.download_artifacts(run.info.run_id, "features.json", str(tmp_path))
        assert tuple(json.loads(Path(features).read_bytes())["features"]) == RECIPES[name].features
        compared = client.download_artifacts(run.info.run_id, "comparison_with_rules.json", str(tmp_path))
        assert json.loads(Path(compared).read_bytes())["rules"] == RECIPES[name].rule, release


@pytest.mark.parametrize("name", ["fraud-detection", "delivery-eta"])
def test_d4_each_run_logged_how_fresh_every_feature_view_was(name: str, client: MlflowClient) -> None:
    recipe = RECIPES[name]
    expected = {
        f"feature_freshness_minutes.{view}": (recipe.cut_at - at).total_seconds() / 60
        for view, at in recipe.refreshed_at.items()
    }
    for folder in shipped(name).releases.values():
        logged = client.get_run(folder.spec.registered[MAIN].run_id or "").data.metrics
        assert {key: value for key, value in logged.items() if key in expected} == expected


@pytest.mark.parametrize("name", ["fraud-detection", "delivery-eta"])
def test_d4_no_view_was_older_than_its_time_to_live_when_the_data_were_cut(name: str) -> None:
    for view in shipped(name).manifest.spec.views:
        assert RECIPES[name].cut_at - RECIPES[name].refreshed_at[view.name] <= view.ttl.fixed


def test_fraud_is_rare_and_confirmed_within_thirty_days(sides: dict[str, dict[str, pd.DataFrame]]) -> None:
    for rows in sides["fraud-detection"].values():
        assert 0.01 < rows["fraud"].mean() < 0.02
        confirmed = rows[rows["fraud"] == 1]
        assert (confirmed["confirmed_day"] - confirmed["day"]).between(1, transactions.CONFIRMED_WITHIN).all()
        assert (rows[rows["fraud"] == 0]["confirmed_day"] == transactions.NEVER).all()
    cut = sides["fraud-detection"]["holdout"]["day"].min()
    assert (sides["fraud-detection"]["training"]["confirmed_day"] <= cut).all()


def test_every_group_is_large_enough_to_be_compared(sides: dict[str, dict[str, pd.DataFrame]]) -> None:
    for name, recipe in RECIPES.items():
        needed = shipped(name).thresholds.spec.min_samples
        for group in recipe.groups:
            assert sides[name]["holdout"][group].value_counts().min() >= needed


def test_another_seed_is_another_world() -> None:
    assert list(transactions.payments(1, 2)) == list(transactions.payments(1, 2))
    assert list(transactions.payments(1, 2)) != list(transactions.payments(2, 2))
    assert list(deliveries.deliveries(1, 2)) != list(deliveries.deliveries(2, 2))


def test_draws_are_those_that_python_promises() -> None:
    draws = Draws(7)
    assert draws.share() == 0.32383276483316237
    assert [draws.whole(1, 6) for _ in range(8)] == [1, 4, 1, 4, 3, 1, 4, 1]
    assert {draws.one_of((("a", 0.5), ("b", 0.5))) for _ in range(20)} == {"a", "b"}


@pytest.mark.parametrize("name", MODELS)
def test_the_rule_that_a_release_is_compared_with_is_the_one_that_the_manifest_pins(name: str) -> None:
    pinned = shipped(name).manifest.spec.rules
    assert pinned is not None
    assert digest_of(f"{RECIPES[name].rule}\n".encode()) == pinned.digest
