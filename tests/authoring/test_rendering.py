"""New specs as text: what is written is what is read, in the style of the specs that people write."""

from typing import Any

import pytest
from hypothesis import given

from modelward.authoring.rendering import block, render
from modelward.tree.place import Unreadable
from modelward.tree.yaml_reader import read_yaml
from tree.documents import roots, typed

DIGEST = "sha256:" + "0" * 64


@given(roots)
def test_what_is_rendered_reads_back_as_it_was(document: dict[str, Any]) -> None:
    assert typed(read_yaml(block(document, {}).encode())) == typed(document)


def test_a_spec_starts_with_its_modeline_and_its_schema() -> None:
    data = render("models/credit-risk/releases/1.0.0/release.yaml", release())
    assert data.startswith(
        b"# yaml-language-server: $schema=../../../../policies/schemas/release.schema.json\nschema: release/v1\n"
    )
    waiver = {"waiver": "w-1", "rule": "r", "model": "m", "reason": "x", "ticket": "T-1", "expires_at": TIME}
    assert render("policies/waivers/w-1.yaml", waiver).startswith(
        b"# yaml-language-server: $schema=../schemas/waiver.schema.json\nschema: waiver/v1\n"
    )
    assert render("policies/freezes.yaml", {"freezes": []}).startswith(
        b"# yaml-language-server: $schema=schemas/freezes.schema.json\n"
    )


TIME = "2026-11-20T09:00:00Z"


def release() -> dict[str, Any]:
    return {
        "release": "1.0.0",
        "artifact": {"digest": DIGEST, "size": 48211},
        "registered": {"main": {"version": 1, "run_id": "d" * 32}},
        "datasets": [{"role": "training", "digest": DIGEST, "snapshot": "applications-2026-11-01"}],
        "image": None,
        "imported": False,
        "evidence": [],
    }


def test_what_fits_stands_on_one_line_and_each_item_on_its_own() -> None:
    text = render("models/m/releases/1.0.0/release.yaml", release()).decode()
    assert text.split("\n", 2)[2] == (
        'release: "1.0.0"\n'
        f'artifact: {{digest: "{DIGEST}", size: 48211}}\n'
        "registered:\n"
        '  main: {version: 1, run_id: "dddddddddddddddddddddddddddddddd"}\n'
        "datasets:\n"
        f'  - {{role: training, digest: "{DIGEST}", snapshot: applications-2026-11-01}}\n'
        "image: null\n"
        "imported: false\n"
        "evidence: []\n"
    )


def test_what_does_not_fit_on_one_line_stands_in_a_block() -> None:
    keep = dict.fromkeys(("training_runs", "validation_results", "deployment_records", "bias_audits"), "5y")
    assert "keep: {training_runs: 5y" in render("models/m/retention.yaml", {"keep": keep}).decode()
    keep |= dict.fromkeys(("ab_results", "signoffs", "ci_logs"), "5y")
    assert "keep:\n  training_runs: 5y\n" in render("models/m/retention.yaml", {"keep": keep}).decode()


def test_comments_stand_above_what_they_speak_of() -> None:
    plan: dict[str, Any] = {"steps": [{"weight": 5, "hold": "24h"}, {"weight": 9, "hold": "3d"}]}
    comments = {
        ("environments",): "where",
        ("environments", "production", "steps"): "one\n\nthree",
        ("environments", "production", "steps", 1): "second",
        (): "the end",
    }
    assert block({"schema": "canary/v1", "environments": {"production": plan}}, comments) == (
        "schema: canary/v1\n"
        "# where\n"
        "environments:\n"
        "  production:\n"
        "    # one\n"
        "\n"
        "    # three\n"
        "    steps:\n"
        "      - {weight: 5, hold: 24h}\n"
        "      # second\n"
        "      - {weight: 9, hold: 3d}\n"
        "# the end\n"
    )


@pytest.mark.parametrize("summary", ["hidden \u202e", "half \ud800", "", "x" * 4001])
def test_a_value_that_no_spec_may_hold_is_refused_with_its_place(summary: str) -> None:
    waiver = {"waiver": "w-1", "rule": "r", "model": "m", "reason": summary, "ticket": "T-1", "expires_at": TIME}
    with pytest.raises(Unreadable, match=r"^policies/waivers/w-1.yaml"):
        render("policies/waivers/w-1.yaml", waiver)
