"""A change from git: what is compared with what, who wrote it, and which other models could collide with it."""

from pathlib import Path

import pytest

from governed import MANIFEST
from inmemory import NOW, SCOPE, Files, replaced
from modelward.errors import CannotEvaluate
from modelward.gate.opening import (
    Merged,
    Range,
    is_result_of,
    merged_step,
    nowhere_held,
    open_range,
    open_step,
    owes_nothing,
    standing,
    whole,
)
from modelward.gate.reviews import NO_REVIEWS
from modelward.gate.scopes import Scope
from modelward.gate.step import Step
from modelward.specs.ledger import Debt
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName
from modelward.tree.commit_source import GitSource
from modelward.tree.git import Git
from modelward.tree.place import Unreadable
from modelward.tree.snapshot import Snapshot
from repository import Repository
from trunk import OTHER, PROMOTED, START, Trunk, moved

WORDS = {**START, f"{SCOPE}/README.md": b"Words.\n", f"{OTHER}/README.md": b"Words.\n"}


def onto(git: Git, tree: str, *parents: str, by: str = "engineer-1") -> str:
    """A commit of the tree of another, on some parents."""
    world = Repository(git.root)
    named = [word for parent in parents for word in ("-p", parent)]
    return world.git("commit-tree", f"{tree}^{{tree}}", *named, "-m", "Change", by=by)


@pytest.fixture
def trunk(tmp_path: Path) -> Trunk:
    """Main, at a start; then a promotion, and words beside it, each on that start."""
    return Trunk(tmp_path, PROMOTED, WORDS)


def test_a_branch_on_top_of_its_base_is_judged_as_it_stands(trunk: Trunk) -> None:
    start, promoted, _ = trunk.ids
    assert open_range(trunk.git, start, promoted) == Range(start, promoted, promoted)
    assert open_range(trunk.git, start, start) == Range(start, start, start)


def test_a_branch_beside_its_base_is_judged_as_it_would_be_merged(trunk: Trunk) -> None:
    start, promoted, words = trunk.ids
    moved_base = onto(trunk.git, words, start)
    change = open_range(trunk.git, moved_base, promoted)
    assert (change.base, change.head) == (moved_base, promoted)
    step = open_step(trunk.git, change, NOW)
    assert step.changed == {MANIFEST}
    assert step.head.source.entry(f"{SCOPE}/README.md") is not None
    assert is_result_of(trunk.git, change, promoted)
    assert is_result_of(trunk.git, change, onto(trunk.git, promoted, start))
    assert not is_result_of(trunk.git, change, onto(trunk.git, words, start))
    assert not is_result_of(trunk.git, change, onto(trunk.git, start, start))


def test_what_cannot_be_merged_is_the_result_of_nothing(tmp_path: Path) -> None:
    other = replaced(START, MANIFEST, 'production: {release: "1.0.0"}', 'production: {release: "1.2.0"}')
    trunk = Trunk(tmp_path, PROMOTED, other)
    start, promoted, _ = trunk.ids
    conflicting = onto(trunk.git, trunk.ids[2], start)
    with pytest.raises(CannotEvaluate, match="cannot be merged"):
        open_range(trunk.git, conflicting, promoted)
    assert not is_result_of(trunk.git, Range(conflicting, promoted, promoted), onto(trunk.git, promoted, start))


def test_an_open_change_is_judged_now_with_every_hand_in_it(trunk: Trunk) -> None:
    start, promoted, _ = trunk.ids
    change = open_range(trunk.git, start, promoted)
    step = open_step(trunk.git, change, NOW)
    assert (step.changed, step.diffs) == (frozenset({MANIFEST}), (frozenset({MANIFEST}),))
    assert (step.now, step.is_open, step.held) == (NOW, True, nowhere_held)
    assert step.base.model("credit-score").manifest.spec.deployments[EnvironmentName("production")].release == "1.0.0"
    assert step.head.model("credit-score").manifest.spec.deployments[EnvironmentName("production")].release == "1.1.0"
    assert hands(step, SCOPE) == {"engineer-1": f"wrote commit {promoted[:12]}"}
    before, after = whole(trunk.git, change)
    assert before.model_names() == after.model_names() == ["credit-score", "other-score"]


