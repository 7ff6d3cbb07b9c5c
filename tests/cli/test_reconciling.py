"""plan, apply, status and diff against a real registry. Rows C11, D3, E1, F4, F6 of the mission; T71, T74, T91."""

import json
import os
import shutil
from pathlib import Path

import pytest
from mlflow import MlflowClient

from repository import Repository


def shown() -> tuple[dict[str, str], dict[str, str | None]]:
    """Aliases and stages of credit-risk, as MLflow's own client sees them."""
    client = MlflowClient(tracking_uri=os.environ["MLFLOW_TRACKING_URI"])
    aliases = client.get_registered_model("credit-risk").aliases
    stages = {
        str(version.version): version.current_stage for version in client.search_model_versions("name='credit-risk'")
    }
    return {alias: str(version) for alias, version in aliases.items()}, stages


START = ({"staging": "2", "champion": "1"}, {"1": "Production", "2": "Staging", "3": "None"})
PINNED = "sha256:3d8a71a313d0192366a24ff229c6e022c8e5e43079e1f3a867cdd13adf93be8e"
PROMOTED = ({"staging": "2", "champion": "2"}, {"1": "Archived", "2": "Production", "3": "None"})


def test_a_registry_set_by_hand_is_left_alone_until_it_is_adopted(repository: Repository, registry: Path) -> None:
    assert registry.is_dir()
    before = shown()
    refused = repository.modelward("apply", "--yes")
    assert refused.code == 1
    assert "apply --adopt" in refused.out
    assert shown() == before
    assert repository.modelward("apply", "--adopt", "--yes").code == 0
    assert shown() == START


def test_f4_f6_a_one_line_promotion_moves_alias_and_stage_and_a_rollback_moves_them_back(adopted: Repository) -> None:
    promoted = adopted.modelward("promote", "credit-risk", "production", "--branch", "promote")
    assert promoted.code == 0
    assert adopted.git("diff", "--numstat", "main") == "1\t1\tmodels/credit-risk/manifest.yaml"
    assert adopted.modelward("apply", "--yes").code == 0
    assert shown() == PROMOTED
    assert adopted.modelward("plan", "--exit-code").code == 0
    assert adopted.modelward("rollback", "credit-risk", "production", "--branch", "rollback").code == 0
    assert adopted.git("diff", "--numstat", "main") == ""
    assert adopted.modelward("apply", "--yes").code == 0
    assert shown() == START


def test_d3_plan_and_dry_runs_write_nothing_and_tell_of_changes(adopted: Repository) -> None:
    adopted.modelward("promote", "credit-risk", "production")
    assert adopted.git("status", "--porcelain") == "M models/credit-risk/manifest.yaml"
    adopted.commit("Promote")
    plan = adopted.modelward("plan", "--exit-code")
    assert plan.code == 5
    assert "~ alias champion: 1 (1.0.0) -> 2 (1.1.0)" in plan.out
    assert "0 to set, 2 to change, 1 to retire in 1 of 3 models; 0 blocked" in plan.out
    assert adopted.modelward("apply", "--dry-run").code == 0
    assert shown() == START


def test_a_release_that_nobody_deploys_is_read_only_where_something_is_to_be_done(adopted: Repository) -> None:
    adopted.write("models/credit-risk/releases/1.2.0/release.yaml", "schema: release/v1\n")
    adopted.commit("Break a release that serves nowhere")
    assert adopted.modelward("plan", "--exit-code").code == 0
    adopted.modelward("promote", "credit-risk", "production", "1.1.0")
    adopted.commit("Promote another one")
    stopped = adopted.modelward("apply", "--yes")
    assert stopped.code == 3
    assert "models/credit-risk/releases/1.2.0/release.yaml" in stopped.out
    assert shown() == START


def test_c11_the_working_tree_is_never_applied_only_the_commit_is(adopted: Repository) -> None:
    adopted.modelward("promote", "credit-risk", "production")
    assert adopted.modelward("apply", "--yes").code == 0
    assert shown() == START


