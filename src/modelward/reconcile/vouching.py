"""On what a release moves in: the policies, its evidence and the sign-offs of its model's content."""

from functools import cache

from modelward.gate.scopes import POLICIES, Scope, content_digest, records_folder
from modelward.reconcile.recording import Vouched, Vouching
from modelward.specs.scalars import Digest, ModelName, ReleaseName
from modelward.tree.snapshot import Snapshot


def content_of(snapshot: Snapshot, model: ModelName) -> Digest:
    """The digest of a model's content, which its sign-offs name."""
    digest = content_digest(snapshot.source, Scope(f"models/{model}"), snapshot.policy.spec.ungoverned)
    return Digest(f"sha256:{digest}")


def vouching(snapshot: Snapshot) -> Vouching:
    """What the snapshot says of a release, for the record of its deployment (mission row E16)."""

    @cache
    def policy() -> Digest:
        return Digest(f"sha256:{content_digest(snapshot.source, POLICIES, ())}")

    @cache
    def vouched(model: ModelName, release: ReleaseName) -> Vouched:
        content = content_of(snapshot, model)
        folder = f"{records_folder(Scope(f'models/{model}'))}/{content.removeprefix('sha256:')[:12]}"
        signoffs = (entry.path for entry in snapshot.source.entries(folder) if entry.path.endswith(".json"))
        evidence = (each.pin.digest for each in snapshot.model(model).release(release).evidence)
        return Vouched(policy(), content, tuple(sorted(set(evidence))), tuple(sorted(signoffs)))

    return vouched
