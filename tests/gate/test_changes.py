"""Changes are told from typed specs: every field of every spec has a kind, and no change of a value goes unnamed."""

from collections.abc import Mapping
from typing import Any

import pytest

from governed import MODEL
from inmemory import Files, replaced, snapshot
from modelward.errors import CannotEvaluate, Denied
from modelward.gate import changes, demand_changes, manifest_changes
from modelward.gate.changes import classify_model, classify_organisation
from modelward.gate.demand_changes import canary_changes, retention_changes
from modelward.gate.fields import Change, always, field_change
from modelward.gate.scopes import Scope
from modelward.gate.wording import differing
from modelward.specs.canary import Canary
from modelward.specs.kinds import MODEL_SPECS
from modelward.specs.manifest import Deployment, Manifest, Owner
from modelward.specs.release import Release
from modelward.specs.retention import Retention
from modelward.specs.scalars import ReleaseName, Spec
from modelward.specs.signoff import ChangeKind
from modelward.specs.thresholds import Thresholds
from modelward.tree.directory import DirectorySource
from modelward.tree.file import File
from modelward.tree.memory import files_of
from modelward.tree.place import Place
from repository import PROJECT

SCOPE = Scope(f"models/{MODEL}")


EXAMPLE = {
    f"{SCOPE}/{path}": data for path, data in files_of(DirectorySource(PROJECT), f"tests/example/{SCOPE}").items()
}


def told(path: str, old: str, new: str, held: frozenset[str] = frozenset()) -> list[tuple[str, str | None]]:
    """Kind and environment of each change that replacing a text in a file of the example makes."""
    return [(change.kind, change.environment) for change in _changes(path, old, new, held)]


def words(path: str, old: str, new: str) -> list[str]:
    """Each change in words, with its place."""
    return [f"{change.kind}: {change.what} @ {change.place}".replace(SCOPE, "M") for change in _changes(path, old, new)]


def _changes(path: str, old: str, new: str, held: frozenset[str] = frozenset()) -> tuple[Change, ...]:
    full = f"{SCOPE}/{path}"
    return classified(EXAMPLE, replaced(EXAMPLE, full, old, new), held)


def classified(before: Files, after: Files, held: frozenset[str] = frozenset()) -> tuple[Change, ...]:
    """The changes between two trees."""
    old, new = (snapshot(one).model(MODEL) for one in (before, after))
    paths = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    releases = frozenset(map(ReleaseName, held))
    return classify_model(SCOPE, paths, old, new, lambda _model, _environment: releases)


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
def test_a_field_of_the_manifest_tells_its_kind(kind: str) -> None:
    assert told("manifest.yaml", *MANIFEST_EDITS[kind]) == [(kind, None)]


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
def test_a_line_of_a_deployment_tells_its_kinds(line: str, kinds: list[str]) -> None:
    assert told("manifest.yaml", PRODUCTION, line) == [(kind, "production") for kind in kinds]


def test_a_release_that_held_the_environment_returns() -> None:
    line = 'production: {release: "1.1.0"}'
    assert told("manifest.yaml", PRODUCTION, line, frozenset({"1.1.0"})) == [("rollback", "production")]


def test_an_environment_that_loses_its_deployment_falls_back() -> None:
    assert told("manifest.yaml", f"  {PRODUCTION}\n", "") == [("fallback", "production")]


def test_a_scoring_threshold_that_moves_is_no_matter_of_identity() -> None:
    assert told("manifest.yaml", "threshold: 0.5", "threshold: 0.6") == [("threshold-loosened", None)]
    assert told("manifest.yaml", "kind: probability", "kind: number") == [("identity", None)]


def test_words_around_values_are_documentation() -> None:
    assert told("manifest.yaml", "tier: medium", "tier: medium   # as agreed") == [("documentation", None)]


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
def test_a_demand_that_is_not_provably_tighter_is_looser(old: str, new: str, kind: str) -> None:
    assert told("thresholds.yaml", old, new) == [(kind, None)]


def test_a_trigger_that_goes_by_another_name_is_removed_and_added() -> None:
    renamed = told("thresholds.yaml", "name: drift", "name: wind")
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
def test_other_specs_tell_their_kinds(path: str, old: str, new: str, expected: list[tuple[str, str | None]]) -> None:
    assert told(path, old, new) == expected


