"""The ledger and main as somebody bends them behind the reconciler's back, through apply. Rows T59, T60 and T83.

Each is pushed to a server that has no hook, while a promotion waits: nothing of it moves.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.conftest import governed_copy
from governed import key
from repository import Repository
from simulated import Moment, Simulated

LEDGER = "refs/heads/modelward/ledger"
STATE = "state/credit-risk/production.json"


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Simulated, Moment]]:
    """A world that was taken over, in which a promotion is merged that the next run would begin."""
    with pytest.MonkeyPatch.context() as patch:
        repository = governed_copy(tmp_path_factory.mktemp("bent") / "repository", patch)
        with Simulated.running(repository) as world:
            assert world.apply("--adopt", "--trust-root", "main").code == 0
            world.deploy("1.2.0", model="delivery-eta", environment="staging")
            yield world, world.moment()


@pytest.fixture
def world(waiting: tuple[Simulated, Moment]) -> Simulated:
    """The same as it stood then."""
    world, moment = waiting
    world.back(moment)
    return world


@pytest.fixture
def intruder(world: Simulated, tmp_path: Path) -> Repository:
    """A clone of somebody who may push, with the ledger checked out."""
    world.git("clone", "--quiet", "--branch", "modelward/ledger", str(world.root.parent / "server.git"), str(tmp_path))
    return Repository(tmp_path)


def append(intruder: Repository, by: str = "reconciler") -> None:
    """Commit what the clone holds upon the ledger, signed by a key, and push it."""
    intruder.git("add", "--all")
    signing = ["-c", "gpg.format=ssh", "-c", f"user.signingKey={key(by)}"]
    intruder.git(*signing, "commit", "--quiet", "--allow-empty", "-S", "--message", "Append")
    intruder.git("push", "--quiet", "origin", f"HEAD:{LEDGER}")


def first_record(intruder: Repository) -> str:
    """The oldest record of a promotion."""
    paths = intruder.git("ls-files", "records/").splitlines()
    return next(path for path in sorted(paths) if json.loads(intruder.read(path)).get("action") == "promotion")


def alarmed(world: Simulated, says: str) -> None:
    """A run ends with an alarm that says why, and moves nothing; nor does it write the ledger."""
    models, tip = world.registry.models(), world.git("ls-remote", "origin", LEDGER)
    ended = world.apply()
    assert (ended.code, says in ended.err) == (3, True), ended
    assert world.registry.models() == models
    assert world.git("ls-remote", "origin", LEDGER) == tip


def edited(intruder: Repository) -> None:
    path = first_record(intruder)
    intruder.write(path, intruder.read(path).replace('"1.', '"2.', 1))


def removed(intruder: Repository) -> None:
    intruder.remove(first_record(intruder))


def reordered(intruder: Repository) -> None:
    path = first_record(intruder)
    intruder.copy(path, path.replace("records/2026", "records/2025"))


def retold(intruder: Repository) -> None:
    intruder.write(STATE, intruder.read(STATE).replace('"1.0.0"', '"1.1.0"'))


@pytest.mark.parametrize(
    ("bend", "says"),
    [
        (edited, "changes or removes"),
        (removed, "changes or removes"),
        (reordered, "no record of that name"),
        (retold, "another state than its records come to"),
    ],
)
def test_t59_a_ledger_that_was_edited_is_an_alarm_though_the_machines_own_key_has_signed_it(
    world: Simulated, intruder: Repository, bend: Callable[[Repository], None], says: str
) -> None:
    bend(intruder)
    append(intruder)
    alarmed(world, says)


def test_t59_two_ledgers_that_were_merged_are_an_alarm(world: Simulated, intruder: Repository) -> None:
    tip = intruder.git("rev-parse", "HEAD")
    intruder.git("switch", "--quiet", "--detach", f"{tip}^")
    intruder.git("commit", "--quiet", "--allow-empty", "--message", "Another")
    signing = ["-c", "gpg.format=ssh", "-c", f"user.signingKey={key('reconciler')}"]
    intruder.git(*signing, "merge", "--quiet", "--no-ff", "-S", "--message", "Both", tip)
    intruder.git("push", "--quiet", "--force", "origin", f"HEAD:{LEDGER}")
    alarmed(world, "does not follow")


def test_t60_what_a_person_adds_to_the_ledger_is_an_alarm(world: Simulated, intruder: Repository) -> None:
    append(intruder, by="lead-1")
    alarmed(world, "signed by no machine")


def test_t83_under_an_old_policy_that_main_was_turned_over_to_nothing_is_judged(
    world: Simulated, intruder: Repository
) -> None:
    first = world.git("rev-list", "--max-parents=0", "origin/main")
    intruder.git("switch", "--quiet", "--detach", first)
    policy, asked = "policies/signoff.yaml", "all: [{role: ml-engineer}, {role: team-lead}]"
    intruder.write(policy, intruder.read(policy).replace(asked, "all: []"))
    intruder.commit("Ask nobody")
    intruder.replace(
        "models/credit-risk/manifest.yaml", 'production: {release: "1.0.0"', 'production: {release: "1.1.0"'
    )
    intruder.commit("Promote")
    intruder.git("merge", "--quiet", "--no-commit", "origin/main")
    intruder.git("checkout", "origin/main", "--", policy)
    intruder.commit("Merge main")
    intruder.git("push", "--quiet", "origin", "HEAD:main")
    world.git("fetch", "--quiet", "origin")
    before = world.pointers()
    world.clock.forward(days=2)
    ended = world.apply("--ref", "origin/main")
    assert ended.code == 1, ended
    assert "models/credit-risk is followed only as it stood at" in ended.out
    assert "sign-offs missing" in ended.out
    assert world.pointers() == before
