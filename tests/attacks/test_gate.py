"""Changes that look harmless, through the gate: what each is called, who is asked about it, and what it cannot do."""

import os
import re
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from governed import MANIFEST, MODEL, Governed
from repository import Ended

FOLDER = f"models/{MODEL}"
RELEASES = f"{FOLDER}/releases"


@pytest.fixture
def world(tmp_path: Path) -> Governed:
    return Governed.started(tmp_path)


def unmet(ended: Ended) -> dict[str, list[str]]:
    """The requirements that a denied change does not meet, each with the roles that are missing."""
    assert (ended.code, ended.json["verdict"]) == (1, "deny"), ended
    return {
        state["requirement"]: [slot["role"] for slot in state["slots"] if len(slot["signed"]) < slot["need"]]
        for state in ended.json["signoffs"]
        if not state["satisfied"]
    }


def kinds(ended: Ended) -> set[str]:
    return {change["kind"] for change in ended.json["changes"]}


def failed(ended: Ended) -> set[str]:
    """The rules that deny."""
    return {one["rule"] for one in ended.json["findings"] if one["denies"]}


@pytest.mark.parametrize(
    ("path", "old", "new", "kind", "asked"),
    [
        pytest.param(
            "policies/floors.yaml",
            "{metrics: {}, bias: {}}",
            "{metrics: {}}",
            "policy",
            {"policy": ["policy-owner", "governance-board"]},
            id="t01 a floor is lowered by itself",
        ),
        pytest.param(
            "policies/enforcement.yaml",
            "schema: enforcement/v1\n",
            "schema: enforcement/v1\n# Nothing of it binds before it is merged.\n",
            "policy",
            {"policy": ["policy-owner", "governance-board"]},
            id="t05 enforcement changes",
        ),
        pytest.param(
            f"{FOLDER}/thresholds.yaml",
            "action: rollback",
            "action: warn",
            "threshold-loosened",
            {"demands": ["ml-engineer", "bsa-officer"]},
            id="t67 a trigger no longer rolls back",
        ),
        pytest.param(
            f"{FOLDER}/canary.yaml",
            "weight: 10, hold: 24h",
            "weight: 40, hold: 1h",
            "canary",
            {"model": ["team-lead"]},
            id="t67 the canary takes more at once",
        ),
        pytest.param(
            f"{FOLDER}/retention.yaml",
            "signoffs: 5y",
            "signoffs: 1y",
            "retention-shortened",
            {"retention": ["bsa-officer"]},
            id="t68 records are kept for less long",
        ),
        pytest.param(
            MANIFEST,
            'production: {release: "1.0.0"}',
            'production: {release: "1.0.0", ml_enabled: false}',
            "fallback",
            {"rollback": ["on-call", "team-lead"]},
            id="e14 d12 the model is switched off",
        ),
    ],
)
def test_a_change_has_its_name_and_those_who_are_asked(
    world: Governed, path: str, old: str, new: str, kind: str, asked: dict[str, list[str]]
) -> None:
    world.replace(path, old, new)
    world.commit("Improve wording", "engineer-1")
    ended = world.gate()
    assert kinds(ended) == {kind}
    assert unmet(ended) == asked


def test_t67_a_trigger_is_never_simply_gone(world: Governed) -> None:
    text = world.read(f"{FOLDER}/thresholds.yaml")
    world.write(f"{FOLDER}/thresholds.yaml", text[: text.index("triggers:")] + "triggers: []\n")
    world.commit("Tidy up")
    ended = world.gate()
    assert "trigger-removed" in kinds(ended)
    assert unmet(ended)["demands"] == ["ml-engineer", "bsa-officer"]


def test_e14_t90_what_a_lone_person_may_switch_off_takes_two_to_switch_on_again(world: Governed) -> None:
    world.replace(MANIFEST, 'production: {release: "1.0.0"}', 'production: {release: "1.0.0", ml_enabled: false}')
    world.commit("Switch it off", "engineer-2")
    assert world.gate().json["verdict"] == "deny"
    world.signed(("engineer-2", "on-call", "propose"))
    assert world.gate().json["verdict"] == "allow"
    world.git("push", "--quiet", "origin", "HEAD:main")
    world.git("fetch", "--quiet", "origin")
    world.branch("on-again")
    world.replace(MANIFEST, "ml_enabled: false", "ml_enabled: true")
    world.commit("Switch it on", "engineer-2")
    ended = world.gate()
    assert kinds(ended) == {"enable"}
    assert unmet(ended) == {"exposure": ["ml-engineer", "team-lead"]}


def test_t89_t69_a_lower_release_without_a_ledger_is_a_promotion_and_needs_its_evidence(world: Governed) -> None:
    world.replace(MANIFEST, 'staging: {release: "1.1.0"}', 'staging: {release: "1.0.0"}')
    world.commit("Roll back")
    ended = world.gate()
    assert kinds(ended) == {"promotion"}
    assert unmet(ended)["promotion"] == ["ml-engineer", "team-lead"]


@pytest.mark.parametrize("name", ["metrics.json", "bias.json"])
def test_t68_evidence_is_never_deleted(world: Governed, name: str) -> None:
    (world.root / RELEASES / "1.1.0" / name).unlink()
    world.commit("Remove what nobody reads")
    ended = world.gate()
    assert ended.json["verdict"] == "deny"
    assert f"{RELEASES}/1.1.0/release.yaml" in {one["path"] for one in ended.json["findings"] if one["denies"]}