def test_a_folder_that_is_gone_is_no_kind_of_change() -> None:
    with pytest.raises(Denied) as refused:
        classified(EXAMPLE, {"models/other/x": b""})
    assert refused.value.message == f"{SCOPE} is gone"
    assert refused.value.remedy == f"restore it; `modelward model retire {MODEL}` ends a model"


SUMMARY = "Probability that a client defaults in the next month"
TRIGGER = (
    "environments (production), signal feature_drift, above 0.6, severity high, respond_within 4h, action rollback"
)
CANARY = (
    "steps (weight 10, hold 24h; weight 50, hold 3d), analysis (min_samples 500, guardrails (drift), failure_limit 0, "
    "error_limit 2, on_inconclusive hold, deadline 7d), promote automatic"
)
WORDS: list[tuple[str, str, str, list[str]]] = [
    (
        "manifest.yaml",
        f"summary: {SUMMARY}",
        "summary: Other",
        [f"documentation: summary: {SUMMARY} -> Other @ M/manifest.yaml:4:10"],
    ),
    ("manifest.yaml", "tier: medium", "tier: low", ["tier: tier: medium -> low @ M/manifest.yaml:8:7"]),
    ("manifest.yaml", "tier: medium\n", "", ["tier: tier: medium -> nothing @ M/manifest.yaml"]),
    (
        "manifest.yaml",
        "compliance: []",
        "compliance: [bsa]",
        ["compliance: compliance: with bsa @ M/manifest.yaml:9:13"],
    ),
    (
        "manifest.yaml",
        "team: credit-models",
        "team: risk-models",
        ["ownership: owner.team: credit-models -> risk-models @ M/manifest.yaml:5:15"],
    ),
    (
        "manifest.yaml",
        'contact: "#credit-models"',
        'contact: "#risk"',
        ["documentation: owner.contact: #credit-models -> #risk @ M/manifest.yaml:5:39"],
    ),
    (
        "manifest.yaml",
        'owner: {team: credit-models, contact: "#credit-models"}\n',
        "",
        ["ownership: owner: team credit-models, contact #credit-models -> nothing @ M/manifest.yaml"],
    ),
    (
        "manifest.yaml",
        "threshold: 0.5",
        "threshold: 0.6",
        ["threshold-loosened: outputs: default_probability: threshold 0.5 -> 0.6 @ M/manifest.yaml:13:3"],
    ),
    (
        "manifest.yaml",
        '  production: {release: "1.0.0"}\n',
        "",
        ["fallback: nothing is deployed to production any more @ M/manifest.yaml:22:3"],
    ),
    (
        "manifest.yaml",
        '  production: {release: "1.0.0"}\n',
        '  production: {release: "1.0.0"}\n  shadow: {release: "1.1.0", ml_enabled: false}\n',
        [
            "promotion: shadow: nothing -> 1.1.0 @ M/manifest.yaml:24:21",
            "fallback: deployments.shadow.ml_enabled: nothing -> false @ M/manifest.yaml:24:42",
        ],
    ),
    (
        "manifest.yaml",
        "schema: manifest/v1",
        "schema: manifest/v1 # x",
        ["documentation: words in M/manifest.yaml @ M/manifest.yaml"],
    ),
    (
        "thresholds.yaml",
        "min_samples: 300",
        "min_samples: 301",
        ["threshold-tightened: min_samples: 300 -> 301 @ M/thresholds.yaml:6:14"],
    ),
    (
        "thresholds.yaml",
        "above: 0.6",
        "above: 0.7",
        ["threshold-loosened: trigger `drift`: above 0.6 -> 0.7 @ M/thresholds.yaml:13:5"],
    ),
    (
        "thresholds.yaml",
        "name: drift",
        "name: wind",
        [
            f"trigger-removed: trigger `drift`: removed (name drift, {TRIGGER}) @ M/thresholds.yaml:12:1",
            f"threshold-tightened: trigger `wind`: new (name wind, {TRIGGER}) @ M/thresholds.yaml:13:5",
        ],
    ),
    (
        "canary.yaml",
        "weight: 10",
        "weight: 9",
        ["canary: canary of production: steps: entry 1: weight 10 -> 9 @ M/canary.yaml:4:5"],
    ),
    (
        "canary.yaml",
        "environments:\n  production:",
        "environments:\n  staging:",
        [
            f"canary: canary of production: {CANARY} -> nothing @ M/canary.yaml:3:3",
            f"canary: canary of staging: nothing -> {CANARY} @ M/canary.yaml:4:5",
        ],
    ),
    (
        "retention.yaml",
        "signoffs: 5y",
        "signoffs: 4y",
        ["retention-shortened: signoffs: 5y -> 4y @ M/retention.yaml:7:13"],
    ),
    (
        "retention.yaml",
        "  ci_logs: 5y\n",
        "",
        ["retention-shortened: ci_logs: 5y -> nothing @ M/retention.yaml:2:1"],
    ),
    (
        "approvers.yaml",
        "ml-engineer: [",
        "ml-engineer: [lead-1, ",
        ["approvers: roles: ml-engineer: with lead-1 @ M/approvers.yaml:3:3"],
    ),
]


