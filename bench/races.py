"""Benchmark `race`: reconcilers that act at once, and at the end of how many rounds not one version holds the stage.

Each round merges a promotion or a rollback, and all apply it at the same time. The peer is as many processes that each
put another version into the stage by MLflow's own call, which archives the others. The registry's server keeps its data
in SQLite first, and then in PostgreSQL. Limit: no round ends wrong.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from itertools import product
from pathlib import Path
from typing import Final

from bench.measuring import HERE, Workshop, progress
from bench.outcome import Row
from tracking_server import tracking_server

ROUNDS: Final = 50
RECONCILERS: Final = (2, 5)
STAGE: Final = "Staging"


def benchmark(workshop: Workshop, sizes: Sequence[int]) -> Iterator[Row]:
    """One row for each number of reconcilers; with few models fewer rounds."""
    # The people, keys and clocks of these rounds are those of the tests.
    sys.path.append(str(HERE.parent / "tests"))
    rounds = min(ROUNDS, max(sizes))
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    databases: Mapping[str, Callable[[], AbstractContextManager[str | None]]]
    databases = {"SQLite": nullcontext, "PostgreSQL": _postgres}
    for name, count in product(databases, RECONCILERS):
        folder = workshop.folder / f"race-{name}-{count}"
        folder.mkdir()
        with databases[name]() as store, tracking_server(folder, store) as uri:
            os.environ["MLFLOW_TRACKING_URI"] = uri
            progress(f"{rounds} rounds of {count} reconcilers on {name}")
            ours = _ours(folder, uri, count, rounds)
            progress(f"{rounds} rounds of {count} that set stages by hand")
            theirs = _theirs(uri, count, rounds)
        told = f"plain transitions {theirs} of {rounds}"
        ratio = ours / theirs if theirs else float(ours)
        what = f"{count} at once on {name}, wrong rounds"
        yield Row(what, 1, f"{ours} of {rounds}", told, ratio, "0", "BROKEN" if ours else "holds")


@contextmanager
def _postgres() -> Iterator[str]:
    """The address of a server that runs meanwhile."""
    from postgres import address, postgres_server

    with postgres_server() as server:
        yield address(server)


def _ours(folder: Path, uri: str, count: int, rounds: int) -> int:
    """How many rounds ended wrong."""
    from racing import RELEASES, begun, merged, race, racers, wrong

    world, ended_wrong = begun(folder, uri), 0
    with racers(world, count) as started:
        for number in range(rounds):
            release = RELEASES[2 - number % 2]
            merged(world, release)
            race(started, world.clock.now, *["origin/main"] * count)
            found = wrong(world, release, number + 2)
            for one in found:
                progress(f"round {number + 1}: {one}")
            ended_wrong += bool(found)
    return ended_wrong


def _theirs(uri: str, count: int, rounds: int) -> int:
    from mlflow import MlflowClient

    from racing import MODEL, RELEASES

    client, ended_wrong = MlflowClient(tracking_uri=uri, registry_uri=uri), 0
    command = [sys.executable, str(HERE / "races_peer.py"), uri, MODEL, STAGE]
    with ExitStack() as stack:
        peers = [
            stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            for _ in range(count)
        ]
        for number in range(rounds):
            for place, one in enumerate(peers):
                assert one.stdin is not None
                print((number + place) % len(RELEASES) + 1, file=one.stdin, flush=True)
            for one in peers:
                assert one.stdout is not None
                one.stdout.readline()
            stages = [each.current_stage for each in client.search_model_versions(f"name='{MODEL}'")]
            ended_wrong += stages.count(STAGE) != 1
    return ended_wrong
