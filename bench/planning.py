"""Benchmark `plan`: a plan that finds nothing to do, over HTTP, against the bare paged listing of the same registry.

Limits: no more requests than pages and two; at most twice the time of the listing.
"""

import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.generating import REPOSITORY, generate
from bench.measuring import Command, Workshop, modelward, peer, progress
from bench.outcome import Row, bounded, compared
from modelward.registry.mlflow import MODELS_PER_PAGE, VERSIONS_PER_PAGE
from tracking_server import tracking_server

LARGEST: Final = 1_000
TIMES: Final = 3
TIMES_THE_LISTING: Final = 2.0
REQUESTS_BEYOND_PAGES: Final = 2
_REQUEST: Final = re.compile(rb'"(?:GET|POST|PUT|PATCH|DELETE|HEAD) (?!/health)\S+ HTTP/')


def benchmark(workshop: Workshop, sizes: Sequence[int]) -> Iterator[Row]:
    """Requests, then time."""
    size = min(LARGEST, max(sizes))
    root, served = workshop.folder / "plan", workshop.folder / "served"
    served.mkdir()
    progress(f"generating {size:,} models, and the registry that they ask for")
    generate(root, size)
    workshop.run(filling(f"sqlite:///{served}/mlflow.db", size))
    with tracking_server(served) as uri:
        plan = modelward(root, "plan", "--exit-code", MLFLOW_TRACKING_URI=uri)
        listing = peer("listing_peer.py", root, uri, str(MODELS_PER_PAGE), str(VERSIONS_PER_PAGE))
        progress("counting requests in the server's log")
        asked = _requests(served)
        listed = workshop.run(listing)
        pages = int(listed.output.split()[0])
        if _requests(served) - asked != pages:
            raise ValueError(f"the server's log does not show the {pages} requests of the listing")
        asked = _requests(served)
        workshop.run(plan)
        yield bounded("plan, requests", size, _requests(served) - asked, pages + REQUESTS_BEYOND_PAGES, "requests")
        progress(f"plan of {size:,} models against the paged listing, best of {TIMES}")
        ours, theirs = workshop.best(TIMES, plan, listing)
        yield compared("plan without changes", size, ours.seconds, "paged listing", theirs.seconds, TIMES_THE_LISTING)
    shutil.rmtree(root)


def filling(database: str, count: int, *files: Path) -> Command:
    """The process that fills a registry's database; with a folder for files, nothing of it is deployed yet."""
    arguments = (sys.executable, "-m", "bench.registry_filling", database, str(count), *map(str, files))
    return Command("registry_filling", arguments, REPOSITORY, {"MLFLOW_DISABLE_TELEMETRY": "true"})


def _requests(served: Path) -> int:
    """How many requests the server has logged; looking after its health is none."""
    return len(_REQUEST.findall((served / "server.log").read_bytes()))