def hands(step: Step, scope: str) -> dict[str, str]:
    return {name: part.why for name, part in step.authorship.of(Scope(scope), step.base.people.spec).items()}


def test_whose_hands_count_is_said(trunk: Trunk) -> None:
    start, promoted, _ = trunk.ids
    world = Repository(trunk.git.root)
    message = "Change\n\nCo-authored-by: lead-1 <lead-1@example.org>\n"
    commit = world.git("commit-tree", f"{promoted}^{{tree}}", "-p", start, by="engineer-2", stdin=message.encode())
    change = open_range(trunk.git, start, commit)
    assert hands(open_step(trunk.git, change, NOW), SCOPE).keys() == {"engineer-2", "lead-1"}
    assert hands(open_step(trunk.git, change, NOW, hands="authors"), SCOPE).keys() == {"engineer-2"}
    part = Merged(start, commit, (), lambda _path: True, start, None)
    assert hands(merged_step(trunk.git, part, NOW, nowhere_held), SCOPE).keys() == {"engineer-2"}


def test_nothing_has_held_an_environment_when_no_ledger_tells() -> None:
    assert nowhere_held(ModelName("credit-score"), EnvironmentName("production")) == frozenset()


def test_what_the_ledger_tells_is_asked_of_a_change(trunk: Trunk) -> None:
    start, promoted, _ = trunk.ids

    def held(_model: ModelName, _environment: EnvironmentName) -> frozenset[ReleaseName]:
        return frozenset({ReleaseName("1.0.0")})

    def debts(_model: ModelName) -> list[Debt]:
        return []

    change = open_range(trunk.git, start, promoted)
    opened = open_step(trunk.git, change, NOW, held=held, debts=debts)
    merged = merged_step(trunk.git, Merged(start, promoted, (), lambda _path: True, start, None), NOW, held, debts)
    for step in (opened, merged):
        assert (step.held, step.debts, step.reviews) == (held, debts, NO_REVIEWS)
    assert open_step(trunk.git, change, NOW).debts(ModelName("credit-score")) == ()
    assert owes_nothing(ModelName("credit-score")) == ()


def test_what_stands_is_a_step_that_changes_nothing(trunk: Trunk) -> None:
    snapshot = Snapshot(GitSource(trunk.git, trunk.ids[1]))
    step = standing(snapshot, NOW)
    assert (step.base, step.head, step.now, step.is_open) == (snapshot, snapshot, NOW, False)
    assert (step.changed, step.diffs, step.scopes) == (frozenset(), (), {})
    assert (step.held, step.debts, step.reviews) == (nowhere_held, owes_nothing, NO_REVIEWS)
    assert step.colliding(["credit-score"]) == ()
    assert hands(step, SCOPE) == {}


def test_what_has_no_policies_stands_for_nothing(tmp_path: Path) -> None:
    broken = {path: data for path, data in START.items() if path != "policies/signoff.yaml"}
    trunk = Trunk(tmp_path, broken)
    with pytest.raises(CannotEvaluate, match=r"has no policies/signoff\.yaml"):
        standing(Snapshot(GitSource(trunk.git, trunk.ids[1])), NOW)


def test_a_part_of_a_merged_change_is_told_from_the_folders_that_it_touches(trunk: Trunk) -> None:
    start, _, words = trunk.ids
    part = Merged(start, words, (), lambda path: path.startswith(f"{OTHER}/"), start, None)
    step = merged_step(trunk.git, part, NOW, nowhere_held)
    for source in (step.base.source, step.head.source):
        assert {entry.path.split("/")[1] for entry in source.entries("models")} == {"other-score"}
        assert source.entries("policies")


