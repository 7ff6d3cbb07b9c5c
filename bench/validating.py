"""Benchmark `validate`: the whole of `modelward validate` against loading the same files and nothing else.

Limits: at most four times the loading; faster than check-jsonschema over the YAML specs alone; less than 500 MB of
memory; linear in the number of models.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.generating import generate
from bench.measuring import BIN, Command, Run, Workshop, modelward, peer, progress
from bench.outcome import Row, bounded, compared
from modelward.specs.kinds import KINDS

TIMES_THE_LOADING: Final = 4.0
PEAK_MEGABYTES: Final = 500.0
TIMES_A_MODEL: Final = 1.5
"""How much longer one model may take in the largest repository than in one of a thousand."""
SCHEMAS_AT: Final = 1_000
LEAST_JUDGED: Final = 10
"""Below so many models both processes only start; how fast ours starts is a benchmark of its own."""


def benchmark(workshop: Workshop, sizes: Sequence[int]) -> Iterator[Row]:
    """One row a size for time and memory, then the other peers."""
    ours: dict[int, Run] = {}
    for size in sizes:
        root = workshop.folder / f"validate-{size}"
        progress(f"generating {size:,} models")
        generate(root, size)
        times = max(2, min(5, 3_000 // size))
        progress(f"validate of {size:,} models against CSafeLoader, best of {times}")
        ours[size], theirs = workshop.best(times, validate(root), peer("loading_peer.py", root, str(root)))
        _check(ours[size], size)
        limit = TIMES_THE_LOADING if size >= LEAST_JUDGED else None
        yield compared("validate", size, ours[size].seconds, "CSafeLoader", theirs.seconds, limit)
        yield bounded("validate, peak memory", size, ours[size].peak / 1e6, PEAK_MEGABYTES, "MB")
        if size == SCHEMAS_AT:
            progress(f"check-jsonschema over the YAML specs of {size:,} models, once")
            seconds = sum(workshop.best(1, command)[0].seconds for command in _check_jsonschema(root))
            yield compared("validate", size, ours[size].seconds, "check-jsonschema, YAML only", seconds, 1.0)
        shutil.rmtree(root)
    largest = max(sizes)
    if SCHEMAS_AT in ours and largest > SCHEMAS_AT:
        per_model = [ours[size].seconds / size for size in (largest, SCHEMAS_AT)]
        what = f"validate, a model of {largest:,}"
        yield compared(what, largest, per_model[0], f"a model of {SCHEMAS_AT:,}", per_model[1], TIMES_A_MODEL)


def validate(root: Path) -> Command:
    """`modelward validate` over a whole repository."""
    return modelward(root, "validate", "--format", "json")


def _check(run: Run, size: int) -> None:
    """A time counts only if everything was judged, and passed."""
    found = json.loads(run.output)
    counts = found["counts"]
    if (found["verdict"], counts["models"], counts["not_evaluated"]) != ("pass", size, 0):
        raise ValueError(f"the generated repository of {size} models does not pass: {run.output[:2_000]}")


def _check_jsonschema(root: Path) -> Iterator[Command]:
    """One command for each kind of spec that stands in the repository."""
    files = [
        path.relative_to(root).as_posix()
        for folder in ("models", "environments", "policies")
        for path in sorted((root / folder).rglob("*.yaml"))
    ]
    for kind in KINDS:
        of_kind = [path for path in files if kind.paths.fullmatch(path)]
        if of_kind:
            schema = f"policies/schemas/{kind.name}.schema.json"
            options = ("--schemafile", schema)
            arguments = (str(BIN / "check-jsonschema"), *options, *of_kind)
            yield Command("check-jsonschema", arguments, root, {})
