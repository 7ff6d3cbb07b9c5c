"""Several reconcilers at once against a real server: one champion, one ledger, and no record twice.

Rows F7, G3 and G6 of the mission; T74 of the threats. Each round merges a promotion or a rollback; in some of them
one reconciler still follows the commit before it.
"""

import json
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from faulty import Answered, Asked, Fault, Forward, faulty
from modelward.ledger.branch import LedgerBranch, verified
from modelward.tree.git import Git
from operated import Clock, Operated, aliases
from racing import Racer, apply, race, racers
from repository import PROJECT, Repository

MODEL = "delivery-eta"
RELEASES = ("1.0.0", "1.1.0", "1.2.0")
GOVERNED = ("models", "policies", "environments", "validators")


@pytest.fixture
def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Operated]]:
    """A repository whose ledger begins, on a registry server that has three versions of one model."""
    for name, value in (("GIT_CONFIG_GLOBAL", os.devnull), ("GIT_CONFIG_NOSYSTEM", "1")):
        monkeypatch.setenv(name, value)

    def begun(uri: str) -> Operated:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        client = MlflowClient()
        experiment = client.create_experiment(tmp_path.name)
        client.create_registered_model(MODEL)
        for release in RELEASES:
            run = client.create_run(experiment)
            client.log_artifacts(run.info.run_id, str(PROJECT / "demo/artifacts" / MODEL / release), "model")
            client.create_model_version(MODEL, f"{run.info.artifact_uri}/model", run.info.run_id)
        repository = Repository(tmp_path / "repository")
        for folder in GOVERNED:
            shutil.copytree(PROJECT / folder, repository.root / folder, ignore=shutil.ignore_patterns("__pycache__"))
        repository.commit("Start")
        world = Operated.begun(repository, Clock())
        ended = world.apply("--adopt", "--trust-root", "main", "--model", MODEL)
        assert ended.code == 0, ended
        return world

    yield begun
    MlflowClient().delete_registered_model(MODEL)


def records(world: Operated) -> list[Any]:
    """All records of the ledger, which is verified from its first commit."""
    git = Git(world.root)
    tip = LedgerBranch(git, "origin").tip()
    world.git("fetch", "--quiet", "origin")
    verified(git, tip, world.git("rev-parse", "origin/main"), None)
    paths = world.git("ls-tree", "-r", "--name-only", str(tip), "records/").splitlines()
    return [json.loads(data or b"") for data in git.blobs(f"{tip}:{path}" for path in paths)]


def merged(world: Operated, release: str) -> str:
    """Merge a deployment to staging, and lift what stands in its way; main before it."""
    before = world.git("rev-parse", "HEAD")
    known = world.ledger(f"state/{MODEL}/staging.json").get("suspensions", {}).items()
    out = [name for name, one in known if one["release"] == release and "resumed" not in one]
    world.clock.forward(minutes=20)
    world.deploy(release, MODEL, "staging", **({"resume": out[0]} if out else {}))
    return before


def require_one(world: Operated, release: str, moves: int, said: object) -> None:
    """One version holds staging, the ledger says so after so many moves, and nothing is on record twice."""
    assert aliases(MODEL)["staging"] == str(RELEASES.index(release) + 1), said
    stages = Counter(one.current_stage for one in MlflowClient().search_model_versions(f"name='{MODEL}'"))
    assert (stages["Staging"], stages["Production"]) == (1, 1), said
    told = records(world)
    state = world.ledger(f"state/{MODEL}/staging.json")
    assert (state["tenures"][-1]["release"], len(state["tenures"])) == (release, moves), said
    assert "lease" not in state, said
    keys = Counter(one["lease"]["key"] for one in told if one["kind"] == "outcome" and "lease" in one)
    assert max(keys.values()) == 1, keys
    suspended = Counter(one["suspension"] for one in told if one["kind"] == "suspension")
    assert max(suspended.values(), default=1) == 1, suspended


def play(world: Operated, started: Sequence[Racer], rounds: int) -> None:
    for number in range(rounds):
        release = RELEASES[2 - number % 2]
        before = merged(world, release)
        stale = number % 3 == 2
        refs = ["origin/main"] * (len(started) - stale) + [before] * stale
        ends = race(started, world.clock.now, *refs)
        require_one(world, release, number + 2, ends)
        assert all(one.code in (0, 1, 3) for one in ends), ends


@pytest.mark.parametrize(
    ("server", "count", "rounds"), [("http_sqlite", 2, 10), ("http_sqlite", 5, 2), ("http_postgres", 2, 3)]
)
def test_f7_g6_reconcilers_that_race_leave_one_champion_and_one_ledger(
    begin: Callable[[str], Operated], request: pytest.FixtureRequest, server: str, count: int, rounds: int
) -> None:
    world = begin(str(request.getfixturevalue(server)))
    with racers(world, count) as started:
        play(world, started, rounds)


def test_f7_g6_t85_a_process_that_the_system_kills_at_a_write_is_followed_by_one_that_finishes(
    begin: Callable[[str], Operated], http_sqlite: str
) -> None:
    world = begin(http_sqlite)
    folder = world.root.parent
    for number, writes in enumerate((1, 3, 2, 4)):
        release = RELEASES[2 - number % 2]
        merged(world, release)
        with faulty(http_sqlite) as proxy:
            victim = Racer.started(folder / "server.git", folder / f"victim-{number}", MLFLOW_TRACKING_URI=proxy.uri)
            proxy.always = _killing(victim, writes)
            victim.tell(world.clock.now, *apply("origin/main"))
            assert victim.process.wait(timeout=60) == -signal.SIGKILL
            victim.close()
        world.clock.forward(minutes=16)
        with racers(world, 1, f"after-{number}") as (other,):
            (ended,) = race([other], world.clock.now, "origin/main")
        require_one(world, release, number + 2, ended)


def _killing(victim: Racer, writes: int) -> Fault:
    """Kill when so many writes have been asked for; every other of these is still carried out."""
    left = [writes]

    def fault(asked: Asked, forward: Forward) -> Answered | None:
        if asked.method == "GET" or "/search" in asked.path:
            return forward(asked)
        left[0] -= 1
        if left[0] > 0:
            return forward(asked)
        if writes % 2:
            forward(asked)
        victim.process.kill()
        return None

    return fault