def test_a_change_of_policy_sees_no_model_but_what_judges_it(tmp_path: Path) -> None:
    case = "tests/example/policy.yaml"
    before = {**START, case: b"x"}
    trunk = Trunk(tmp_path, before, {**before, "policies/floors.yaml": START["policies/floors.yaml"] + b"# words\n"})
    step = open_step(trunk.git, open_range(trunk.git, *trunk.ids[1:]), NOW)
    assert step.head.source.entries("models") == []
    for folder in ("policies", "environments", "validators", "tests/example"):
        assert step.head.source.entries(folder)


def test_a_change_is_told_from_the_folders_that_it_touches(trunk: Trunk) -> None:
    start, promoted, _ = trunk.ids
    step = open_step(trunk.git, open_range(trunk.git, start, promoted), NOW)
    assert {entry.path.split("/")[1] for entry in step.head.source.entries("models")} == {"credit-score"}
    assert step.head.source.entries("validators")
    assert step.head.source.entries("environments")


def test_a_change_of_the_repository_sees_all_of_it(tmp_path: Path) -> None:
    trunk = Trunk(tmp_path, {**START, "Makefile": b"all:\n"})
    step = open_step(trunk.git, open_range(trunk.git, *trunk.ids), NOW)
    assert {entry.path.split("/")[1] for entry in step.head.source.entries("models")} == {"credit-score", "other-score"}
    assert step.head.source.entry("Makefile") is not None


def test_a_base_without_policies_judges_nothing(tmp_path: Path) -> None:
    broken = {path: data for path, data in START.items() if path != "policies/signoff.yaml"}
    trunk = Trunk(tmp_path, broken, moved(broken))
    _, base, head = trunk.ids
    with pytest.raises(CannotEvaluate, match=r"has no policies/signoff\.yaml"):
        open_step(trunk.git, open_range(trunk.git, base, head), NOW)
    unreadable = Trunk(tmp_path / "unreadable", {**START, "policies/policy.yaml": b"schema: [\n"}, START)
    with pytest.raises(Unreadable):
        open_step(unreadable.git, open_range(unreadable.git, *unreadable.ids[1:]), NOW)


def test_a_merged_change_is_judged_from_the_last_trusted_commit(trunk: Trunk) -> None:
    start, _, words = trunk.ids
    diffs = (frozenset({"x"}),)
    part = Merged(start, words, diffs, lambda path: path.startswith(OTHER), start, None)
    step = merged_step(trunk.git, part, NOW, nowhere_held)
    assert (step.changed, step.diffs) == (frozenset({f"{OTHER}/README.md"}), diffs)
    assert (step.now, step.is_open, step.held) == (NOW, False, nowhere_held)


def test_a_model_that_was_held_back_is_judged_from_its_own_commit_by_todays_organisation(tmp_path: Path) -> None:
    floors = "policies/floors.yaml"
    later = {**PROMOTED, floors: START[floors] + b"# words\n"}
    trunk = Trunk(tmp_path, PROMOTED, later)
    start, _, last = trunk.ids
    part = Merged(start, last, (), lambda path: path.startswith(f"{SCOPE}/"), last, SCOPE)
    step = merged_step(trunk.git, part, NOW, nowhere_held)
    production = EnvironmentName("production")
    assert step.base.model("credit-score").manifest.spec.deployments[production].release == "1.0.0"
    assert step.head.model("credit-score").manifest.spec.deployments[production].release == "1.1.0"
    assert b"# words" in b"".join(data for _, data in step.base.source.read(step.base.source.entries(floors)))


def colliding(folder: Path, before: Files, after: Files, *models: str) -> list[str]:
    """The other models that could collide with some, after a change."""
    trunk = Trunk(folder, before, after)
    step = open_step(trunk.git, open_range(trunk.git, *trunk.ids[1:]), NOW)
    return [one.name for one in step.colliding(models)]


def test_a_change_that_claims_nothing_new_collides_with_nothing(tmp_path: Path) -> None:
    assert colliding(tmp_path, START, PROMOTED, "credit-score") == []