@pytest.mark.parametrize(
    ("at", "rule"),
    [("2020-01-01T00:00:00Z", "evidence-not-from-future"), ("2037-01-01T00:00:00Z", "retraining-due")],
    ids=["from the future", "too old"],
)
def test_t65_evidence_counts_only_in_its_time(world: Governed, at: str, rule: str) -> None:
    world.promote()
    assert rule in failed(world.gate("--at", at))


def test_t62_ten_thousand_lines_of_noise_hide_no_field(world: Governed) -> None:
    world.write(f"{FOLDER}/CHANGELOG.md", "Nothing of interest.\n" * 10_000)
    world.replace(f"{FOLDER}/thresholds.yaml", "at_least: 0.75", "at_least: 0.74")
    world.commit("Reformat")
    ended = world.gate()
    loosened = [change for change in ended.json["changes"] if change["kind"] == "threshold-loosened"]
    assert [(change["path"], change["line"]) for change in loosened] == [(f"{FOLDER}/thresholds.yaml", 8)]
    assert loosened[0]["what"] == "gates: auc_roc in staging, production: at_least 0.75 -> 0.74"
    shown = world.modelward("gate").out
    assert "threshold-loosened" in shown
    assert len(shown.splitlines()) < 60


@pytest.mark.parametrize("time", ["1999-01-01T00:00:00Z", "2037-01-01T00:00:00Z"])
def test_t58_the_times_of_commits_change_no_verdict(world: Governed, time: str) -> None:
    world.approved()
    last = world.git("cat-file", "commit", "HEAD")
    seconds = int(datetime.fromisoformat(time).timestamp())
    forged = re.sub(r"^((?:author|committer) .*> )\d+", rf"\g<1>{seconds}", last, flags=re.MULTILINE)
    world.git(
        "reset", "--quiet", world.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=f"{forged}\n".encode())
    )
    assert world.git("log", "-1", "--format=%cI").startswith(time[:4])
    assert world.gate().json["verdict"] == "allow"
    late = world.gate("--at", "2048-06-01T00:00:00Z").json
    assert late["verdict"] == "deny"
    assert {one["why"] for one in late["dismissed"]} == {"its key is not valid now"}


def test_t78_a_secret_in_evidence_is_denied_and_not_repeated(world: Governed) -> None:
    secret = "AKIA" + "IOSFODNN7EXAMPLE"
    path = f"{RELEASES}/1.1.0/metrics.json"
    world.write(path, world.read(path).replace('"tool": "', f'"tool": "{secret} ', 1))
    world.commit("Measure again")
    ended = world.gate()
    assert "evidence-without-secrets" in failed(ended)
    assert secret not in ended.out


def test_a8_the_record_says_who_on_the_board_agreed(world: Governed) -> None:
    add_model(world)
    world.signed(
        ("engineer-1", "ml-engineer", "propose"),
        ("board-1", "governance-board", "approve"),
    )
    assert unmet(world.gate()) == {"new model": ["governance-board"]}
    world.signed(("board-2", "governance-board", "approve"))
    ended = world.gate()
    (board,) = [state for state in ended.json["signoffs"] if state["requirement"] == "new model"]
    assert board["satisfied"]
    assert [one["person"] for slot in board["slots"] for one in slot["signed"]] == ["board-1", "board-2"]
    world.git("push", "--quiet", "origin", "HEAD:main")
    kept = subprocess.run(
        ["git", "-C", str(world.server), "ls-tree", "-r", "--name-only", "main", "models/other-score/signoffs/"],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"GIT_DIR": str(world.server)},
    ).stdout
    assert {name.rpartition("/")[2].rpartition("-")[0] for name in kept.split() if name.endswith(".json")} == {
        "engineer-1",
        "board-1",
        "board-2",
    }


def test_a9_neither_rules_nor_ticket_nor_sign_off_can_be_left_out(world: Governed) -> None:
    world.git("switch", "--quiet", "main")
    world.replace("policies/floors.yaml", "    when: {}\n", "    when: {}\n    ticket: {prefix: RISK-}\n")
    world.commit("Demand a ticket")
    world.git("push", "--quiet", "origin", "main")
    world.branch("release", "origin/main")
    world.copy(f"{RELEASES}/1.2.0", f"{RELEASES}/1.3.0")
    world.replace(f"{RELEASES}/1.3.0/release.yaml", 'release: "1.2.0"', 'release: "1.3.0"')
    world.commit("Add a release", "engineer-1")
    assert unmet(world.gate()) == {"release": ["ml-engineer"]}
    world.signed(("engineer-1", "ml-engineer", "propose"), ("engineer-2", "ml-engineer", "approve"))
    ended = world.gate()
    assert unmet(ended) == {}
    assert {"ticket-floor", "evidence-subject"} <= failed(ended)


def add_model(world: Governed, name: str = "other-score") -> None:
    """A second model like the first that serves nowhere yet, committed by `engineer-1`."""
    for path in world.git("ls-files", FOLDER).splitlines():
        text = world.read(path).replace(MODEL, name)
        if path == MANIFEST:
            text = re.sub(r"deployments:\n(  .*\n)+", "deployments: {}\n", text)
        world.write(path.replace(MODEL, name), text)
    world.commit("Add a model", "engineer-1")
