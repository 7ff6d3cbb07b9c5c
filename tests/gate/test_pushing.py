"""Real pushes to a bare repository with the hook: what is not signed is refused, with the verdict as the message."""

from collections.abc import Callable
from pathlib import Path

import pytest

from governed import MANIFEST, Governed, key


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


def test_t60_the_ledger_takes_only_commits_that_a_machine_has_signed(world: Governed) -> None:
    world.git("switch", "--quiet", "--orphan", "modelward/ledger")
    world.write("records/2026/11/one.json", "{}\n")
    signing = ["-c", "gpg.format=ssh", "-c", f"user.signingKey={key('lead-1')}"]
    world.git("add", "records")
    world.git(*signing, "commit", "--quiet", "-S", "--message", "By a person")
    refused = world.push("origin", "modelward/ledger")
    assert refused.code != 0
    assert "signed by no machine that may write the ledger" in refused.err
    signing[-1] = f"user.signingKey={key('reconciler')}"
    world.git(*signing, "commit", "--quiet", "-S", "--amend", "--message", "By the reconciler")
    assert world.push("origin", "modelward/ledger").code == 0
    world.write("records/2026/11/two.json", "{}\n")
    world.git("add", "records")
    world.git("commit", "--quiet", "--no-gpg-sign", "--message", "By nobody")
    refused = world.push("origin", "modelward/ledger")
    assert refused.code != 0
    assert "bears no signature" in refused.err
    assert world.push("--force", "origin", "HEAD~1~0:modelward/ledger").code == 0
    assert world.push("--delete", "origin", "modelward/ledger").code != 0
