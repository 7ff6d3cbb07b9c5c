"""Importing from a registry in memory: what is bad in one model is reported, and the rest imported. Row G8."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.authoring.imported_specs import imported_specs
from modelward.authoring.mlmodel import Described
from modelward.authoring.registry_import import Outcome, Request, import_models
from modelward.authoring.serving import Pointer
from modelward.errors import CannotEvaluate
from modelward.reconcile.actions import REPOSITORY_TAG
from modelward.reconcile.desired import topology
from modelward.registry.interface import RegistryUnavailable
from modelward.registry.simulator import SimulatedRegistry
from modelward.rules.loading import load_rules
from modelward.specs.manifest import Manifest
from modelward.specs.scalars import REGISTERED_NAME, EnvironmentName, ModelName, RegistryName
from modelward.tree.file import typed
from modelward.tree.place import Unreadable
from repository import NOW, Repository

MAIN, PRODUCTION = RegistryName("main"), EnvironmentName("production")


class Theirs(SimulatedRegistry):
    """A registry that another tool has filled."""

    def add(self, name: str, *files: str, champion: int | None = None, tags: Mapping[int, str] | None = None) -> None:
        """A model with a version for each content, and the alias `champion` on one of them."""
        for number, content in enumerate(files, 1):
            version_tags = {"version": tags[number]} if tags is not None and number in tags else None
            self.register(name, {"MLmodel": content.encode()} if content else {}, f"{number:032x}", tags=version_tags)
        if champion is not None:
            self.set_alias(name, "champion", champion)


class Away(Theirs):
    """A registry that goes away while its versions are read."""

    def fetch_artifact(self, name: str, version: int, into: Path) -> Path:
        if version == 2:
            raise RegistryUnavailable("registry away cannot be reached", "wait")
        return super().fetch_artifact(name, version, into)


@contextmanager
def silent(_total: int) -> Iterator[object]:
    yield lambda: None


def run(
    repository: Repository,
    registry: SimulatedRegistry,
    *globs: str,
    pointers: Mapping[EnvironmentName, Pointer] | None = None,
    all_versions: bool = False,
) -> Outcome:
    """What an import into the repository gives."""
    snapshot = repository.snapshot()
    environments = topology({name: file.spec for name, file in snapshot.environments.items()})
    request = Request(MAIN, environments, globs, {}, pointers or {}, all_versions)
    return import_models(snapshot, registry, request, NOW, silent)  # type: ignore[arg-type]


def told(outcome: Outcome) -> dict[str, str]:
    """Why each model was not imported."""
    return {each.registered_model: each.reason for each in outcome.refused}


def left(outcome: Outcome) -> dict[str, tuple[str, ...]]:
    """What is left for a person of each model that was imported."""
    return {each.registered_model: each.unclear for each in outcome.imported if each.unclear}


@pytest.fixture
def theirs() -> Theirs:
    """A registry with one sound model."""
    registry = Theirs()
    registry.add("sound", "sound 1", "sound 2", champion=2)
    return registry


def test_what_is_imported_is_valid_and_findings_only_warn(example: Repository, theirs: Theirs) -> None:
    outcome = run(example, theirs)
    assert outcome.complete
    for path, data in outcome.files.items():
        example.write(path, data)
    judgement = example.judge(load_rules(example.snapshot()))
    about = [each for each in judgement.findings if each.model == "sound"]
    assert about
    assert not any(each.denies for each in about)
    assert not judgement.errors


def test_a_deployed_version_without_bytes_is_left_for_a_person_and_the_others_are_imported(
    example: Repository, theirs: Theirs
) -> None:
    theirs.add("hollow", "hollow 1", "", champion=2)
    theirs.set_alias("hollow", "staging", 1)
    outcome = run(example, theirs)
    assert left(outcome) == {"hollow": ("production: version 2 of `hollow` has no bytes in the registry",)}
    (hollow,) = [each for each in outcome.imported if each.registered_model == "hollow"]
    assert (hollow.releases, hollow.deployments) == ({1: "0.0.1"}, {"staging": "0.0.1"})


def test_a_model_of_which_no_version_can_be_a_release_is_not_imported(example: Repository, theirs: Theirs) -> None:
    theirs.add("hollow", "", champion=1)
    theirs.add("empty")
    theirs._models["empty"] = replace(theirs._models["sound"], name="empty", aliases={}, versions={})
    assert told(run(example, theirs)) == {
        "hollow": "version 1 of `hollow` has no bytes in the registry",
        "empty": "it has no version",
    }


def test_one_artifact_becomes_one_release_of_the_version_that_serves_furthest(
    example: Repository, theirs: Theirs
) -> None:
    theirs.add("twice", "same", "same", "other", champion=1)
    theirs.set_alias("twice", "staging", 2)
    (twice,) = run(example, theirs, "twice").imported
    assert twice.releases == {1: "0.0.1"}
    assert twice.unclear == ("staging: version 2 has the same bytes as version 1; one artifact is one release",)


def test_two_models_with_the_same_bytes_are_not_both_imported(example: Repository, theirs: Theirs) -> None:
    theirs.add("copied", "sound 2", champion=1)
    assert told(run(example, theirs)) == {
        "sound": "version 2 has the same bytes as version 1 of `copied`; one artifact is one release"
    }


def test_bytes_that_a_release_of_this_repository_pins_are_not_imported_again(
    example: Repository, theirs: Theirs
) -> None:
    outcome = run(example, theirs)
    for path, data in outcome.files.items():
        example.write(path.replace("models/sound", "models/known"), data.replace(b": sound\n", b": known\n"))
    (why,) = told(run(example, theirs)).values()
    assert "the same bytes as models/known/releases/0.0.2/release.yaml" in why


@pytest.mark.parametrize(
    "name", ["it's", 'say "x"', "a/b", "a:b", "a\\b", "a`b", "\x1b[31m", "x" * 256, "a\u202eb", "e\u0301"]
)
def test_a_name_that_a_spec_cannot_hold_is_not_imported(example: Repository, theirs: Theirs, name: str) -> None:
    theirs.add(name, "content", champion=1)
    outcome = run(example, theirs)
    assert list(told(outcome)) == [name]
    assert [each.registered_model for each in outcome.imported] == ["sound"]


def test_names_that_differ_only_in_case_are_left_until_one_is_chosen(example: Repository, theirs: Theirs) -> None:
    theirs.add("Sound", "another", champion=1)
    assert set(told(run(example, theirs))) == {"sound", "Sound"}
    chosen = run(example, theirs, "Sound")
    assert [each.registered_model for each in chosen.imported] == ["Sound"]


def test_a_model_of_this_repository_in_another_case_is_not_imported(example: Repository, theirs: Theirs) -> None:
    theirs.add("Credit-Score", "another", champion=1)
    assert list(told(run(example, theirs))) == ["Credit-Score"]


def test_what_has_specs_is_passed_over_and_counted(example: Repository, theirs: Theirs) -> None:
    theirs.add("credit-score", "another", champion=1)
    outcome = run(example, theirs)
    assert (outcome.governed, [each.registered_model for each in outcome.imported]) == (1, ["sound"])


def test_another_repositorys_model_is_not_imported_and_our_own_is(example: Repository, theirs: Theirs) -> None:
    theirs.set_tag("sound", REPOSITORY_TAG, "acme/other")
    assert told(run(example, theirs)) == {"sound": "it belongs to repository `acme/other`"}
    theirs.set_tag("sound", REPOSITORY_TAG, example.snapshot().policy.spec.repository)
    assert told(run(example, theirs)) == {}


def test_a_prompt_is_no_model(example: Repository, theirs: Theirs) -> None:
    theirs.add("greeting", "Hello", champion=1)
    theirs.set_tag("greeting", "mlflow.prompt.is_prompt", "true")
    outcome = run(example, theirs)
    assert outcome.passed_over == ("greeting",)
    assert outcome.complete


def test_a_registry_that_goes_away_ends_the_run(example: Repository) -> None:
    registry = Away()
    registry.add("first", "first 1", champion=1)
    registry.add("second", "second 1", "second 2", champion=2)
    with pytest.raises(RegistryUnavailable):
        run(example, registry)


def test_a_model_here_that_cannot_be_read_stops_the_import(example: Repository, theirs: Theirs) -> None:
    example.replace("models/credit-score/manifest.yaml", "tier: medium", "tier: medium\ntier: low")
    with pytest.raises(CannotEvaluate, match="models/credit-score cannot be read"):
        run(example, theirs)


def test_every_version_becomes_a_release_when_asked(example: Repository, theirs: Theirs) -> None:
    (sound,) = run(example, theirs, all_versions=True).imported
    assert sound.releases == {1: "0.0.1", 2: "0.0.2"}
    assert sound.deployments == {"production": "0.0.2"}


@pytest.mark.parametrize(
    ("tags", "releases"),
    [
        ({1: "1.0.0", 2: "1.1.0"}, ["1.0.0", "1.1.0"]),
        ({1: "v1.0.0", 2: "1.0.1-rc.1"}, ["1.0.0", "1.0.1-rc.1"]),
        ({1: "1.0.0", 2: "1.0.0"}, ["0.0.1", "0.0.2"]),
        ({1: "2.0.0", 2: "1.0.0"}, ["0.0.1", "0.0.2"]),
        ({2: "1.0.0"}, ["0.0.1", "0.0.2"]),
        ({1: "1", 2: "1.0.0"}, ["0.0.1", "0.0.2"]),
        ({1: "1.0.0\n", 2: "1.1.0"}, ["0.0.1", "0.0.2"]),
    ],
)
def test_tags_name_the_releases_when_all_do_and_they_rise(
    example: Repository, tags: Mapping[int, str], releases: list[str]
) -> None:
    registry = Theirs()
    registry.add("tagged", "tagged 1", "tagged 2", champion=2, tags=tags)
    (tagged,) = run(example, registry, all_versions=True).imported
    assert list(tagged.releases.values()) == releases


def test_a_rule_of_the_organisation_that_never_bends_keeps_a_model_out(example: Repository, theirs: Theirs) -> None:
    rule = (
        '"""No model is sound.\n\nWhy: Because.\n\nRemedy: Rename it.\n"""\n\n'
        "from modelward.rules import fail, rule\n\n\n"
        '@rule(on="state", over="model", always_mandatory=True)\n'
        "def none_is_sound(model, repository):\n"
        '    if model.name == "sound":\n        yield fail("it is", at=model.manifest.place("model"))\n'
    )
    example.write("validators/area/none-sound.py", rule)
    theirs.add("other", "other 1", champion=1)
    outcome = run(example, theirs)
    assert told(outcome) == {"sound": "as `sound` it would fail none-sound: it is"}
    assert [each.registered_model for each in outcome.imported] == ["other"]


def test_what_a_person_says_of_an_environment_counts(example: Repository, theirs: Theirs) -> None:
    theirs.set_stage("sound", 1, "Production")
    assert left(run(example, theirs)) == {
        "sound": ("production: alias `champion` names version 2, and Production holds 1",)
    }
    (by_stage,) = run(example, theirs, pointers={PRODUCTION: Pointer(stage="Production")}).imported
    assert by_stage.deployments == {"production": "0.0.1"}


@given(st.from_regex(REGISTERED_NAME), st.text(max_size=500))
def test_whatever_a_registry_says_a_manifest_says_the_same_or_none_is_written(name: str, description: str) -> None:
    try:
        specs = imported_specs(ModelName("m"), name, MAIN, description, Described(), {})
    except Unreadable:
        return
    manifest = typed("models/m/manifest.yaml", specs["models/m/manifest.yaml"], Manifest)
    assert manifest.registered_model == name
    assert manifest.summary
