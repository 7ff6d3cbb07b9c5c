"""How strictly rules bind for a model that was found in a registry. Row G8 of the mission."""

import pytest

from modelward.rules.judgement import Judged
from modelward.rules.loading import load_rules
from repository import Repository

MODEL = "models/credit-score"
RELEASES = ("1.0.0", "1.1.0", "1.2.0")


@pytest.fixture
def found(example: Repository) -> Repository:
    """The example as an import would find it: no owner, no evidence of one release, and every release imported."""
    for release in RELEASES:
        example.replace(f"{MODEL}/releases/{release}/release.yaml", "imported: false", "imported: true")
    example.replace(f"{MODEL}/manifest.yaml", 'owner: {team: credit-models, contact: "#credit-models"}\n', "")
    example.replace(f"{MODEL}/thresholds.yaml", "at_least: 0.75", "at_least: 0.99")
    return example


def judged(repository: Repository, base: str | None = None) -> dict[str, Judged]:
    """The first finding of each rule."""
    findings = repository.judge(load_rules(repository.snapshot()), base).findings
    return {each.rule: each for each in reversed(findings)}


def empty(repository: Repository) -> str:
    """A commit without the model."""
    kept = {
        path.relative_to(repository.root / MODEL): path.read_bytes()
        for path in (repository.root / MODEL).rglob("*")
        if path.is_file()
    }
    repository.remove(MODEL)
    commit = repository.commit("Before")
    for path, data in kept.items():
        repository.write(f"{MODEL}/{path}", data)
    return commit


def test_g8_findings_on_an_imported_model_are_shown_and_do_not_deny(found: Repository) -> None:
    findings = judged(found, empty(found))
    assert {"ownership-named", "absolute-gates"} <= set(findings)
    assert not any(each.denies for each in findings.values())


def test_a_rule_that_never_bends_binds_for_an_imported_model_too(found: Repository) -> None:
    found.replace(f"{MODEL}/manifest.yaml", "\nmodel: credit-score", "\nmodel: credit-scores")
    assert judged(found)["folder-name"].denies


def test_one_release_of_our_own_makes_every_rule_bind(found: Repository) -> None:
    found.replace(f"{MODEL}/releases/1.2.0/release.yaml", "imported: true", "imported: false")
    findings = judged(found, empty(found))
    assert findings["ownership-named"].denies
    assert findings["absolute-gates"].denies


def test_a_model_without_a_release_is_no_imported_one(found: Repository) -> None:
    found.remove(f"{MODEL}/releases")
    assert judged(found)["ownership-named"].denies


def test_the_first_promotion_makes_every_rule_bind_for_that_change(found: Repository) -> None:
    base = found.commit("Import")
    found.replace(f"{MODEL}/manifest.yaml", 'production: {release: "1.0.0"}', 'production: {release: "1.1.0"}')
    findings = judged(found, base)
    assert findings["ownership-named"].denies
    assert findings["absolute-gates"].denies


def test_a_change_that_promotes_nothing_leaves_an_imported_model_as_it_was(found: Repository) -> None:
    base = found.commit("Import")
    found.replace(f"{MODEL}/manifest.yaml", "sponsor: head-of-credit", "sponsor: head-of-risk")
    assert not judged(found, base)["ownership-named"].denies


ALIKE = '''"""Names differ.

Why: They are read.

Remedy: Rename.
"""

from modelward.rules import fail, rule


@rule(on="state", over="fleet")
def names_alike(fleet, repository):
    for model in fleet[1:]:
        yield fail("alike", at=model.place("model"))
'''


def test_g8_a_collision_of_an_imported_model_is_shown_and_one_of_our_own_denies(found: Repository) -> None:
    found.write("validators/area/names-alike.py", ALIKE)
    found.copy(MODEL, "models/second")
    found.replace("models/second/manifest.yaml", "model: credit-score\nregistered", "model: second\nregistered")
    assert not judged(found)["names-alike"].denies
    for release in RELEASES:
        found.replace(f"models/second/releases/{release}/release.yaml", "imported: true", "imported: false")
    assert judged(found)["names-alike"].denies
