"""Benchmark `evidence collect`: all of it for 30,000 rows, of which the bootstrap may be no more than a third.

The shipped credit model is measured on every client of its data, with its groups, against the release before it, from
a registry in a file. What the bootstrap takes is told by how much longer processors work for ten times as many
resamples, which what else the machine does hardly changes.
"""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.generating import ORGANISATION, REPOSITORY, TEMPLATE
from bench.measuring import Command, Workshop, modelward, progress
from bench.outcome import Row, bounded
from embedded_registry import COMMITTED_ARTIFACTS, build

ROWS: Final = 30_000
SECONDS: Final = 60.0
SHARE: Final = 1 / 3
DRAWS: Final = 1_000
FEWER: Final = 100
TIMES: Final = 2
RELEASE: Final = "1.1.0"
CHAMPION: Final = "1.0.0"
CLIENTS: Final = REPOSITORY / "demo" / "data" / "taiwan_credit.csv.gz"


def benchmark(workshop: Workshop, _sizes: Sequence[int]) -> Iterator[Row]:
    """The time of the whole, then what of it the bootstrap takes."""
    root = workshop.folder / "collect"
    progress("building a registry and a repository with one model")
    uri = build(workshop.folder / "registry", COMMITTED_ARTIFACTS)
    for folder in (*ORGANISATION, f"models/{TEMPLATE}"):
        shutil.copytree(REPOSITORY / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["git", "-C", str(root), "init", "--quiet"], check=True)
    progress(f"evidence collect for {ROWS:,} rows, best of {TIMES}")
    whole, fewer = workshop.best(TIMES, *(collect(root, uri, draws) for draws in (DRAWS, FEWER)))
    bootstrap = (whole.busy - fewer.busy) * DRAWS / (DRAWS - FEWER)
    yield bounded(f"evidence collect, {ROWS:,} rows", 1, whole.seconds, SECONDS, "s")
    yield bounded("evidence collect, bootstrap", 1, bootstrap, whole.busy * SHARE, "s")
    shutil.rmtree(root)
    shutil.rmtree(workshop.folder / "registry")


def collect(root: Path, uri: str, draws: int) -> Command:
    """`modelward evidence collect` with every document that rows give, without writing them."""
    arguments = (
        *("evidence", "collect", TEMPLATE, RELEASE, "--champion", CHAMPION),
        *("--data", str(CLIENTS), "--id", "ID", "--draws", str(draws)),
        *("--by", "engineer-1", "--dry-run", "--quiet"),
    )
    return modelward(root, *arguments, MLFLOW_TRACKING_URI=uri)
