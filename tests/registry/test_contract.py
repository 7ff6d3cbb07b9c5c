"""What every registry does alike: the simulator, a database, and servers on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from modelward.registry.interface import RegistryRefused
from modelward.tree.digest import artifact_digest

from .conftest import DESCRIPTION, FILES, Filled


def test_a_registered_version_shows_with_number_run_and_no_stage(filled: Filled) -> None:
    name = filled.name()
    assert filled.register(name, FILES) == 1
    assert filled.register(name, FILES) == 2
    model = filled.registry.model(name)
    assert model is not None
    assert sorted(model.versions) == [1, 2]
    assert model.versions[1].stage == "None"
    assert model.versions[1].ready
    assert model.versions[1].run_id != model.versions[2].run_id
    assert (dict(model.aliases), dict(model.tags)) == ({}, {})


def test_a_registry_that_answers_says_what_it_is(filled: Filled) -> None:
    about = filled.registry.about()
    assert (about.version is None) == (filled.version is None)
    assert (about.version or "").startswith(filled.version or "")
    assert (about.answered_at is not None) == filled.registry.address.startswith("http")
    if about.answered_at is not None:
        assert abs(datetime.now(UTC) - about.answered_at) < timedelta(minutes=1)


def test_the_listing_and_the_single_model_agree(filled: Filled) -> None:
    names = [filled.name() for _ in range(3)]
    for name in names:
        filled.register(name, FILES)
    filled.registry.set_alias(names[0], "champion", 1)
    filled.registry.set_stage(names[1], 1, "Production")
    filled.registry.set_tag(names[2], "modelward.repository", "acme/governance")
    listed = filled.registry.models()
    for name in names:
        assert listed[name] == filled.registry.model(name)


def test_tags_of_a_version_and_of_its_run_and_a_description_come_back(filled: Filled) -> None:
    name = filled.name()
    tags = {"release": "2.1.0", "dataset.training": "sha256:" + "0" * 64}
    filled.register(name, FILES, tags)
    model = filled.registry.model(name)
    assert model is not None
    assert filled.registry.models()[name].description == model.description == DESCRIPTION
    assert dict(model.versions[1].tags) == tags
    run_id = model.versions[1].run_id
    assert run_id is not None
    run = filled.registry.run(run_id)
    assert run is not None
    assert run.run_id == run_id
    assert tags.items() <= run.tags.items()
    assert run.started_at is None or run.started_at.tzinfo is not None


def test_a_run_that_is_not_there_is_none(filled: Filled) -> None:
    assert filled.registry.run("0" * 32) is None


def test_a_model_that_is_not_there_is_none(filled: Filled) -> None:
    assert filled.registry.model("nobody-registered-this") is None


def test_an_alias_moves_and_may_be_set_twice(filled: Filled) -> None:
    name = filled.name()
    for _ in range(2):
        filled.register(name, FILES)
    for version in (1, 2, 2):
        filled.registry.set_alias(name, "champion", version)
    model = filled.registry.model(name)
    assert model is not None
    assert model.aliases == {"champion": 2}


def test_a_removed_alias_is_gone_and_may_be_removed_twice(filled: Filled) -> None:
    name = filled.name()
    filled.register(name, FILES)
    filled.registry.set_alias(name, "champion", 1)
    for _ in range(2):
        filled.registry.remove_alias(name, "champion")
    model = filled.registry.model(name)
    assert model is not None
    assert not model.aliases


def test_a_tag_of_a_model_changes_and_when_removed_is_gone_and_may_be_removed_twice(filled: Filled) -> None:
    name = filled.name()
    filled.register(name, FILES)
    filled.registry.set_tag(name, "kept", "yes")
    seen = []
    for value in ("one", "two", "two"):
        filled.registry.set_tag(name, "modelward.ledger", value)
        seen.append(dict(filled.registry.models()[name].tags))
    for _ in range(2):
        filled.registry.remove_tag(name, "modelward.ledger")
        model = filled.registry.model(name)
        assert model is not None
        seen.append(dict(model.tags))
    assert [tags.get("modelward.ledger") for tags in seen] == ["one", "two", "two", None, None]
    assert {tags.get("kept") for tags in seen} == {"yes"}


def test_a_tag_of_a_version_changes_and_leaves_other_versions_and_the_model_alone(filled: Filled) -> None:
    name = filled.name()
    for _ in range(2):
        filled.register(name, FILES, {"release": "2.1.0"})
    seen = []
    for value in ("by officer-1", "by \u00e4 monitor", "by \u00e4 monitor"):
        filled.registry.set_version_tag(name, 2, "modelward.suspended", value)
        seen.append(dict(filled.registry.models()[name].versions[2].tags))
    for _ in range(2):
        filled.registry.remove_version_tag(name, 2, "modelward.suspended")
        model = filled.registry.model(name)
        assert model is not None
        seen.append(dict(model.versions[2].tags))
        assert dict(model.versions[1].tags) == {"release": "2.1.0"}
        assert not model.tags
    suspended = [tags.pop("modelward.suspended", None) for tags in seen]
    assert suspended == ["by officer-1", "by \u00e4 monitor", "by \u00e4 monitor", None, None]
    assert seen == [{"release": "2.1.0"}] * 5


def test_e1_a_version_goes_through_none_staging_production_archived_and_leaves_others_alone(filled: Filled) -> None:
    name = filled.name()
    for _ in range(2):
        filled.register(name, FILES)
    filled.registry.set_stage(name, 1, "Production")
    seen = []
    for stage in ("Staging", "Production", "Archived", "None"):
        filled.registry.set_stage(name, 2, stage)
        model = filled.registry.model(name)
        assert model is not None
        seen.append((model.versions[1].stage, model.versions[2].stage))
    assert seen == [
        ("Production", "Staging"),
        ("Production", "Production"),
        ("Production", "Archived"),
        ("Production", "None"),
    ]


def test_the_files_of_a_version_come_back_byte_for_byte(filled: Filled, tmp_path: Path) -> None:
    name = filled.name()
    filled.register(name, FILES)
    expected = tmp_path / "expected"
    for path, content in FILES.items():
        (expected / path).parent.mkdir(parents=True, exist_ok=True)
        (expected / path).write_bytes(content)
    into = tmp_path / "into"
    into.mkdir()
    fetched = filled.registry.fetch_artifact(name, 1, into)
    assert artifact_digest(fetched) == artifact_digest(expected)


@pytest.mark.parametrize("call", ["alias", "stage", "files", "tag", "tag away", "version tag", "version tag away"])
def test_what_does_not_exist_is_refused_by_name(filled: Filled, tmp_path: Path, call: str) -> None:
    name = filled.name()
    filled.register(name, FILES)
    registry = filled.registry
    calls: dict[str, Callable[[], object]] = {
        "alias": lambda: registry.set_alias(name, "champion", 9),
        "stage": lambda: registry.set_stage(name, 9, "Production"),
        "files": lambda: registry.fetch_artifact(name, 9, tmp_path),
        "tag": lambda: registry.set_tag(f"{name}-other", "key", "value"),
        "tag away": lambda: registry.remove_tag(f"{name}-other", "key"),
        "version tag": lambda: registry.set_version_tag(name, 9, "key", "value"),
        "version tag away": lambda: registry.remove_version_tag(name, 9, "key"),
    }
    with pytest.raises(RegistryRefused, match=name):
        calls[call]()
