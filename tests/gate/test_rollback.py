"""Going back through the gate: what a ledger shows to have served here needs few to sign, and someone it needs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from governed import MANIFEST, MODEL, Governed, key
from modelward.ledger.branch import LedgerBranch, extended, verified
from modelward.ledger.writing import record
from modelward.specs.ledger import LedgerRecord
from modelward.tree.git import Git

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
WHERE = {"model": MODEL, "environment": "production"}


def served(release: str, minutes: int) -> LedgerRecord:
    facts = {"release": release, "artifact": "sha256:" + "a" * 64, "success": True}
    return record("outcome", AT + timedelta(minutes=minutes), action="promotion", **WHERE, **facts)


@pytest.fixture
def world(tmp_path: Path) -> Governed:
    """Production serves 1.1.0, and has served 1.0.0 before; the ledger tells."""
    world = Governed.started(tmp_path)
    world.promote()
    world.git("push", "--quiet", "origin", "HEAD:main")
    keep(world, served("1.0.0", 1), served("1.1.0", 2))
    world.branch("back")
    return world


def keep(world: Governed, *records: LedgerRecord) -> None:
    """Put records into the ledger that the server keeps."""
    git, main = Git(world.root), world.git("rev-parse", "origin/main")
    branch = LedgerBranch(git, "origin")
    before = verified(git, branch.tip(), main, None)
    judged = [record("judgement", AT, commit=main, root=main, verdict="allow")] if before.commit is None else []
    after = extended(before, [*judged, *records], "Record", key("reconciler"))
    assert after.commit is not None
    branch.publish(after.commit, before.commit)
    world.git("fetch", "--quiet", "origin")


def back(world: Governed, release: str = "1.0.0") -> None:
    world.replace(MANIFEST, 'production: {release: "1.1.0"}', f'production: {{release: "{release}"}}')
    world.commit("Go back", "engineer-2")


def kinds(world: Governed) -> list[str]:
    return [change["kind"] for change in world.gate().json["changes"]]


def test_what_served_here_is_gone_back_to_on_one_signature(world: Governed) -> None:
    back(world)
    denied = world.gate()
    assert denied.json["verdict"] == "deny", "few must sign, and not nobody"
    (state,) = denied.json["signoffs"]
    assert (state["requirement"], state["any"]) == ("rollback", True)
    world.signed(("engineer-2", "on-call", "propose"))
    ended = world.gate()
    assert (ended.code, kinds(world)) == (0, ["rollback"]), ended


def test_t89_a_lower_release_that_never_served_here_is_a_promotion(world: Governed) -> None:
    back(world, "1.2.0")
    assert kinds(world) == ["promotion"]


def test_t69_what_was_suspended_here_is_no_release_to_go_back_to(world: Governed) -> None:
    keep(
        world,
        record("suspension", AT + timedelta(minutes=3), **WHERE, suspension="s-1", release="1.0.0", error="drift"),
    )
    back(world)
    assert kinds(world) == ["promotion"]


def test_a_server_with_a_hook_tells_a_rollback_from_its_own_ledger(world: Governed) -> None:
    world.install_hook()
    back(world)
    assert world.push("origin", "HEAD:main").code != 0
    world.signed(("engineer-2", "on-call", "propose"))
    ended = world.push("origin", "HEAD:main")
    assert ended.code == 0, ended


def test_a_ledger_that_nobody_may_have_written_tells_nothing(world: Governed) -> None:
    git, main = Git(world.root), world.git("rev-parse", "origin/main")
    own = verified(git, None, main, None)
    forged = extended(
        own, [record("judgement", AT, commit=main, root=main, verdict="allow"), served("1.2.0", 1)], "x", key("lead-1")
    )
    world.git("update-ref", "refs/remotes/origin/modelward/ledger", str(forged.commit))
    back(world, "1.2.0")
    ended = world.gate()
    assert ended.code == 3
    assert "signed by no machine that may write it" in ended.err
