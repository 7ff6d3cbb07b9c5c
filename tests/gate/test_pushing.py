"""Real pushes to a bare repository with the hook: what is not signed is refused, with the verdict as the message."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from governed import MANIFEST, Governed, key
from modelward.ledger.branch import Ledger, extended, verified
from modelward.ledger.writing import record
from modelward.tree.git import Git
from repository import Ended


@pytest.fixture
def world(tmp_path: Path) -> Governed:
    world = Governed.started(tmp_path)
    world.install_hook()
    return world


def test_a_push_to_main_without_signatures_is_refused_with_the_verdict(world: Governed) -> None:
    world.promote()
    ended = world.push("origin", "HEAD:main")
    assert ended.code != 0
    assert "promotion  models/credit-score  production: 1.0.0 -> 1.1.0" in ended.err
    assert "can sign: lead-1, lead-2" in ended.err
    assert world.git("ls-remote", "origin", "main").split()[0] == world.git("rev-parse", "origin/main")


def test_a_branch_beside_main_takes_anything(world: Governed) -> None:
    world.promote()
    assert world.push("origin", "HEAD:promote").code == 0


def merge(world: Governed) -> None:
    world.git("switch", "--quiet", "main")
    world.git("merge", "--quiet", "--no-ff", "--no-edit", "change", by="lead-2")


def squash(world: Governed) -> None:
    world.git("switch", "--quiet", "main")
    world.git("merge", "--quiet", "--squash", "change")
    world.git("commit", "--quiet", "--message", "Promote (#1)", by="engineer-1")


def rebase(world: Governed) -> None:
    world.git("switch", "--quiet", "main")
    world.git("cherry-pick", "origin/main..change", by="lead-2")


@pytest.mark.parametrize("land", [merge, squash, rebase])
def test_a_signed_branch_lands_by_merge_squash_and_rebase(world: Governed, land: Callable[[Governed], None]) -> None:
    world.approved()
    land(world)
    ended = world.push("origin", "main")
    assert ended.code == 0, ended.err
    assert world.read(MANIFEST).count('production: {release: "1.1.0"}') == 1


def test_the_merge_of_a_signed_branch_into_a_main_that_has_moved_is_accepted(world: Governed) -> None:
    world.approved()
    world.git("switch", "--quiet", "main")
    world.write("README.md", "# Models\n")
    world.commit("Words that no policy governs")
    assert world.push("origin", "main").code == 0
    merge(world)
    ended = world.push("origin", "main")
    assert ended.code == 0, ended.err


@pytest.mark.parametrize("push", [["--delete", "origin", "main"], ["--force", "origin", "HEAD~1:main"]])
def test_t57_main_is_neither_deleted_nor_rewound(world: Governed, push: list[str]) -> None:
    world.approved()
    merge(world)
    assert world.push("origin", "main").code == 0
    world.git("--git-dir", str(world.server), "config", "receive.denyDeleteCurrent", "ignore")
    assert world.push(*push).code != 0
    assert world.git("ls-remote", "origin", "main").split()[0] == world.git("rev-parse", "main")


def kept(world: Governed, by: str, *, upon: Ledger | None = None) -> Ledger:
    """A ledger with one record more, nowhere published; `by` signs it."""
    git, main = Git(world.root), world.git("rev-parse", "origin/main")
    before = upon or verified(git, None, main, None)
    at = datetime(2026, 11, 21, 9, minute=len(before.commits), tzinfo=UTC)
    return extended(before, [record("judgement", at, commit=main, root=main, verdict="allow")], "Judge", key(by))


def put(world: Governed, commit: str | None, *force: str) -> Ended:
    return world.push(*force, "origin", f"{commit}:refs/heads/modelward/ledger")


def test_t60_the_ledger_takes_only_commits_that_a_machine_has_signed(world: Governed) -> None:
    refused = put(world, kept(world, "lead-1").commit)
    assert refused.code != 0
    assert "signed by no machine that may write the ledger" in refused.err
    begun = kept(world, "reconciler")
    assert put(world, begun.commit).code == 0
    by_hand = world.git("commit-tree", f"{begun.commit}^{{tree}}", "-p", str(begun.commit), "-m", "By nobody")
    refused = put(world, by_hand)
    assert refused.code != 0
    assert "bears no signature" in refused.err
    assert put(world, kept(world, "reconciler", upon=begun).commit).code == 0


def test_t59_t84_the_ledger_is_neither_deleted_nor_rewound_nor_rewritten_by_whoever_has_its_key(
    world: Governed,
) -> None:
    begun = kept(world, "reconciler")
    later = kept(world, "reconciler", upon=begun)
    assert put(world, later.commit).code == 0
    again = extended(begun, [], "Say it in other words", key("reconciler"))
    for refused, said in (
        (world.push("--delete", "origin", "modelward/ledger"), "is never deleted"),
        (put(world, begun.commit, "--force"), "only moves forward"),
        (put(world, again.commit, "--force"), "only moves forward"),
        (put(world, emptied(world, later)), "changes or removes records/2026/11/"),
    ):
        assert refused.code != 0
        assert said in refused.err
    assert world.git("ls-remote", "origin", "modelward/ledger").split()[0] == later.commit


def emptied(world: Governed, ledger: Ledger) -> str:
    """A signed commit upon a ledger that holds what it says now, and no record of how it came to that."""
    (state,) = [line for line in world.git("ls-tree", str(ledger.commit)).splitlines() if line.endswith("\tstate")]
    tree = world.git("mktree", stdin=f"{state}\n".encode())
    signing = ("-c", "gpg.format=ssh", "-c", f"user.signingKey={key('reconciler')}")
    return world.git(*signing, "commit-tree", tree, "-p", str(ledger.commit), "-S", "-m", "Tidy up")