def test_t71_a_byte_changed_in_an_artifact_stops_the_model_and_names_both_digests(
    adopted: Repository, registry: Path
) -> None:
    adopted.modelward("promote", "credit-risk", "production", "--branch", "promote")
    client = MlflowClient(tracking_uri=os.environ["MLFLOW_TRACKING_URI"])
    weights = Path(client.get_model_version_download_uri("credit-risk", "2").removeprefix("file://")) / "model.skops"
    assert weights.is_relative_to(registry)
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    stopped = adopted.modelward("apply", "--yes")
    assert stopped.code == 1
    assert "the bytes of version 2 are not those of release 1.1.0: sha256:" in stopped.out
    assert f"pinned is {PINNED}" in stopped.out
    assert shown() == START


def test_a_model_whose_specs_fail_a_rule_is_blocked_with_the_rule_and_the_place(adopted: Repository) -> None:
    adopted.modelward("promote", "credit-risk", "production")
    adopted.replace("models/credit-risk/releases/1.1.0/metrics.json", '"metric": "auc_roc"', '"metric": "auc_rox"')
    adopted.commit("Promote")
    blocked = adopted.modelward("apply", "--yes")
    assert blocked.code == 1
    assert "its specs fail evidence-digest" in blocked.out
    assert "models/credit-risk/releases/1.1.0/release.yaml:" in blocked.out
    assert shown() == START


def test_a_model_that_cannot_be_read_is_blocked_and_keeps_what_it_has(adopted: Repository) -> None:
    adopted.replace(
        "models/credit-risk/manifest.yaml", "\nmodel: credit-risk\n", "\nmodel: credit-risk\nmodel: other\n"
    )
    adopted.commit("Break")
    plan = adopted.modelward("plan")
    assert plan.code == 1
    assert "models/credit-risk/manifest.yaml:" in plan.out
    assert "the key `model` stands twice" in plan.out
    assert shown() == START


def test_a_saved_plan_is_carried_out_while_nothing_moves(adopted: Repository, tmp_path: Path) -> None:
    adopted.modelward("promote", "credit-risk", "production", "--branch", "promote")
    saved = tmp_path / "plan.json"
    assert adopted.modelward("plan", "--out", str(saved)).code == 0
    assert adopted.modelward("apply", str(saved), "--yes").code == 0
    assert shown() == PROMOTED


def test_t74_a_saved_plan_is_refused_when_git_has_moved(adopted: Repository, tmp_path: Path) -> None:
    adopted.modelward("promote", "credit-risk", "production", "--branch", "promote")
    saved = tmp_path / "plan.json"
    adopted.modelward("plan", "--out", str(saved))
    (adopted.root / "NOTES.md").write_text("later\n")
    adopted.commit("Later")
    refused = adopted.modelward("apply", str(saved), "--yes")
    assert refused.code == 1
    assert "the plan was made at" in refused.err
    assert shown() == START


def test_t74_a_saved_plan_is_refused_when_the_registry_has_moved(adopted: Repository, tmp_path: Path) -> None:
    adopted.modelward("promote", "credit-risk", "production", "--branch", "promote")
    saved = tmp_path / "plan.json"
    adopted.modelward("plan", "--out", str(saved))
    MlflowClient(tracking_uri=os.environ["MLFLOW_TRACKING_URI"]).set_registered_model_alias(
        "credit-risk", "champion", "3"
    )
    refused = adopted.modelward("apply", str(saved), "--yes")
    assert refused.code == 1
    assert "moved since the plan was made" in refused.err


def test_t74_a_saved_plan_that_was_edited_is_refused(adopted: Repository, tmp_path: Path) -> None:
    adopted.modelward("promote", "credit-risk", "production", "--branch", "promote")
    saved = tmp_path / "plan.json"
    adopted.modelward("plan", "--out", str(saved))
    document = json.loads(saved.read_text())
    document["models"][0]["actions"][-1]["version"] = 3
    saved.write_text(json.dumps(document))
    assert adopted.modelward("apply", str(saved), "--yes").code == 1
    assert shown() == START


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "plan/v1"}', '{"schema": "plan/v2", "ref": "HEAD"}'])
def test_a_file_that_is_no_plan_is_wrong_use(adopted: Repository, tmp_path: Path, text: str) -> None:
    saved = tmp_path / "plan.json"
    saved.write_text(text)
    refused = adopted.modelward("apply", str(saved), "--yes")
    assert refused.code == 2
    assert "is no saved plan" in refused.err


