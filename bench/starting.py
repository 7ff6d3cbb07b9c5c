"""Benchmark `start`: how soon the command answers, and how soon it has judged one model of a large repository."""

import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Final

from bench.generating import fleet, generate
from bench.measuring import Command, Workshop, modelward, progress
from bench.outcome import Row, bounded, compared

VERSION_SECONDS: Final = 0.15
ONE_MODEL_SECONDS: Final = 0.4
LARGEST: Final = 1_000
TIMES: Final = 5
ROUNDS: Final = 4
PAUSE_SECONDS: Final = 10.0
"""While a limit is broken the runs are repeated after a pause: a busy machine only ever adds time."""


def benchmark(workshop: Workshop, sizes: Sequence[int]) -> Iterator[Row]:
    """`--version` and `validate` of one model, each against its limit and against a bare interpreter."""
    size = min(LARGEST, max(sizes))
    root = workshop.folder / "start"
    progress(f"generating {size:,} models")
    generate(root, size)
    chosen = list(fleet(size))[size // 2].name
    progress(f"start-up and one model, best of {TIMES}")
    commands = (
        Command("python", (sys.executable, "-c", "pass"), root, {}),
        modelward(root, "--version"),
        modelward(root, "validate", f"models/{chosen}"),
    )
    bare, version, one = workshop.best(TIMES, *commands)
    for _ in range(ROUNDS - 1):
        if version.seconds <= VERSION_SECONDS and one.seconds <= ONE_MODEL_SECONDS:
            break
        progress("over a limit; trying again after a pause")
        time.sleep(PAUSE_SECONDS)
        again = zip((bare, version, one), workshop.best(TIMES, *commands), strict=True)
        bare, version, one = (min(runs, key=lambda run: run.seconds) for runs in again)
    for what, run, limit in (("--version", version, VERSION_SECONDS), ("validate, one model", one, ONE_MODEL_SECONDS)):
        yield bounded(what, size, run.seconds, limit, "s")
        yield compared(what, size, run.seconds, "python -c pass", bare.seconds, None)
    shutil.rmtree(root)
