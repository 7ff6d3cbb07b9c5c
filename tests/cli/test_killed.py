"""apply, ended by force before any call: the next run comes to what an unbroken one comes to, and says nothing twice.

Rows F7, G3, G6 and E16 of the mission; T74 and T85 of the threats. Between two calls that change nothing a process
leaves the same behind, so what stood before each call is taken down in one run, and a next run is tried from each.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from hosted import NAME, hosting
from modelward.ledger.branch import LedgerBranch
from modelward.tree.git import Git
from operated import Operated
from simulated import Moment, Simulated

from .conftest import governed_copy

DEEDS = ("promotion", "step", "last step", "breach", "trigger", "rollback")


def waited(world: Operated, **span: float) -> None:
    """Some time in which both releases do well."""
    world.clock.forward(**span)
    world.well("1.0.0", "1.1.0")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Simulated, Mapping[str, Moment]]]:
    """A world, and how it stood each time before a run had something to do."""
    with pytest.MonkeyPatch.context() as patch:
        repository = governed_copy(tmp_path_factory.mktemp("killed") / "repository", patch)
        with Simulated.running(repository) as world, hosting() as world.github:
            for name, value in world.github.variables().items():
                patch.setenv(name, value)
            yield world, dict(moments(world))


def moments(world: Simulated) -> Iterator[tuple[str, Moment]]:
    assert world.apply("--adopt", "--trust-root", "main").code == 0
    world.deploy("1.2.0", model="delivery-eta", environment="staging")
    yield "promotion", world.moment()
    assert world.apply().code == 0
    world.deploy("1.1.0")
    waited(world, hours=25)
    assert world.apply().code == 0
    waited(world, hours=25)
    yield "step", world.moment()
    assert world.apply().code == 0
    stepped = world.moment()
    world.fails("1.1.0", "1.0.0")
    yield "breach", world.moment()
    world.back(stepped)
    for days in (3, 7):
        waited(world, days=days)
        if days == 7:
            yield "last step", world.moment()
        assert world.apply().code == 0
    promoted = world.moment()
    world.fails("1.1.0", "1.0.0")
    yield "trigger", world.moment()
    world.back(promoted)
    waited(world, hours=1)
    world.deploy("1.0.0")
    yield "rollback", world.moment()


def on_record(world: Operated) -> Any:
    """What the ledger tells of each environment that must be the same, however often a run was broken off."""
    states = world.ledger_from_nothing().state.environments
    return {
        where: (
            [(one.release, one.artifact, one.entered, one.until is None) for one in state.tenures],
            {name: (one.release, one.resumed is None) for name, one in state.suspensions.items()},
            state.rollout and (state.rollout.phase, state.rollout.step, state.rollout.weight),
            state.lease,
        )
        for where, state in states.items()
    }


def ended(world: Simulated) -> Any:
    """All that must be the same, however often a run was broken off."""
    proposed = Git(world.root.parent / "server.git").text("for-each-ref", "refs/heads/modelward/rollback/")
    asked = [one["head"]["ref"] for one in world.github.pulls]
    pointers = [world.pointers(model) for model in ("credit-risk", "delivery-eta")]
    return pointers, on_record(world), len(proposed.splitlines()), asked


def twice(world: Operated) -> list[object]:
    """What is on record more than once."""
    records = world.every_record()
    said = [
        (one["kind"], one["model"], one["suspension"]) for one in records if one["kind"] in ("suspension", "resume")
    ]
    said += [
        ("outcome", one["model"], one["lease"]["key"]) for one in records if one["kind"] == "outcome" and "lease" in one
    ]
    return [one for one, times in Counter(said).items() if times > 1]


def told(world: Operated) -> list[tuple[str, str]]:
    """What the world was told; nothing was told twice."""
    events = [json.loads(line) for line in world.events.read_text().splitlines()] if world.events.exists() else []
    assert len({one["id"] for one in events}) == len(events)
    return sorted((one["type"], one["subject"]) for one in events)


def telling(world: Simulated) -> tuple[str, ...]:
    """The options of a run that tells of what it does, and asks for the merge of what it proposes."""
    return ("--events-file", str(world.events), "--github", NAME)


def settle(world: Operated, *more: str) -> None:
    """A run at once, and more when every claim has run out and all does well, until one writes nothing."""
    world.apply(*more)
    for _ in range(4):
        waited(world, minutes=16)
        before, done = LedgerBranch(Git(world.root), "origin").tip(), world.apply(*more)
        if LedgerBranch(Git(world.root), "origin").tip() == before:
            assert "Nothing to do" in done.out, done
            return
    pytest.fail("each run writes something")


PROPOSING = ("breach", "trigger")


@pytest.mark.parametrize("deed", DEEDS)
def test_f7_g6_a_run_killed_before_any_call_is_finished_by_the_next(
    played: tuple[Simulated, Mapping[str, Moment]], deed: str
) -> None:
    world, before = played
    world.back(before[deed])
    points = list(world.at_every_call(*telling(world)))
    settle(world, *telling(world))
    whole, heard = ended(world), told(world)
    assert not twice(world)
    assert len(world.github.pulls) == (deed in PROPOSING)
    for call, moment in points:
        world.back(moment)
        settle(world, *telling(world))
        assert ended(world) == whole, f"killed before {call}"
        lost = Counter(heard) - Counter(told(world))
        # What a killed run had given back is known of by the suspension alone.
        assert not lost or [kind for kind, _ in lost] == ["ml.model.rollout.returned"], f"killed before {call}: {lost}"
        assert not twice(world), f"killed before {call}"
    assert len(points) > 4, [call for call, _ in points]