@pytest.mark.parametrize(("path", "old", "new", "expected"), WORDS)
def test_a_change_is_told_in_words_with_its_place(path: str, old: str, new: str, expected: list[str]) -> None:
    assert words(path, old, new) == expected


def added(folder: Mapping[str, bytes]) -> Files:
    return {**EXAMPLE, **{f"{SCOPE}/{path}": data for path, data in folder.items()}}


def said(changes: tuple[Change, ...]) -> list[str]:
    return [f"{change.kind}: {change.what} @ {change.place}".replace(SCOPE, "M") for change in changes]


RELEASE = {path: data for path, data in EXAMPLE.items() if "/releases/1.2.0/" in path}
NEWER = {path.replace("1.2.0", "1.3.0"): data.replace(b"1.2.0", b"1.3.0") for path, data in RELEASE.items()}


def test_a_new_release_is_added_with_its_evidence() -> None:
    assert said(classified(EXAMPLE, {**EXAMPLE, **NEWER})) == [
        "release-added: release 1.3.0 is new @ M/releases/1.3.0/release.yaml:2:10",
        "evidence: releases/1.3.0/bias.json is new @ M/releases/1.3.0/bias.json",
        "evidence: releases/1.3.0/metrics.json is new @ M/releases/1.3.0/metrics.json",
    ]


def test_a_new_release_hides_no_change_of_another() -> None:
    early = {path.replace("1.2.0", "0.9.0"): data.replace(b"1.2.0", b"0.9.0") for path, data in RELEASE.items()}
    path = f"{SCOPE}/releases/1.2.0/release.yaml"
    kinds = [one.kind for one in classified(EXAMPLE, replaced({**EXAMPLE, **early}, path, "MLGOV-13", "MLGOV-14"))]
    assert kinds[:2] == ["release-added", "documentation"]


def test_what_goes_of_a_release_is_no_mere_word() -> None:
    gone = {path: data for path, data in EXAMPLE.items() if path not in RELEASE}
    assert said(classified(EXAMPLE, gone)) == [
        "identity: release 1.2.0 is gone @ M/releases/1.2.0",
        "evidence: releases/1.2.0/bias.json is gone @ M/releases/1.2.0/bias.json",
        "evidence: releases/1.2.0/metrics.json is gone @ M/releases/1.2.0/metrics.json",
        "documentation: words in M/releases/1.2.0/release.yaml @ M/releases/1.2.0/release.yaml",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("ticket: MLGOV-13", "ticket: MLGOV-14", "documentation: ticket: MLGOV-13 -> MLGOV-14 @ R:9:9"),
        ("imported: false", "imported: true", "identity: imported: false -> true @ R:10:11"),
        ("{main: {version: 3,", "{main: {version: 4,", "identity: registered: main: version 3 -> 4 @ R:4:13"),
        ("  - {kind: metrics", "  # words\n  - {kind: metrics", "documentation: words in R @ R"),
        (
            "kind: bias, path: bias.json",
            "kind: bias, path: more.json",
            "evidence: evidence: bias: path bias.json -> more.json @ R:12:3",
        ),
    ],
)
def test_a_field_of_a_release_tells_its_kind(old: str, new: str, expected: str) -> None:
    path = f"{SCOPE}/releases/1.2.0/release.yaml"
    told = said(classified(EXAMPLE, replaced(EXAMPLE, path, old, new)))
    assert [one.replace("M/releases/1.2.0/release.yaml", "R") for one in told] == [expected]


