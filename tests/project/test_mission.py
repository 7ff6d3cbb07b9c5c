"""Rows A1, A3, A4, D1 and D2 of the mission, on the repository's own model."""

from pathlib import Path

import pytest

from modelward.tree.directory import DirectorySource
from modelward.tree.model import Model
from modelward.tree.snapshot import Snapshot

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def model() -> Model:
    """credit-risk as it is committed."""
    return Snapshot(DirectorySource(PROJECT)).model("credit-risk")


def test_a1_the_manifest_names_owner_sponsor_and_on_call(model: Model) -> None:
    manifest = model.manifest.spec
    assert manifest.owner is not None
    assert manifest.owner.team
    assert manifest.sponsor
    assert manifest.on_call


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
