"""Benchmark `apply`: with a ledger, over HTTP, against a real registry server.

A run that finds nothing to do is held against the bare paged listing of the same registry; the first run, that moves
every model, against the bare calls that this takes, made one after another. Limits: no more requests than pages and
two, and no write, for nothing to do; twice the listing's time, four times for the largest fleet; one and a half times
the bare calls; one ledger commit for all that is announced and one for what came of it.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bench.generating import REPOSITORY, generate
from bench.measuring import Command, Workshop, modelward, peer, progress
from bench.outcome import Row, bounded, compared
from bench.planning import REQUESTS_BEYOND_PAGES, filling
from modelward.registry.mlflow import MODELS_PER_PAGE, VERSIONS_PER_PAGE
from tracking_server import tracking_server

APPLIED: Final = 1_000
TIMES: Final = 3
TIMES_THE_LISTING: Final = {1_000: 2.0, 10_000: 4.0}
TIMES_THE_CALLS: Final = 1.5
PEAK_TIMES: Final = 1.5
_REQUEST: Final = re.compile(rb'"(GET|POST|PUT|PATCH|DELETE) (?!/health)(\S+) HTTP/')
_VALID: Final = 'valid_from: "2026-01-01T00:00:00Z", valid_until: "2028-12-31T00:00:00Z"'


def benchmark(workshop: Workshop, sizes: Sequence[int]) -> Iterator[Row]:
    """Nothing to do at each size that has a limit, then everything to do, once and with a tenth of the models."""
    key = new_key(workshop.folder / "reconciler")
    largest = max(sizes)
    for size in sorted({min(largest, one) for one in TIMES_THE_LISTING}):
        limit = next(limit for most, limit in TIMES_THE_LISTING.items() if size <= most)
        yield from _nothing(workshop, size, key, limit)
    size = min(APPLIED, largest)
    small = max(1, size // 10)
    peaks = {small: 0.0}
    for one in (small, size):
        rows, peaks[one] = _everything(workshop, one, key)
        if one == size:
            yield from rows
    if small < size:
        yield bounded("apply, peak memory", size, peaks[size] / 1e6, PEAK_TIMES * peaks[small] / 1e6, "MB")


def _nothing(workshop: Workshop, size: int, key: Path, limit: float) -> Iterator[Row]:
    root, served = workshop.folder / "reconcile", workshop.folder / "reconcile-served"
    prepare(root, size, key)
    served.mkdir()
    progress(f"filling a registry with what {size:,} models deploy")
    workshop.run(filling(f"sqlite:///{served}/mlflow.db", size))
    with tracking_server(served) as uri:
        apply = applying(root, key, uri)
        workshop.run(applying(root, key, uri, "--trust-root", "main"))
        listing = peer("listing_peer.py", root, uri, str(MODELS_PER_PAGE), str(VERSIONS_PER_PAGE))
        pages = int(workshop.run(listing).output.split()[0])
        before = _requests(served)
        workshop.run(apply)
        reads, writes = (now - then for now, then in zip(_requests(served), before, strict=True))
        yield bounded("apply, nothing to do, requests", size, reads, pages + REQUESTS_BEYOND_PAGES, "requests")
        if writes:
            raise ValueError(f"a run that has nothing to do has written {writes} times")
        progress(f"apply without changes of {size:,} models against the paged listing, best of {TIMES}")
        ours, theirs = workshop.best(TIMES, apply, listing)
        yield compared("apply, nothing to do", size, ours.seconds, "paged listing", theirs.seconds, limit)
    remove(root, served)


def _everything(workshop: Workshop, size: int, key: Path) -> tuple[list[Row], float]:
    """The rows of a first run that moves every model, and the memory that it took."""
    root, served = workshop.folder / "apply", workshop.folder / "apply-served"
    prepare(root, size, key)
    served.mkdir()
    progress(f"registering {size:,} models that nobody has deployed, twice")
    for name in ("ours", "theirs"):
        workshop.run(filling(f"sqlite:///{served}/{name}.db", size, served / "files"))
    progress(f"apply of {size:,} models against the bare calls")
    with tracking_server(served, f"sqlite:///{served}/ours.db") as uri:
        before = _requests(served)
        ours = workshop.run(applying(root, key, uri, "--trust-root", "main"))
        reads, writes = (now - then for now, then in zip(_requests(served), before, strict=True))
        progress(f"{reads:,} requests to read and {writes:,} to write")
    server = root.with_name("apply.git")
    commits = int(_git(server, "rev-list", "--count", "modelward/ledger"))
    with tracking_server(served, f"sqlite:///{served}/theirs.db") as uri:
        theirs = workshop.run(
            Command("moving_peer", (sys.executable, "-m", "bench.moving_peer", uri, str(size)), REPOSITORY, {})
        )
    remove(root, served)
    return [
        compared("apply, all move", size, ours.seconds, "bare calls", theirs.seconds, TIMES_THE_CALLS),
        bounded("apply, ledger commits", size, commits, 2, "commits"),
    ], ours.peak


def applying(root: Path, key: Path, uri: str, *more: str) -> Command:
    """The run that is measured."""
    ledger = ("--remote", "origin", "--ledger-key", str(key))
    return modelward(root, "apply", "--yes", "--quiet", *ledger, *more, MLFLOW_TRACKING_URI=uri)


def prepare(root: Path, size: int, key: Path, more: Mapping[str, bytes] = MappingProxyType({})) -> None:
    """A repository of some models whose machine has a key, and a server that it was cloned from.

    The content of `more` stands there by its path, instead of what is generated.
    """
    progress(f"generating {size:,} models")
    public = " ".join(key.with_suffix(".pub").read_text().split()[:2])
    text = (REPOSITORY / "policies/people.yaml").read_text()
    entry = f'{{key: "{public}", {_VALID}}}'
    people, times = re.subn(r"(  reconciler: .*keys: )\[\]", rf"\g<1>[{entry}]", text)
    if times != 1:
        raise ValueError("policies/people.yaml names no machine called reconciler")
    generate(root, size, {"policies/people.yaml": people.encode(), **more})
    server = root.with_name(f"{root.name}.git")
    _git(root, "clone", "--quiet", "--bare", str(root), str(server))
    _git(root, "config", "remote.origin.url", str(server))


def new_key(path: Path) -> Path:
    """A key of the machine that reconciles."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path)], check=True)
    return path


def _requests(served: Path) -> tuple[int, int]:
    """How many requests the server has logged that read, and that write; looking after its health is none."""
    found: Sequence[tuple[bytes, bytes]] = _REQUEST.findall((served / "server.log").read_bytes())
    reads = sum(method == b"GET" or b"/search" in path for method, path in found)
    return reads, len(found) - reads


def remove(root: Path, served: Path) -> None:
    """Take away what was prepared and served."""
    for folder in (root, root.with_name(f"{root.name}.git"), served):
        shutil.rmtree(folder)


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()