def test_files_beside_the_specs_are_evidence_below_releases_and_words_elsewhere() -> None:
    more = {"README.md": b"x", "releases/1.2.0/extra.json": b"{}", "releases.md": b"x"}
    assert said(classified(EXAMPLE, added(more))) == [
        "documentation: README.md is new @ M/README.md",
        "documentation: releases.md is new @ M/releases.md",
        "evidence: releases/1.2.0/extra.json is new @ M/releases/1.2.0/extra.json",
    ]
    changed = classified(added(more), added({**more, "README.md": b"y", "releases/1.2.0/extra.json": b"[]"}))
    assert said(changed) == [
        "documentation: README.md differs @ M/README.md",
        "evidence: releases/1.2.0/extra.json differs @ M/releases/1.2.0/extra.json",
    ]


def test_every_change_of_a_model_names_its_scope_and_its_model() -> None:
    for path, old, new, _ in WORDS:
        for change in _changes(path, old, new):
            assert (change.scope, change.model) == (SCOPE, MODEL)


def test_a_new_model_is_added_with_every_release_that_it_moves() -> None:
    changes = classified({"models/other/x": b""}, EXAMPLE)
    assert said(changes) == [
        f"model-added: model `{MODEL}` is new @ M/manifest.yaml:2:8",
        "promotion: staging: nothing -> 1.1.0 @ M/manifest.yaml:22:22",
        "promotion: production: nothing -> 1.0.0 @ M/manifest.yaml:23:25",
    ]
    assert [(one.model, one.environment, one.before, one.after) for one in changes] == [
        (MODEL, None, None, None),
        (MODEL, "staging", None, "1.1.0"),
        (MODEL, "production", None, "1.0.0"),
    ]


def imported(*names: str) -> Files:
    return {
        path: data.replace(b"imported: false", b"imported: true") if any(name in path for name in names) else data
        for path, data in EXAMPLE.items()
    }


def test_a_model_is_an_import_when_all_of_its_releases_are() -> None:
    before = {"models/other/x": b""}
    every = classified(before, imported("1.0.0", "1.1.0", "1.2.0"))
    assert said(every) == [f"import: model `{MODEL}` is new @ M/manifest.yaml:2:8"]
    assert every[0].model == MODEL
    assert classified(before, imported("1.0.0", "1.1.0"))[0].kind == "model-added"
    bare = {path: data for path, data in EXAMPLE.items() if "/releases/" not in path}
    assert classified(before, bare)[0].kind == "model-added"


def test_a_model_keeps_its_name() -> None:
    with pytest.raises(Denied) as refused:
        _changes("manifest.yaml", "model: credit-score\nregistered", "model: other-score\nregistered")
    assert refused.value.message == f"{SCOPE}/manifest.yaml gives the model another name"
    assert refused.value.remedy == "a model's name is its identity for ever"


RETIRED = 'retired: {at: "2026-11-20T00:00:00Z", reason: replaced}\n'


def test_a_model_is_retired_and_comes_back_as_a_new_one() -> None:
    path = f"{SCOPE}/manifest.yaml"
    retired = {**EXAMPLE, path: EXAMPLE[path] + RETIRED.encode()}
    (gone,), (back,) = classified(EXAMPLE, retired), classified(retired, EXAMPLE)
    assert (gone.kind, gone.what.startswith("retired: nothing -> at 2026-11-20")) == ("model-retired", True)
    assert (gone.place.path, gone.place.span is not None) == (path, True)
    assert (back.kind, back.what.endswith("reason replaced -> nothing")) == ("model-added", True)
    assert back.place == Place(path)


def test_an_owner_may_come_and_go_and_that_is_a_matter_of_ownership() -> None:
    path = f"{SCOPE}/manifest.yaml"
    bare = replaced(EXAMPLE, path, 'owner: {team: credit-models, contact: "#credit-models"}\n', "")
    assert [one.kind for one in classified(EXAMPLE, bare)] == ["ownership"]
    assert said(classified(bare, EXAMPLE)) == [
        "ownership: owner: nothing -> team credit-models, contact #credit-models @ M/manifest.yaml:5:8"
    ]


