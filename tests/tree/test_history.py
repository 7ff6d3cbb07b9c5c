"""What merged commits have said before: the first-parent history of one commit."""

from modelward.specs.scalars import EnvironmentName
from modelward.tree.git import Git
from modelward.tree.history import History
from repository import Repository

MANIFEST = "models/credit-score/manifest.yaml"
PRODUCTION, STAGING = EnvironmentName("production"), EnvironmentName("staging")


def promote(repository: Repository, before: str, after: str) -> str:
    repository.replace(MANIFEST, f'production: {{release: "{before}"}}', f'production: {{release: "{after}"}}')
    return repository.commit(f"Promote {after}")


def held(repository: Repository, commit: str = "HEAD", model: str = "credit-score") -> set[str]:
    return set(History(Git(repository.root), commit).releases(model, PRODUCTION))


def test_every_release_that_main_has_put_into_an_environment_is_known(merged: Repository) -> None:
    promote(merged, "1.0.0", "1.1.0")
    promote(merged, "1.1.0", "1.2.0")
    assert held(merged) == {"1.0.0", "1.1.0", "1.2.0"}
    assert History(Git(merged.root), "HEAD").releases("credit-score", STAGING) == {"1.1.0"}


def test_an_environment_that_the_model_had_not_entered_yet_held_nothing(merged: Repository) -> None:
    line = '  production: {release: "1.1.0"}\n'
    promote(merged, "1.0.0", "1.1.0")
    merged.replace(MANIFEST, line, "")
    merged.commit()
    assert held(merged) == {"1.0.0", "1.1.0"}
    assert History(Git(merged.root), "HEAD").releases("credit-score", EnvironmentName("elsewhere")) == frozenset()


def test_what_comes_after_the_commit_is_not_its_history(merged: Repository) -> None:
    base = merged.git("rev-parse", "HEAD")
    promote(merged, "1.0.0", "1.1.0")
    assert held(merged, base) == {"1.0.0"}


def test_manifests_come_newest_first_and_only_where_they_changed(merged: Repository) -> None:
    promote(merged, "1.0.0", "1.1.0")
    merged.write("models/credit-score/README.md", "words\n")
    merged.commit()
    manifests = list(History(Git(merged.root), "HEAD").manifests("credit-score"))
    assert [manifest.deployments[PRODUCTION].release for manifest in manifests] == ["1.1.0", "1.0.0"]


def test_what_stood_only_on_a_branch_never_held_the_environment(merged: Repository) -> None:
    merged.git("checkout", "--quiet", "-b", "work")
    promote(merged, "1.0.0", "1.2.0")
    promote(merged, "1.2.0", "1.1.0")
    merged.git("checkout", "--quiet", "main")
    merged.git("merge", "--quiet", "--no-ff", "--no-edit", "work")
    assert held(merged) == {"1.0.0", "1.1.0"}


def test_a_merge_counts_for_what_it_leaves_on_main(merged: Repository) -> None:
    merged.git("checkout", "--quiet", "-b", "work")
    promote(merged, "1.0.0", "1.1.0")
    merged.git("checkout", "--quiet", "main")
    merged.git("merge", "--quiet", "--no-ff", "--no-commit", "work")
    merged.replace(MANIFEST, 'production: {release: "1.1.0"}', 'production: {release: "1.2.0"}')
    merged.commit("Merge, with another release")
    assert held(merged) == {"1.0.0", "1.2.0"}


def test_a_manifest_that_cannot_be_read_is_left_out_and_hides_no_other(merged: Repository) -> None:
    good = merged.read(MANIFEST)
    for bad in (b"\xff\xfe", b"a: &x 1\n", b"schema: manifest/v1\n"):
        merged.write(MANIFEST, bad)
        merged.commit()
    merged.write(MANIFEST, good)
    promote(merged, "1.0.0", "1.1.0")
    assert held(merged) == {"1.0.0", "1.1.0"}


def test_a_manifest_that_was_removed_or_is_a_link_puts_nothing_anywhere(merged: Repository) -> None:
    merged.remove(MANIFEST)
    merged.commit()
    (merged.root / MANIFEST).symlink_to("canary.yaml")
    merged.commit()
    assert held(merged) == {"1.0.0"}


def test_a_model_starts_with_its_folder_and_inherits_nothing_from_another(merged: Repository) -> None:
    promote(merged, "1.0.0", "1.1.0")
    merged.git("config", "log.follow", "true")
    merged.git("config", "diff.renames", "copies")
    merged.git("mv", "models/credit-score", "models/renamed")
    merged.commit()
    assert held(merged, model="renamed") == {"1.1.0"}
    assert held(merged, model="unknown") == set()


def test_no_setting_of_git_bends_the_history(merged: Repository) -> None:
    promote(merged, "1.0.0", "1.1.0")
    for name, value in {
        "log.showSignature": "true",
        "log.decorate": "full",
        "log.abbrevCommit": "true",
        "log.date": "raw",
        "log.mailmap": "true",
        "color.ui": "always",
        "core.abbrev": "4",
    }.items():
        merged.git("config", name, value)
    assert held(merged) == {"1.0.0", "1.1.0"}


def test_grafts_and_replacements_hide_no_commit(merged: Repository) -> None:
    start = merged.git("rev-parse", "HEAD")
    promote(merged, "1.0.0", "1.1.0")
    end = promote(merged, "1.1.0", "1.2.0")
    merged.write(".git/info/grafts", f"{end}\n")
    assert merged.git("rev-list", "HEAD") == end
    assert held(merged) == {"1.0.0", "1.1.0", "1.2.0"}
    (merged.root / ".git/info/grafts").unlink()
    merged.git("replace", "--graft", end, start)
    assert merged.git("rev-list", "--count", "HEAD") == "2"
    assert held(merged) == {"1.0.0", "1.1.0", "1.2.0"}


def test_what_was_promoted_is_what_another_release_holds_than_when_the_model_was_added(merged: Repository) -> None:
    assert History(Git(merged.root), "HEAD").promoted("credit-score") == frozenset()
    promote(merged, "1.0.0", "1.1.0")
    assert History(Git(merged.root), "HEAD").promoted("credit-score") == {PRODUCTION}
    promote(merged, "1.1.0", "1.0.0")
    assert History(Git(merged.root), "HEAD").promoted("credit-score") == frozenset()
    line = '  staging: {release: "1.1.0"}\n'
    merged.replace(MANIFEST, line, line + '  elsewhere: {release: "1.1.0"}\n')
    merged.commit()
    assert History(Git(merged.root), "HEAD").promoted("credit-score") == {"elsewhere"}
    assert History(Git(merged.root), "HEAD").promoted("nobody") == frozenset()


def test_what_a_model_deployed_before_it_was_removed_is_no_start_of_the_one_that_was_added_again(
    merged: Repository,
) -> None:
    manifest = merged.read(MANIFEST)
    merged.remove(MANIFEST)
    merged.commit("Remove")
    merged.write(MANIFEST, manifest.replace('production: {release: "1.0.0"}', 'production: {release: "1.2.0"}'))
    merged.commit("Add again")
    assert History(Git(merged.root), "HEAD").promoted("credit-score") == frozenset()
    promote(merged, "1.2.0", "1.0.0")
    assert History(Git(merged.root), "HEAD").promoted("credit-score") == {PRODUCTION}
