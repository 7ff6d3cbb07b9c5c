"""Attacks through the name of a repository: the one that every new repository has until somebody names it."""

from pathlib import Path

import pytest

from governed import ENOUGH, MODEL, Governed

POLICY = "policies/policy.yaml"
OWNERS = (
    ("owner-1", "policy-owner", "propose"),
    ("owner-2", "policy-owner", "approve"),
    ("board-1", "governance-board", "approve"),
)


@pytest.fixture
def world(tmp_path: Path) -> Governed:
    return Governed.started(tmp_path)


@pytest.fixture
def unnamed(world: Governed) -> Governed:
    """A repository whose main still bears the name that `init` gives."""
    world.git("switch", "--quiet", "main")
    called(world, "your-organisation/ml-governance")
    world.commit("As it was laid out", "owner-1")
    world.git("push", "--quiet", "origin", "main")
    return world.branch("next")


def called(world: Governed, name: str) -> None:
    before = next(line for line in world.read(POLICY).splitlines() if line.startswith("repository: "))
    world.replace(POLICY, before, f"repository: {name}")


def named(findings: list[dict[str, object]]) -> list[object]:
    return [finding["path"] for finding in findings if finding["rule"] == "repository-named"]


def test_t11_nothing_is_signed_for_a_repository_without_a_name_of_its_own(unnamed: Governed) -> None:
    unnamed.promote()
    ended = unnamed.sign(*ENOUGH[0])
    assert ended.code == 1
    assert "the repository is still called `your-organisation/ml-governance`" in ended.err
    assert "set `repository: OWNER/NAME` in policies/policy.yaml" in ended.err
    assert not (unnamed.root / f"models/{MODEL}/signoffs").exists()


@pytest.mark.parametrize("name", ["your-organisation/ml-governance", "Your-Organisation/models"])
def test_t11_nothing_is_merged_into_a_repository_without_a_name_of_its_own(unnamed: Governed, name: str) -> None:
    unnamed.git("switch", "--quiet", "main")
    called(unnamed, name)
    unnamed.commit("Again", "owner-1")
    unnamed.git("push", "--quiet", "origin", "main")
    unnamed.branch("promotion").promote()
    ended = unnamed.gate()
    assert ended.code == 1
    assert ended.json["verdict"] == "deny"
    assert named(ended.json["findings"]) == [POLICY]


def test_t11_a_push_to_it_is_refused_with_the_reason(unnamed: Governed) -> None:
    unnamed.install_hook()
    unnamed.promote()
    ended = unnamed.push("origin", "HEAD:main")
    assert ended.code != 0
    assert "is still called" in ended.err


def test_the_change_that_names_the_repository_is_signed_and_pushed(unnamed: Governed) -> None:
    unnamed.install_hook()
    called(unnamed, "acme/example")
    unnamed.commit("Name the repository", "engineer-2")
    unnamed.signed(*OWNERS)
    ended = unnamed.push("origin", "HEAD:main")
    assert ended.code == 0, ended
    unnamed.git("fetch", "--quiet", "origin")
    unnamed.branch("after").promote()
    assert unnamed.sign(*ENOUGH[0]).code == 0


def test_t11_what_names_the_repository_changes_nothing_else(unnamed: Governed) -> None:
    called(unnamed, "acme/example")
    unnamed.write("validators/identity/folder-name.py", unnamed.read("validators/identity/folder-name.py") + "\n")
    unnamed.commit("Name the repository, and more", "engineer-2")
    ended = unnamed.gate()
    assert ended.code == 1
    assert any("together with other changes" in str(one["message"]) for one in ended.json["findings"])
    assert unnamed.sign(*OWNERS[0]).code == 1


def test_t11_a_repository_never_goes_back_to_the_name_that_all_have(world: Governed) -> None:
    called(world, "your-organisation/ml-governance")
    world.commit("Forget the name", "engineer-2")
    assert named(world.gate().json["findings"]) == [POLICY]
    assert world.sign(*OWNERS[0]).code == 1


def test_a_policy_that_cannot_be_read_names_no_repository(unnamed: Governed) -> None:
    unnamed.write(POLICY, "schema: policy/v1\n")
    unnamed.commit("Break it", "engineer-2")
    assert named(unnamed.gate().json["findings"]) == [POLICY]