def deployed(line: str) -> Files:
    return replaced(EXAMPLE, f"{SCOPE}/manifest.yaml", PRODUCTION, f"production: {line}")


SWITCHED: list[tuple[str, str, list[str]]] = [
    (
        '{release: "1.0.0", ml_enabled: false}',
        '{release: "1.0.0"}',
        ["enable: deployments.production.ml_enabled: false -> nothing"],
    ),
    (
        '{release: "1.0.0", ml_enabled: true}',
        '{release: "1.0.0", ml_enabled: false}',
        ["fallback: deployments.production.ml_enabled: true -> false"],
    ),
    ('{release: "1.0.0", abort: r-1}', '{release: "1.0.0"}', ["enable: deployments.production.abort: r-1 -> nothing"]),
    (
        '{release: "1.0.0"}',
        '{release: "1.0.0", abort: r-1}',
        ["fallback: deployments.production.abort: nothing -> r-1"],
    ),
    (
        '{release: "1.0.0", abort: r-1}',
        '{release: "1.0.0", abort: r-2}',
        ["enable: deployments.production.abort: r-1 -> r-2"],
    ),
    (
        '{release: "1.0.0", resume: s-1}',
        '{release: "1.0.0", resume: s-2}',
        ["resume: deployments.production.resume: s-1 -> s-2"],
    ),
    (
        '{release: "1.0.0", promote_step: 3}',
        '{release: "1.0.0", promote_step: 2}',
        ["promote-step: deployments.production.promote_step: 3 -> 2"],
    ),
    (
        '{release: "1.0.0", resume: s-1}',
        '{release: "1.0.0"}',
        ["resume: deployments.production.resume: s-1 -> nothing"],
    ),
    (
        '{release: "1.0.0", tenants: {acme: "1.1.0"}}',
        '{release: "1.0.0"}',
        ["tenant: deployments.production.tenants: without acme (1.1.0)"],
    ),
]


@pytest.mark.parametrize(("before", "after", "expected"), SWITCHED)
def test_a_switch_tells_whether_it_exposes_more_or_less(before: str, after: str, expected: list[str]) -> None:
    found = classified(deployed(before), deployed(after))
    assert [f"{one.kind}: {one.what}" for one in found] == expected
    assert {one.environment for one in found} == {"production"}


SAID = "resume: s-1, promote_step: 2, abort: r-1"


def test_what_was_said_of_the_release_before_ends_with_a_promotion_in_one_change() -> None:
    (one,) = classified(deployed(f'{{release: "1.0.0", {SAID}}}'), deployed('{release: "1.1.0"}'))
    said = "production: 1.0.0 -> 1.1.0, without resume s-1, without promote_step 2, without abort r-1"
    assert (one.kind, one.what, one.before, one.after) == ("promotion", said, "1.0.0", "1.1.0")


def test_what_is_said_of_the_release_after_is_a_change_of_its_own() -> None:
    after = deployed('{release: "1.1.0", resume: s-2, promote_step: 3, abort: r-2}')
    kinds = [one.kind for one in classified(deployed(f'{{release: "1.0.0", {SAID}}}'), after)]
    assert kinds == ["promotion", "resume", "promote-step", "enable"]


def test_a_rollback_takes_no_abort_away_with_it() -> None:
    before, after = deployed(f'{{release: "1.0.0", {SAID}}}'), deployed('{release: "1.1.0"}')
    found = classified(before, after, frozenset({"1.1.0"}))
    assert [(one.kind, one.what) for one in found] == [
        ("rollback", "production: 1.0.0 -> 1.1.0, without resume s-1, without promote_step 2"),
        ("enable", "deployments.production.abort: r-1 -> nothing"),
    ]


def test_a_release_that_comes_back_to_where_nothing_was_left_is_promoted() -> None:
    emptied = replaced(EXAMPLE, f"{SCOPE}/manifest.yaml", f"  {PRODUCTION}\n", "")
    assert [one.kind for one in classified(emptied, EXAMPLE, frozenset({"1.0.0"}))] == ["promotion"]


def holding(until: str, reason: str = "x") -> str:
    return f'{{release: "1.0.0", hold: {{reason: {reason}, until: "{until}"}}}}'


