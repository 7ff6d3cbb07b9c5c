"""A release as a registry keeps it."""

from dataclasses import dataclass

from modelward.specs.scalars import Digest, ReleaseName


@dataclass(frozen=True)
class Pin:
    """One release, the version that it is in a registry, and what its bytes must be."""

    release: ReleaseName
    version: int
    run_id: str | None
    digest: Digest
    imported: bool = False
