"""apply, a process that the system ends by force at a call to real servers: the next run finishes what it had begun.

Rows E5, F7, G3 and G6 of the mission; T74 and T85 of the threats. A run that nobody ends tells which calls there are.
"""

import shutil
import signal
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from mlflow import MlflowClient

from faulty import faulty
from killing import Calls, applied
from operated import Clock, Operated, aliases, routed, suspensions
from tracking_server import tracking_server

from .conftest import Kept, governed_copy
from .test_killed import on_record, settle, told, twice, waited
from .test_struck import receiving

RETURN = "push refs/heads/modelward/rollback/credit-risk-production-1.1.0"


@dataclass(frozen=True)
class Stood:
    """All that outlives a process, as it stood once: registry, branches, journal and the time."""

    registry: Path
    files: Mapping[Path, bytes]
    now: datetime


class Served(Operated):
    """This project's models on a server whose database can be put back."""

    database: Path

    def moment(self, name: str) -> Stood:
        """How everything stands now; the name is of no other moment."""
        kept = self.root.parent / f"{name}.db"
        copied(self.database, kept)
        return Stood(kept, self.lasting(), self.clock.now)

    def back(self, stood: Stood) -> None:
        """Let everything stand as it did once."""
        copied(stood.registry, self.database)
        self.lay_back(stood.files)
        self.clock.now = stood.now

    @property
    def options(self) -> tuple[str, ...]:
        """What a run is about, and whom it tells."""
        return "--model", "credit-risk", "--events-file", str(self.events)


def copied(source: Path, target: Path) -> None:
    """Copy a database, also into one that others have open."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, kept: Kept) -> Iterator[tuple[Served, Calls, Mapping[str, Stood]]]:
    """A world, its calls, and how it stood each time before a run had something to do."""
    folder = tmp_path_factory.mktemp("killed-process")
    registry = folder / "registry"
    shutil.copytree(kept.folder / "artifacts", registry / "artifacts")
    kept.put(registry, kept.found)
    calls = Calls(folder)
    calls.begin()
    with pytest.MonkeyPatch.context() as patch, tracking_server(registry) as uri, faulty(uri) as proxy:
        repository = governed_copy(folder / "repository", patch)
        patch.setenv("MLFLOW_TRACKING_URI", proxy.uri)
        proxy.always = calls
        world = Served.begun(repository, Clock())
        world.database = registry / "mlflow.db"
        with receiving(world, calls.hook):
            yield world, calls, dict(moments(world))


def moments(world: Served) -> Iterator[tuple[str, Stood]]:
    assert world.apply("--adopt", "--trust-root", "main", *world.options).code == 0
    world.deploy("1.1.0")
    done_well(world, hours=25)
    waited(world, hours=25)
    yield "step", world.moment("step")
    assert world.apply(*world.options).code == 0
    done_well(world, hours=73)
    waited(world, hours=169)
    yield "last step", world.moment("last step")
    assert world.apply(*world.options).code == 0
    world.deploy("1.0.0", environment="staging")
    done_well(world, minutes=1)
    world.fails("1.1.0", "1.0.0")
    yield "trigger", world.moment("trigger")


def done_well(world: Served, **span: float) -> None:
    """Some time in which all does well, and a run after it."""
    waited(world, **span)
    ended = world.apply(*world.options)
    assert ended.code == 0, ended


@dataclass(frozen=True)
class Holding:
    """What the registry says of who holds what: aliases, stages, shares, and how many suspensions 1.1.0 bears."""

    aliases: Mapping[str, str]
    stages: tuple[str, ...]
    shares: tuple[int, int]
    suspended: int


HOLDING = {
    "step": Holding(
        {"staging": "2", "champion": "1", "challenger": "2"}, ("Production", "Staging", "None"), (80, 20), 0
    ),
    "last step": Holding({"staging": "2", "champion": "2"}, ("Archived", "Production", "None"), (100, 0), 0),
    "trigger": Holding({"staging": "1", "champion": "1"}, ("Production", "Archived", "None"), (100, 0), 1),
}


def holding() -> Holding:
    """What it says now."""
    found = MlflowClient().search_model_versions("name='credit-risk'")
    stages = {int(one.version): str(one.current_stage) for one in found}
    traffic = routed()
    shares = traffic["champion"]["weight"], (traffic["challenger"] or {"weight": 0})["weight"]
    return Holding(aliases(), tuple(stages[number] for number in sorted(stages)), shares, len(suspensions(2)))


def sampled(made: Sequence[str]) -> list[int]:
    """The numbers of the calls at which a run is ended: the last of each name, or the first, up to the last three."""
    return sorted({1, *({call: number for number, call in enumerate(made, 1)}.values())})[-3:]


@pytest.mark.parametrize("deed", HOLDING)
def test_f7_g6_t85_a_process_killed_at_a_call_to_a_server_is_followed_by_a_run_that_finishes(
    played: tuple[Served, Calls, Mapping[str, Stood]], deed: str
) -> None:
    world, calls, before = played
    world.back(before[deed])
    calls.begin()
    assert applied(world, calls, *world.options) == (deed == "trigger")
    made = calls.made
    settle(world, *world.options)
    whole, heard = on_record(world), told(world)
    assert holding() == HOLDING[deed]
    for number in sampled(made):
        where = f"killed at call {number}, {made[number - 1]}"
        world.back(before[deed])
        calls.begin()
        calls.kill_at(number)
        assert applied(world, calls, *world.options) == -signal.SIGKILL, where
        calls.spare()
        settle(world, *world.options)
        assert (holding(), on_record(world), told(world)) == (HOLDING[deed], whole, heard), where
        assert not twice(world), where
        assert calls.made.count(RETURN) == (deed == "trigger") + (made[number - 1] == RETURN), where
