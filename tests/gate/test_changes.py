"""Changes are told from typed specs: every field of every spec has a kind, and no change of a value goes unnamed."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from governed import MODEL
from modelward.errors import Denied
from modelward.gate import changes, demand_changes, manifest_changes
from modelward.gate.changes import classify_model
from modelward.gate.fields import Change
from modelward.gate.scopes import Scope
from modelward.specs.kinds import MODEL_SPECS
from modelward.specs.manifest import Deployment, Manifest, Owner
from modelward.specs.release import Release
from modelward.specs.scalars import ReleaseName, Spec
from modelward.specs.thresholds import Thresholds
from repository import Repository

SCOPE = Scope(f"models/{MODEL}")


def told(root: Path, path: str, old: str, new: str, held: frozenset[str] = frozenset()) -> list[tuple[str, str | None]]:
    """Kind and environment of each change that replacing a text in a file of the example makes."""
    return [(change.kind, change.environment) for change in _changes(root, path, old, new, held)]


def _changes(root: Path, path: str, old: str, new: str, held: frozenset[str] = frozenset()) -> tuple[Change, ...]:
    before, after = Repository.of_example(root / "before"), Repository.of_example(root / "after")
    full = f"{SCOPE}/{path}"
    after.replace(full, old, new)
    old_model, new_model = (one.snapshot().model(MODEL) for one in (before, after))
    releases = frozenset(map(ReleaseName, held))
    return classify_model(SCOPE, [full], old_model, new_model, lambda _model, _environment: releases)


@pytest.mark.parametrize(
    ("spec", "covered"),
    [
        (Manifest, {*manifest_changes.MANIFEST, "owner", "outputs", "retired", "deployments"}),
        (Deployment, {*manifest_changes.SWITCHES, "release"}),
        (Owner, {*manifest_changes.OWNER}),
        (Release, {*changes.RELEASE}),
        (Thresholds, {*demand_changes.THRESHOLDS, "triggers"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_field_has_a_kind(spec: type[Spec], covered: set[str]) -> None:
    assert set(spec.model_fields) == covered


def test_the_specs_of_a_model_are_those_that_are_classified() -> None:
    assert [name for name, _ in MODEL_SPECS] == ["manifest", "thresholds", "approvers", "canary", "retention"]


MANIFEST_EDITS: Mapping[str, tuple[str, str]] = {
    "identity": ("registered_model: credit-score", "registered_model: credit-scores"),
    "documentation": ("summary: Probability", "summary: Likelihood"),
    "ownership": ("sponsor: head-of-credit", "sponsor: head-of-risk"),
    "tier": ("tier: medium", "tier: low"),
    "compliance": ("compliance: []", "compliance: [bsa]"),
}


@pytest.mark.parametrize("kind", MANIFEST_EDITS)
def test_a_field_of_the_manifest_tells_its_kind(tmp_path: Path, kind: str) -> None:
    assert told(tmp_path, "manifest.yaml", *MANIFEST_EDITS[kind]) == [(kind, None)]


PRODUCTION = 'production: {release: "1.0.0"}'


@pytest.mark.parametrize(
    ("line", "kinds"),
    [
        ('production: {release: "1.1.0"}', ["promotion"]),
        ('production: {release: "1.0.0", ml_enabled: false}', ["fallback"]),
        ('production: {release: "1.0.0", ml_enabled: true}', ["enable"]),
        ('production: {release: "1.0.0", feedback_enabled: false}', ["fallback"]),
        ('production: {release: "1.0.0", hold: {reason: x, until: "2027-01-01T00:00:00Z"}}', ["hold"]),
        ('production: {release: "1.0.0", resume: s-1}', ["resume"]),
        ('production: {release: "1.0.0", promote_step: 1}', ["promote-step"]),
        ('production: {release: "1.0.0", abort: r-1}', ["fallback"]),
        ('production: {release: "1.0.0", tenants: {acme: "1.1.0"}}', ["tenant"]),
        ('production: {release: "1.1.0", ml_enabled: false}', ["promotion", "fallback"]),
    ],
)
def test_a_line_of_a_deployment_tells_its_kinds(tmp_path: Path, line: str, kinds: list[str]) -> None:
    assert told(tmp_path, "manifest.yaml", PRODUCTION, line) == [(kind, "production") for kind in kinds]


def test_a_release_that_held_the_environment_returns(tmp_path: Path) -> None:
    line = 'production: {release: "1.1.0"}'
    assert told(tmp_path, "manifest.yaml", PRODUCTION, line, frozenset({"1.1.0"})) == [("rollback", "production")]


def test_an_environment_that_loses_its_deployment_falls_back(tmp_path: Path) -> None:
    assert told(tmp_path, "manifest.yaml", f"  {PRODUCTION}\n", "") == [("fallback", "production")]


def test_a_scoring_threshold_that_moves_is_no_matter_of_identity(tmp_path: Path) -> None:
    assert told(tmp_path, "manifest.yaml", "threshold: 0.5", "threshold: 0.6") == [("threshold-loosened", None)]
    assert told(tmp_path / "x", "manifest.yaml", "kind: probability", "kind: number") == [("identity", None)]


def test_words_around_values_are_documentation(tmp_path: Path) -> None:
    assert told(tmp_path, "manifest.yaml", "tier: medium", "tier: medium   # as agreed") == [("documentation", None)]


TIGHTER, LOOSER = "threshold-tightened", "threshold-loosened"


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("min_samples: 300", "min_samples: 301", TIGHTER),
        ("min_samples: 300", "min_samples: 299", LOOSER),
        ("at_least: 0.75", "at_least: 0.76", TIGHTER),
        ("at_least: 0.75", "at_least: 0.74", LOOSER),
        ("at_most: 100,", "at_most: 99,", TIGHTER),
        ("at_most: 100,", "at_most: 101,", LOOSER),
        ("min_samples: 100}", "min_samples: 99}", LOOSER),
        ("worse_by_at_most: 0.02", "worse_by_at_most: 0.01", TIGHTER),
        ("worse_by_at_most: 0.02", "worse_by_at_most: 0.03", LOOSER),
        ("worse_by_at_most: 0.02, test: non_inferiority", "worse_by_at_most: 0.02, test: point", LOOSER),
        ("[staging, production], at_least", "[production], at_least", LOOSER),
        ("slice: age_group", "slice: sex", LOOSER),
        ("{better: lower, unit: ms, computed: builtin}", "{better: lower, unit: ms, computed: reported}", LOOSER),
        ("above: 0.6", "above: 0.5", TIGHTER),
        ("above: 0.6", "above: 0.7", LOOSER),
        ("above: 0.6", "below: 0.6", LOOSER),
        ("above: 0.6,", "above: 0.6, for: 2h,", LOOSER),
        ("severity: high", "severity: critical", TIGHTER),
        ("severity: high", "severity: warning", LOOSER),
        ("respond_within: 4h", "respond_within: 1h", TIGHTER),
        ("respond_within: 4h", "respond_within: 5h", LOOSER),
        ("action: rollback", "action: warn", LOOSER),
        ("signal: feature_drift", "signal: error_budget_remaining", LOOSER),
        ("[production], signal", "[staging, production], signal", TIGHTER),
        ("[production], signal", "[staging], signal", LOOSER),
    ],
)
def test_a_demand_that_is_not_provably_tighter_is_looser(tmp_path: Path, old: str, new: str, kind: str) -> None:
    assert told(tmp_path, "thresholds.yaml", old, new) == [(kind, None)]


def test_a_trigger_that_goes_by_another_name_is_removed_and_added(tmp_path: Path) -> None:
    renamed = told(tmp_path, "thresholds.yaml", "name: drift", "name: wind")
    assert sorted(renamed) == [(TIGHTER, None), ("trigger-removed", None)]


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("approvers.yaml", "ml-engineer: [", "ml-engineer: [lead-1, ", [("approvers", None)]),
        ("canary.yaml", "weight: 5", "weight: 4", [("canary", "production")]),
        ("retention.yaml", "signoffs: 5y", "signoffs: 6y", [("retention-lengthened", None)]),
        ("retention.yaml", "signoffs: 5y", "signoffs: 59mo", [("retention-shortened", None)]),
        ("retention.yaml", "signoffs: 5y", "signoffs: 60mo", [("retention-lengthened", None)]),
    ],
)
def test_other_specs_tell_their_kinds(
    tmp_path: Path, path: str, old: str, new: str, expected: list[tuple[str, str | None]]
) -> None:
    assert told(tmp_path, path, old, new) == expected


def test_a_folder_that_is_gone_is_no_kind_of_change(tmp_path: Path) -> None:
    before, after = Repository.of_example(tmp_path / "before"), Repository.of_example(tmp_path / "after")
    after.remove(f"models/{MODEL}")
    there, gone = (one.snapshot().model(MODEL) for one in (before, after))
    with pytest.raises(Denied, match="is gone"):
        classify_model(SCOPE, [f"{SCOPE}/manifest.yaml"], there, gone, lambda _model, _environment: frozenset())
