"""`release.yaml`: one version of a model, pinned to its artifact, its data and its evidence."""

from typing import Annotated, Literal

from pydantic import Field

from modelward.specs.scalars import (
    Count,
    DigestField,
    Map,
    Path,
    RegistryField,
    ReleaseField,
    Slug,
    Spec,
    Text,
    Time,
)

DatasetRole = Literal["training", "validation", "holdout", "backtest"]


class Artifact(Spec):
    """The identity of a release: the digest of its model directory, and its size in bytes."""

    digest: DigestField
    size: Count


class Registered(Spec):
    """Where a registry keeps the release: version number and the run that made it, if one did."""

    version: Count
    run_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None


class Trained(Spec):
    """When, from which commit, and under which Python a release was trained."""

    at: Time
    code: Annotated[str, Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
    python: Text


class Dataset(Spec):
    """Data that made or measured a release, pinned by digest; `snapshot` names the approved cut."""

    role: DatasetRole
    digest: DigestField
    snapshot: Text | None = None


class EvidencePin(Spec):
    """A document about the release, pinned by digest; its path is relative to the release's folder."""

    kind: Slug
    path: Path
    digest: DigestField
    versus: ReleaseField | None = None


class Release(Spec):
    """One version of a model. All fields but `evidence` are fixed once merged."""

    schema_: Literal["release/v1"] = Field(alias="schema")
    release: ReleaseField
    artifact: Artifact
    registered: Map[RegistryField, Registered]
    trained: Trained | None = None
    datasets: tuple[Dataset, ...] = ()
    image: Text | None = None
    ticket: Text | None = None
    imported: bool
    evidence: tuple[EvidencePin, ...] = ()
