"""apply from a root that is older than main: what was merged since is judged, and nobody has vouched for it.

Rows F7 and G2 of the mission.
"""

from collections.abc import Iterator

import pytest

from simulated import Moment, Simulated

from .conftest import governed_copy
from .test_killed import waited
from .test_struck import elsewhere


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Simulated, str, Moment]]:
    """A world with a promotion that was merged after the commit from which the first run was told to start."""
    with pytest.MonkeyPatch.context() as patch:
        repository = governed_copy(tmp_path_factory.mktemp("vouched") / "repository", patch)
        with Simulated.running(repository) as world:
            world.registry.set_alias("credit-risk", "champion", 1)
            root = world.git("rev-parse", "HEAD")
            world.deploy("1.1.0")
            assert world.apply("--adopt", "--trust-root", root).code == 0
            yield world, root, world.moment()


@pytest.fixture
def root(first_run: tuple[Simulated, str, Moment]) -> str:
    """The commit that a person vouched for."""
    return first_run[1]


@pytest.fixture
def world(first_run: tuple[Simulated, str, Moment]) -> Simulated:
    """The same as it stood after the first run."""
    world, _, moment = first_run
    world.back(moment)
    return world


def test_g2_what_was_merged_after_the_root_comes_in_by_soak_and_steps_in_every_run(world: Simulated, root: str) -> None:
    assert world.ledger("state/trust.json")["root"] == root
    (judged,) = [one for one in world.every_record() if one["kind"] == "judgement"]
    assert (judged["root"], judged["commit"]) == (root, world.git("rev-parse", "origin/main"))
    before = world.pointers()
    for _ in range(2):
        waited(world, minutes=15)
        assert world.apply().code == 0
        assert "has held staging for" in world.status()["reason"]
        assert world.pointers() == before
    waited(world, hours=25)
    assert world.apply("--trust-root", root).code == 0, "the same root may be named again"
    assert "step 1" in world.status()["reason"]
    aliases, _, routing, _ = world.pointers()
    assert (aliases["champion"], routing.challenger.weight) == (1, 5)


def test_f7_a_clone_that_knows_nothing_goes_by_the_root_on_record(world: Simulated, root: str) -> None:
    before, main = world.pointers(), world.git("rev-parse", "origin/main")
    waited(world, minutes=15)
    ended = elsewhere(world, "fresh")
    assert (ended.code, world.pointers()) == (0, before), ended
    ended = elsewhere(world, "fresh", "--trust-root", main)
    assert (ended.code, f"the ledger's trust root is {root[:12]}" in ended.err) == (2, True), ended
    told = world.modelward("-C", str(world.root.parent / "fresh"), "history", "--format", "json", "--limit", "1000")
    assert [one["root"] for one in told.json["records"] if "root" in one] == [root], "it is on record once"


def test_t84_whoever_vouches_for_a_ledger_or_for_none_moves_no_root(world: Simulated, root: str) -> None:
    before = world.pointers()
    first = world.git("rev-list", "--max-parents=0", "refs/modelward/ledger-seen")
    for ledger, more in ((first, ()), ("none", ("--trust-root", root))):
        if more:
            world.git("push", "--quiet", "origin", ":refs/heads/modelward/ledger")
        assert world.apply("--ledger-root", ledger, *more).code == 0
        assert world.ledger("state/trust.json")["root"] == root
        waited(world, minutes=15)
        assert (world.apply().code, world.pointers()) == (0, before)