def test_status_shows_each_environment_and_json_carries_the_same(adopted: Repository) -> None:
    adopted.modelward("promote", "credit-risk", "production", "--branch", "promote")
    text = adopted.modelward("status", "--exit-code")
    assert text.code == 5
    assert [line.split()[:5] for line in text.out.splitlines()[1:3]] == [
        ["credit-risk", "staging", "Synced", "1.1.0", "2"],
        ["credit-risk", "production", "OutOfSync", "1.1.0", "1"],
    ]
    document = adopted.modelward("status", "--format", "json").json
    assert document["schema"] == "status/v1"
    states = {each["environment"]: each["state"] for each in document["models"][0]["environments"]}
    assert states == {"staging": "Synced", "production": "OutOfSync"}


def test_diff_shows_both_sides_of_each_value(adopted: Repository) -> None:
    assert "no differences" in adopted.modelward("diff").out
    adopted.modelward("promote", "credit-risk", "production", "--branch", "promote")
    diff = adopted.modelward("diff", "--exit-code")
    assert diff.code == 5
    assert "credit-risk: alias champion\n- 1 (1.0.0)\n+ 2 (1.1.0)" in diff.out


def test_apply_asks_and_without_anybody_there_wants_yes(adopted: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    adopted.modelward("promote", "credit-risk", "production", "--branch", "promote")
    with Path(os.devnull).open() as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        refused = adopted.modelward("apply")
    assert refused.code == 2
    assert "--yes" in refused.err
    assert shown() == START


def test_apply_prints_json_alone_on_standard_output(adopted: Repository) -> None:
    adopted.modelward("promote", "credit-risk", "production", "--branch", "promote")
    document = adopted.modelward("apply", "--yes", "--format", "json").json
    assert document["models"] == [{"model": "credit-risk", "success": True, "steps": 3, "error": None}]


def test_t91_an_unset_address_is_exit_2_and_names_the_variable(repository: Repository) -> None:
    ended = repository.modelward("plan")
    assert ended.code == 2
    assert "MLFLOW_TRACKING_URI is not set" in ended.err


def test_t91_a_registry_file_that_is_not_there_is_exit_3_and_is_not_created(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = tmp_path / "missing.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{missing}")
    ended = repository.modelward("apply", "--yes")
    assert ended.code == 3
    assert str(missing) in ended.err
    assert not missing.exists()


@pytest.mark.parametrize("verb", ["plan", "apply", "status", "diff"])
def test_an_unreachable_registry_is_exit_3_in_one_line_and_says_which(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    ended = repository.modelward(verb, *(["--yes"] if verb == "apply" else []))
    assert ended.code == 3
    assert "http://127.0.0.1:9" in ended.err


def test_a_selection_of_nothing_is_exit_4(repository: Repository) -> None:
    assert repository.modelward("plan", "--model", "nobody-*").code == 4
    assert repository.modelward("plan", "--environment", "moon").code == 4


def test_a_ref_that_names_no_commit_is_exit_2(repository: Repository) -> None:
    ended = repository.modelward("plan", "--ref", "no-such-branch")
    assert ended.code == 2
    assert "`no-such-branch` names no commit" in ended.err


def test_two_models_that_claim_one_registered_model_are_both_blocked(adopted: Repository) -> None:
    adopted.modelward("promote", "credit-risk", "production")
    shutil.copytree(adopted.root / "models/credit-risk", adopted.root / "models/credit-copy")
    for path in (adopted.root / "models/credit-copy").rglob("*.*"):
        if path.suffix in (".yaml", ".json"):
            path.write_text(path.read_text().replace("model: credit-risk", "model: credit-copy"))
    manifest = adopted.root / "models/credit-copy/manifest.yaml"
    manifest.write_text(manifest.read_text().replace("registered_model: credit-copy", "registered_model: credit-risk"))
    adopted.commit("Claim twice")
    plan = adopted.modelward("plan")
    assert plan.code == 1
    assert "0 of 4 models; 2 blocked" in plan.out
    assert "its specs fail artifact-claimed-once" in plan.out
    assert adopted.modelward("apply", "--yes", "--model", "credit-risk").code == 1
    assert shown() == START
