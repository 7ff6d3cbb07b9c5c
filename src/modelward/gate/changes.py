"""What a change is, told from typed specs, one field at a time. A field that no kind covers cannot be merged."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from modelward.errors import CannotEvaluate, Denied
from modelward.gate.demand_changes import canary_changes, retention_changes, threshold_changes
from modelward.gate.fields import Change, change, field_change, uncovered, whole_changes
from modelward.gate.manifest_changes import manifest_changes, move
from modelward.gate.scopes import PEOPLE, POLICIES, REPOSITORY, VALIDATORS, Scope
from modelward.gate.wording import differing
from modelward.rules.base import Held
from modelward.specs.kinds import kind_of
from modelward.specs.signoff import ChangeKind
from modelward.tree.model import Model
from modelward.tree.place import Place

RELEASE: Final[Mapping[str, ChangeKind]] = {
    "schema_": "identity",
    "release": "identity",
    "artifact": "identity",
    "registered": "identity",
    "trained": "identity",
    "datasets": "identity",
    "image": "identity",
    "ticket": "documentation",
    "imported": "identity",
    "evidence": "evidence",
}
"""The kind of each field of a release record; all but evidence are fixed, which a rule sees to."""


def classify_model(scope: Scope, paths: Sequence[str], before: Model, after: Model, held: Held) -> tuple[Change, ...]:
    """Every change of a model, told from its changed `paths`; `held` tells what counts as a rollback.

    Raises `Denied` for a folder that is gone or renamed, and `Unreadable` for specs that cannot be read.
    """
    manifest = f"{scope}/manifest.yaml"
    if manifest not in after.paths:
        raise Denied(f"{scope} is gone", f"restore it; `modelward model retire {scope[7:]}` ends a model")
    if manifest not in before.paths:
        return tuple(_added(scope, after))
    found = [*_specs(scope, before, after, held), *_documents(scope, paths, before, after)]
    told = {change.place.path for change in found}
    # Where no value differs the words around them do.
    found += [change(scope, "documentation", Place(path), f"words in {path}") for path in paths if path not in told]
    return tuple(found)


def _specs(scope: Scope, before: Model, after: Model, held: Held) -> Iterator[Change]:
    yield from manifest_changes(scope, before.manifest, after.manifest, held)
    yield from threshold_changes(scope, before.thresholds, after.thresholds)
    yield from whole_changes(scope, "approvers", before.approvers, after.approvers)
    yield from canary_changes(scope, before.canary, after.canary)
    yield from retention_changes(scope, before.retention, after.retention)
    yield from _releases(scope, before, after)


def classify_organisation(scope: Scope, paths: Iterable[str]) -> Iterator[Change]:
    """The changes of a scope that is no model: its kind says all."""
    kind: ChangeKind = "repository"
    if scope == POLICIES:
        kind = "policy"
    elif scope == PEOPLE:
        kind = "people"
    elif scope.startswith("policies/waivers/"):
        kind = "waiver"
    elif scope == VALIDATORS:
        kind = "validators"
    elif scope.startswith("environments/"):
        kind = "environment"
    elif scope != REPOSITORY:
        raise CannotEvaluate(f"no kind of change covers {scope}", "report it")
    for path in paths:
        yield Change(scope, kind, f"{path} differs", Place(path))


def _added(scope: Scope, after: Model) -> Iterator[Change]:
    manifest = after.manifest
    releases = after.releases.values()
    imported = bool(releases) and all(release.spec.imported for release in releases)
    model = manifest.spec.model
    kind: ChangeKind = "import" if imported else "model-added"
    yield Change(scope, kind, f"model `{model}` is new", manifest.place("model"), model)
    if imported:
        return
    for environment, deployment in manifest.spec.deployments.items():
        yield move(scope, manifest, environment, None, deployment, "promotion")


def _releases(scope: Scope, before: Model, after: Model) -> Iterator[Change]:
    for name, release in after.releases.items():
        record = release.record
        if name not in before.release_folders:
            yield change(scope, "release-added", record.place("release"), f"release {name} is new")
            continue
        for changed, old, new in differing(before.release(name).spec, record.spec):
            if changed not in RELEASE:
                raise uncovered(record.path, changed)
            yield field_change(scope, RELEASE[changed], record, changed, old, new)
    for gone in sorted(set(before.release_folders) - set(after.release_folders)):
        # Nothing is ever removed of a release, so this is a change of what the model is.
        yield change(scope, "identity", Place(f"{scope}/releases/{gone}"), f"release {gone} is gone")


def _documents(scope: Scope, paths: Sequence[str], before: Model, after: Model) -> Iterator[Change]:
    """Files beside the specs: evidence and its signatures, and prose."""
    for path in paths:
        if kind_of(path) is None:
            kind: ChangeKind = "evidence" if path.startswith(f"{scope}/releases/") else "documentation"
            said = "is new" if path not in before.paths else "is gone" if path not in after.paths else "differs"
            yield change(scope, kind, Place(path), f"{path.removeprefix(f'{scope}/')} {said}")
