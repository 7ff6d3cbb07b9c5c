"""A clone whose settings, refs and folders are bent. Rows T49 and T74 of the threats."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from modelward.errors import CannotEvaluate, WrongUse
from modelward.tree.commit_source import GitSource
from modelward.tree.git import find_git
from repository import Repository


def tricked(repository: Repository) -> str:
    """Somebody's commit that is not merged; the branch is put back."""
    before = repository.git("rev-parse", "HEAD")
    repository.write("README.md", "not merged\n")
    evil = repository.commit("Evil")
    repository.git("reset", "--quiet", "--hard", before)
    return evil


@pytest.mark.parametrize("namespace", ["refs/tags", "refs/heads"])
def test_t74_a_ref_that_somebody_pushed_under_the_name_of_another_is_refused(
    merged: Repository, namespace: str
) -> None:
    evil = tricked(merged)
    merged.git("update-ref", "refs/remotes/origin/main", "HEAD")
    name = "main" if namespace == "refs/tags" else "origin/main"
    merged.git("update-ref", f"{namespace}/{name}", evil)
    git = find_git(merged.root)
    with pytest.raises(WrongUse, match=f"`{name}` names more than one thing"):
        git.commit(name)
    assert git.commit("refs/heads/main") == git.commit("HEAD")
    ended = merged.modelward("validate", "--ref", name)
    assert ended.code == 2
    assert "more than one thing" in ended.err


@pytest.mark.parametrize("tag", ["origin/main", "refs/remotes/origin/main", "refs/heads/main"])
def test_t74_no_tag_takes_the_place_of_a_branch_of_a_remote_or_of_a_whole_reference(
    merged: Repository, tag: str
) -> None:
    head = merged.git("rev-parse", "HEAD")
    merged.git("update-ref", "refs/remotes/origin/main", "HEAD")
    merged.git("update-ref", f"refs/tags/{tag}", tricked(merged))
    assert find_git(merged.root).commit(tag) == head


def test_t74_a_branch_that_is_named_like_the_start_of_a_commit_id_is_refused(merged: Repository) -> None:
    evil, head = tricked(merged), merged.git("rev-parse", "HEAD")
    merged.git("update-ref", f"refs/heads/{head[:12]}", evil)
    with pytest.raises(WrongUse, match="names more than one thing"):
        find_git(merged.root).commit(head[:12])


def test_t74_a_whole_commit_id_is_itself_whatever_a_branch_is_named(merged: Repository) -> None:
    evil, head = tricked(merged), merged.git("rev-parse", "HEAD")
    merged.git("update-ref", f"refs/heads/{head}", evil)
    assert find_git(merged.root).commit(head) == head


def test_t74_no_setting_of_the_clone_silences_the_doubt(merged: Repository) -> None:
    merged.git("update-ref", "refs/tags/main", tricked(merged))
    merged.git("config", "core.warnAmbiguousRefs", "false")
    with pytest.raises(WrongUse, match="names more than one thing"):
        find_git(merged.root).commit("main")


@pytest.mark.parametrize(
    "ref",
    ["--upload-pack=touch x", "-h", "--all", "", " ", "HEAD\nHEAD", "HEAD\0", "HEAD..HEAD", "^HEAD", "HEAD:", "@{-1}"],
)
def test_a_ref_that_is_none_is_wrong_use_and_no_option_of_git(merged: Repository, ref: str) -> None:
    with pytest.raises(WrongUse, match="names no commit"):
        find_git(merged.root).commit(ref)


def test_t49_a_clone_that_lacks_content_fetches_nothing_by_a_command_of_its_settings(
    merged: Repository, tmp_path: Path
) -> None:
    clone = Repository(tmp_path / "clone")
    merged.git("config", "uploadpack.allowFilter", "true")
    merged.git(
        "clone", "--quiet", "--no-local", "--filter=blob:none", "--no-checkout", f"file://{merged.root}", "../clone"
    )
    clone.git("config", "remote.origin.uploadpack", f"touch {tmp_path}/ran; git-upload-pack")
    git = find_git(clone.root)
    with pytest.raises(CannotEvaluate):
        list((source := GitSource(git, git.commit("HEAD"))).read(source.entries("policies")))
    assert not (tmp_path / "ran").exists()


def test_t49_a_setting_of_the_clone_does_not_lead_to_another_repository(merged: Repository, tmp_path: Path) -> None:
    other = Repository.of_example(tmp_path / "other")
    other.commit()
    merged.git("config", "core.worktree", str(other.root))
    with pytest.raises(CannotEvaluate, match="lies outside"):
        find_git(merged.root)


@pytest.mark.parametrize("name", ["with space ", "line\nend", "end\n", "größe", "-C", "\x1b[2J", os.fsdecode(b"\xff")])
def test_a_folder_with_an_odd_name_is_itself(merged: Repository, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "odd" / name
    folder.parent.mkdir()
    merged.root.rename(folder)
    assert find_git(folder).root == folder
    assert find_git(folder / "models").root == folder


def test_what_git_says_of_a_repository_that_it_cannot_use_is_passed_on(merged: Repository) -> None:
    merged.write(".git/config", "[core\n")
    with pytest.raises(CannotEvaluate, match="bad config"):
        find_git(merged.root)


def test_a_machine_without_git_is_told_so(merged: Repository) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "modelward", "-C", str(merged.root), "plan"],
        env=os.environ | {"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "git cannot be run" in done.stderr


def test_a_repository_that_git_cannot_use_is_not_judged_as_if_there_were_none(merged: Repository) -> None:
    merged.write(".git/config", "[core\n")
    ended = merged.modelward("validate")
    assert ended.code == 3
    assert "bad config" in ended.err
