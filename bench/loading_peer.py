"""The peer of `validate`: load every spec and every evidence document with PyYAML's C loader, and nothing else.

Run as `python loading_peer.py REPOSITORY`; prints how many files were loaded.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import yaml


def governed(root: Path) -> Iterator[Path]:
    """The YAML and JSON files that `validate` reads of a repository."""
    yield from (root / "models").rglob("*.yaml")
    yield from (root / "models").rglob("*.json")
    yield from (root / "environments").glob("*.yaml")
    yield from (root / "policies").glob("*.yaml")
    yield from (root / "policies" / "schemas" / "evidence").glob("*.json")


def main() -> None:
    """Load them all, one by one."""
    loaded = 0
    for path in governed(Path(sys.argv[1])):
        yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        loaded += 1
    print(loaded)


if __name__ == "__main__":
    main()