EARLY, LATE = "2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z"


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ('{release: "1.0.0"}', holding(EARLY), "hold"),
        (holding(EARLY), holding(LATE), "hold"),
        (holding(EARLY), holding(EARLY, "z"), "hold"),
        (holding(LATE), holding(EARLY), "unhold"),
        (holding(EARLY), holding("2020-01-01T00:00:00Z", "z"), "unhold"),
        (holding(EARLY), '{release: "1.0.0"}', "unhold"),
    ],
)
def test_a_hold_that_ends_earlier_is_taken_off(before: str, after: str, kind: str) -> None:
    assert [one.kind for one in classified(deployed(before), deployed(after))] == [kind]


def test_a_move_says_from_where_to_where() -> None:
    (one,) = classified(EXAMPLE, deployed('{release: "1.1.0"}'))
    assert (one.model, one.environment, one.before, one.after) == (MODEL, "production", "1.0.0", "1.1.0")
    (one,) = classified(EXAMPLE, replaced(EXAMPLE, f"{SCOPE}/manifest.yaml", f"  {PRODUCTION}\n", ""))
    assert (one.model, one.environment, one.before, one.after) == (MODEL, "production", "1.0.0", None)


def test_only_a_release_that_held_that_environment_of_that_model_returns() -> None:
    asked: list[tuple[str, str]] = []

    def held(model: str, environment: str) -> frozenset[ReleaseName]:
        asked.append((model, environment))
        return frozenset({ReleaseName("1.2.0")})

    before, after = (snapshot(one).model(MODEL) for one in (EXAMPLE, deployed('{release: "1.1.0"}')))
    (change,) = classify_model(SCOPE, [f"{SCOPE}/manifest.yaml"], before, after, held)
    assert (change.kind, asked) == ("promotion", [(MODEL, "production")])


def test_of_two_triggers_by_one_name_one_counts_as_removed() -> None:
    path = f"{SCOPE}/thresholds.yaml"
    twice = {**EXAMPLE, path: EXAMPLE[path] + EXAMPLE[path].splitlines(keepends=True)[-1].replace(b"0.6", b"0.5")}
    for before, after in ((EXAMPLE, twice), (twice, EXAMPLE)):
        assert "trigger-removed: two triggers have one name @ M/thresholds.yaml:12:1" in said(classified(before, after))


def test_a_record_that_is_kept_from_now_on_is_kept_longer() -> None:
    path = f"{SCOPE}/retention.yaml"
    bare = replaced(EXAMPLE, path, "  ci_logs: 5y\n", "")
    assert said(classified(bare, EXAMPLE)) == ["retention-lengthened: ci_logs: nothing -> 5y @ M/retention.yaml:9:12"]


def test_a_kind_that_never_changes_with_the_value_does_not_look_at_it() -> None:
    assert always("tenant")(None, object()) == "tenant"


CLASSIFIED: Mapping[str, ChangeKind] = {
    "policies": "policy",
    "policies/people.yaml": "people",
    "policies/waivers/w-1.yaml": "waiver",
    "validators": "validators",
    "environments/production.yaml": "environment",
    "repository": "repository",
}


@pytest.mark.parametrize("scope", CLASSIFIED)
def test_a_scope_that_is_no_model_has_one_kind(scope: str) -> None:
    assert list(classify_organisation(Scope(scope), ["x", "y"])) == [
        Change(Scope(scope), CLASSIFIED[scope], f"{path} differs", Place(path)) for path in ("x", "y")
    ]
    assert [str(one.place) for one in classify_organisation(Scope(scope), ["x", "y"])] == ["x", "y"]


def test_a_scope_that_nobody_has_given_a_kind_cannot_be_told() -> None:
    with pytest.raises(CannotEvaluate) as refused:
        list(classify_organisation(Scope("elsewhere"), ["x"]))
    assert (refused.value.message, refused.value.remedy) == ("no kind of change covers elsewhere", "report it")


