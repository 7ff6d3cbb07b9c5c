"""On what a release moves in: the policies, its evidence and the sign-offs of its model's content."""

from functools import cache

from modelward.gate.scopes import POLICIES, Scope, content_digest, records_folder
from modelward.reconcile.recording import Vouched, Vouching
from modelward.specs.scalars import ModelName, ReleaseName
from modelward.tree.snapshot import Snapshot


def vouching(snapshot: Snapshot) -> Vouching:
    """What the snapshot says of a release, for the record of its deployment (mission row E16)."""
    ungoverned = snapshot.policy.spec.ungoverned

    @cache
    def policy() -> str:
        return f"sha256:{content_digest(snapshot.source, POLICIES, ())}"

    @cache
    def vouched(model: ModelName, release: ReleaseName) -> Vouched:
        scope = Scope(f"models/{model}")
        folder = f"{records_folder(scope)}/{content_digest(snapshot.source, scope, ungoverned)[:12]}"
        signoffs = (entry.path for entry in snapshot.source.entries(folder) if entry.path.endswith(".json"))
        evidence = (each.pin.digest for each in snapshot.model(model).release(release).evidence)
        return Vouched(policy(), tuple(sorted(set(evidence))), tuple(sorted(signoffs)))

    return vouched
