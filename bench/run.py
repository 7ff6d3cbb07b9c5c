"""Run the benchmarks, print one table, and exit 1 if any limit is broken.

`python bench/run.py [--sizes 10,100,1000,10000] [--only NAME]`, or `make bench`.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parents[1]
# Started as a script: neither this package nor the demonstration's server is installed.
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "demo")]

from bench import breaking, collecting, gating, planning, races, reconciling, starting, validating  # noqa: E402
from bench.measuring import Workshop  # noqa: E402
from bench.outcome import Row, as_table  # noqa: E402

SIZES: Final = (10, 100, 1_000, 10_000)
BENCHMARKS: Final[Mapping[str, Callable[[Workshop, Sequence[int]], Iterator[Row]]]] = {
    "validate": validating.benchmark,
    "start": starting.benchmark,
    "plan": planning.benchmark,
    "apply": reconciling.benchmark,
    "isolate": breaking.benchmark,
    "race": races.benchmark,
    "collect": collecting.benchmark,
    "gate": gating.benchmark,
}


def main() -> int:
    """Measure what was asked for; the exit code."""
    arguments = _arguments()
    chosen = [arguments.only] if arguments.only else list(BENCHMARKS)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="modelward-bench-") as folder:
        workshop = Workshop(Path(folder).resolve())
        for name in chosen:
            rows.extend(BENCHMARKS[name](workshop, arguments.sizes))
    print(as_table(rows))
    return 1 if any(row.verdict == "BROKEN" for row in rows) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Benchmarks as ratios to peers that are measured in the same run.")
    parser.add_argument(
        "--sizes",
        type=_sizes,
        default=SIZES,
        metavar="N,N,...",
        help=f"numbers of models (default: {','.join(map(str, SIZES))})",
    )
    parser.add_argument("--only", choices=BENCHMARKS, help="run one benchmark")
    return parser.parse_args()


def _sizes(text: str) -> list[int]:
    sizes = sorted({int(word) for word in text.split(",")})
    if sizes[0] < 1:
        raise argparse.ArgumentTypeError("a repository has at least one model")
    return sizes


if __name__ == "__main__":
    sys.exit(main())