@pytest.mark.parametrize(
    ("table", "field", "path", "old", "new", "named"),
    [
        (manifest_changes.MANIFEST, "tier", "manifest.yaml", "tier: medium", "tier: low", "tier"),
        (manifest_changes.OWNER, "team", "manifest.yaml", "team: credit-models", "team: x", "owner.team"),
        (
            manifest_changes.SWITCHES,
            "resume",
            "manifest.yaml",
            PRODUCTION,
            'production: {release: "1.0.0", resume: s-1}',
            "deployments.production.resume",
        ),
        (
            demand_changes.THRESHOLDS,
            "min_samples",
            "thresholds.yaml",
            "min_samples: 300",
            "min_samples: 1",
            "min_samples",
        ),
        (changes.RELEASE, "ticket", "releases/1.2.0/release.yaml", "ticket: MLGOV-13", "ticket: MLGOV-14", "ticket"),
    ],
)
def test_a_field_that_nobody_has_given_a_kind_cannot_be_told(
    monkeypatch: pytest.MonkeyPatch, table: Any, field: str, path: str, old: str, new: str, named: str
) -> None:
    monkeypatch.delitem(table, field)
    with pytest.raises(CannotEvaluate) as refused:
        _changes(path, old, new)
    assert refused.value.message == f"no kind of change covers `{named}` of {SCOPE}/{path}"
    assert refused.value.remedy == "take it out of the change, and report it"


KINDS_OF_FIELDS: Mapping[str, str] = {
    "schema_": "identity",
    "model": "identity",
    "registered_model": "identity",
    "summary": "documentation",
    "sponsor": "ownership",
    "on_call": "ownership",
    "escalation": "ownership",
    "tier": "tier",
    "compliance": "compliance",
    "limitations": "documentation",
    "task": "identity",
    "inputs": "identity",
    "label": "identity",
    "rules": "identity",
    "fallback": "identity",
    "features": "identity",
    "views": "identity",
    "retraining": "retraining",
}


def test_the_kinds_of_fields_are_those_that_were_agreed() -> None:
    """Who signs a change hangs on these: to change one is a decision of its own."""
    assert manifest_changes.MANIFEST == KINDS_OF_FIELDS
    assert manifest_changes.OWNER == {"team": "ownership", "contact": "documentation"}
    others = dict.fromkeys(changes.RELEASE, "identity") | {"ticket": "documentation", "evidence": "evidence"}
    assert others == changes.RELEASE


class Typed(Spec):
    """A spec in which one value can look like another."""

    value: Any = None
    more: tuple[int, ...] = ()


def test_a_value_of_another_type_differs_though_it_is_equal() -> None:
    assert list(differing(Typed(value=1), Typed(value=1))) == []
    assert list(differing(Typed(value=1), Typed(value=True))) == [("value", 1, True)]
    assert list(differing(Typed(value=1), Typed(value=2, more=(1,)))) == [("value", 1, 2), ("more", (), (1,))]


def test_a_field_is_named_as_the_file_writes_it() -> None:
    file = snapshot(EXAMPLE).model(MODEL).manifest
    for name, written in (("schema_", "schema"), ("on_call", "on_call"), (("owner", "team"), "owner.team")):
        found = field_change(SCOPE, "identity", file, name, None, "x")
        assert (found.what, found.place) == (f"{written}: nothing -> x", file.place(*written.split(".")))
        assert field_change(SCOPE, "identity", file, name, "x", None).place == Place(file.path)


class LaterCanary(Canary):
    """A canary plan with a field that does not exist yet."""

    more: int = 0


class LaterRetention(Retention):
    """A retention with a field that does not exist yet."""

    more: int = 0


def test_a_field_that_is_added_to_a_canary_or_a_retention_is_looser_until_somebody_says_otherwise() -> None:
    model = snapshot(EXAMPLE).model(MODEL)

    def later(file: File[Any], spec: type[Spec]) -> tuple[File[Any], File[Any]]:
        both = (spec.model_construct(**{**dict(file.spec), "more": more}) for more in (1, 2))
        before, after = (File(file.source, file.entry, one) for one in both)
        return before, after

    canary, retention = later(model.canary, LaterCanary), later(model.retention, LaterRetention)
    assert said(tuple(canary_changes(SCOPE, *canary))) == ["canary: canary differs @ M/canary.yaml"]
    assert said(tuple(retention_changes(SCOPE, *retention))) == [
        "retention-shortened: retention differs @ M/retention.yaml"
    ]
    for change in (*canary_changes(SCOPE, *canary), *retention_changes(SCOPE, *retention)):
        assert (change.scope, change.model, change.environment) == (SCOPE, MODEL, None)