def test_a_name_in_the_registry_that_another_has_collides(tmp_path: Path) -> None:
    after = replaced(START, MANIFEST, "registered_model: credit-score", "registered_model: other-score")
    assert colliding(tmp_path, START, after, "credit-score") == ["other-score"]
    assert colliding(tmp_path / "both", START, after, "credit-score", "other-score") == []


def test_a_merged_change_is_held_against_the_other_models_too(tmp_path: Path) -> None:
    after = replaced(START, MANIFEST, "registered_model: credit-score", "registered_model: other-score")
    trunk = Trunk(tmp_path, after)
    start, last = trunk.ids
    step = merged_step(trunk.git, Merged(start, last, (), lambda _path: True, start, None), NOW, nowhere_held)
    assert [one.name for one in step.colliding(["credit-score"])] == ["other-score"]


def test_a_name_that_looks_like_another_collides(tmp_path: Path) -> None:
    after = replaced(START, MANIFEST, "registered_model: credit-score", "registered_model: other-sc0re")
    assert colliding(tmp_path, START, after, "credit-score") == ["other-score"]


def release(files: Files, scope: str) -> Files:
    """The files with a release of a model that has the artifact of 1.2.0."""
    start = f"{scope}/releases/1.2.0/"
    copies = {
        path.replace("1.2.0", "1.3.0"): data.replace(b'"1.2.0"', b'"1.3.0"')
        for path, data in START.items()
        if path.startswith(start)
    }
    return {**files, **copies}


def test_an_artifact_that_another_has_collides(tmp_path: Path) -> None:
    other = {path: data for path, data in START.items() if not path.startswith(f"{SCOPE}/releases/1.2.0")}
    assert colliding(tmp_path, other, START, "credit-score") == ["other-score"]
    assert colliding(tmp_path / "same", START, release(START, SCOPE), "credit-score") == []


NAMES = ("other-score", "other-sc0re")


@pytest.mark.parametrize("name", NAMES)
def test_what_a_model_has_claimed_already_collides_no_more(tmp_path: Path, name: str) -> None:
    before = replaced(START, MANIFEST, "registered_model: credit-score", f"registered_model: {name}")
    assert colliding(tmp_path, before, moved(before), "credit-score") == []


def with_a_third() -> Files:
    """Three models, of which one is the copy of another."""
    copies = {
        path.replace("other", "third"): data.replace(b"other-score", b"third-score") for path, data in START.items()
    }
    return {**START, **{path: data for path, data in copies.items() if path.startswith("models/third-score/")}}


@pytest.mark.parametrize("models", [("credit-score", "third-score"), ("third-score", "credit-score")])
def test_each_model_of_a_change_is_held_against_the_others(tmp_path: Path, models: tuple[str, ...]) -> None:
    before = with_a_third()
    for name in NAMES:
        after = replaced(before, MANIFEST, "registered_model: credit-score", f"registered_model: {name}")
        assert colliding(tmp_path / name, before, after, *models) == ["other-score"]
    unreleased = {path: data for path, data in before.items() if not path.startswith(f"{SCOPE}/releases/1.2.0")}
    assert colliding(tmp_path / "artifact", unreleased, before, *models) == ["other-score"]


def test_a_new_model_claims_all_that_it_has_and_one_that_cannot_be_read_claims_nothing(tmp_path: Path) -> None:
    before = {path: data for path, data in START.items() if not path.startswith(f"{SCOPE}/")}
    assert colliding(tmp_path, before, START, "credit-score") == ["other-score"]
    broken = replaced(START, MANIFEST, "tier: medium", "tier: [medium")
    assert colliding(tmp_path / "broken", START, broken, "credit-score") == []
    assert colliding(tmp_path / "mended", broken, START, "credit-score") == ["other-score"]
    unreadable = replaced(START, f"{OTHER}/manifest.yaml", "tier: medium", "tier: [medium")
    alone = {path: data for path, data in unreadable.items() if not path.startswith(f"{SCOPE}/")}
    assert colliding(tmp_path / "other", alone, unreadable, "credit-score") == []
