"""plan, apply, status and diff in hard places: what they print, and how they end."""

import json
import os
import sqlite3
import warnings
from pathlib import Path

import pytest
from mlflow import MlflowClient

from repository import Repository

MANIFEST = "models/credit-risk/manifest.yaml"
ESCAPE = "\x1b]0;owned\x07\x1b[2J\u202e"


def client() -> MlflowClient:
    return MlflowClient(tracking_uri=os.environ["MLFLOW_TRACKING_URI"])


def aliases() -> dict[str, str]:
    return {alias: str(version) for alias, version in client().get_registered_model("credit-risk").aliases.items()}


@pytest.fixture
def held(adopted: Repository) -> Repository:
    """The same with a promotion of production that waits."""
    line = 'hold: {reason: audit, until: "2099-01-01T00:00:00Z"}'
    adopted.replace(MANIFEST, 'production: {release: "1.0.0"', f'production: {{release: "1.1.0", {line}')
    adopted.commit("Promote, and hold")
    return adopted


def test_a_held_environment_is_no_match_in_plan_diff_and_status(held: Repository) -> None:
    plan = held.modelward("plan")
    assert plan.code == 0
    assert "production: Held: on hold until 2099-01-01T00:00:00Z" in plan.out
    assert "match" not in plan.out
    diff = held.modelward("diff")
    assert "no differences" not in diff.out
    assert "credit-risk: production\n- 1 (1.0.0)\n+ 1.1.0\n" in diff.out
    assert held.modelward("diff", "--exit-code").code == 5
    assert held.modelward("status", "--exit-code").code == 5


def test_a_held_environment_is_named_beside_the_steps_of_others(held: Repository) -> None:
    held.replace(MANIFEST, 'staging: {release: "1.1.0"}', 'staging: {release: "1.2.0"}')
    held.commit("Try the next")
    plan = held.modelward("plan")
    assert "alias staging: 2 (1.1.0) -> 3 (1.2.0)" in plan.out
    assert "production: Held: on hold until" in plan.out


def test_an_environment_that_was_not_asked_for_is_no_match(adopted: Repository) -> None:
    adopted.modelward("promote", "credit-risk", "production", "--branch", "promote")
    plan = adopted.modelward("plan", "--environment", "staging")
    assert "match" not in plan.out
    assert "production: OutOfSync" in plan.out


def test_two_versions_in_one_stage_are_told_by_status(adopted: Repository) -> None:
    with warnings.catch_warnings(action="ignore"):
        client().transition_model_version_stage("credit-risk", "3", "Production")
    status = adopted.modelward("status", "--exit-code")
    assert status.code == 5
    assert "another version stands in its stage" in status.out


@pytest.mark.parametrize("verb", ["plan", "apply", "status", "diff"])
def test_files_that_cannot_be_read_are_unknown_and_exit_3(adopted: Repository, registry: Path, verb: str) -> None:
    location = client().get_model_version_download_uri("credit-risk", "1")
    with sqlite3.connect(registry / "mlflow.db") as database:
        database.execute(
            "update model_versions set storage_location = ?, source = ?, run_id = ? where version = 1",
            (f"{location}/gone", f"{location}/gone", "f" * 32),
        )
    database.close()
    ended = adopted.modelward(verb, *(["--yes"] if verb == "apply" else []))
    assert ended.code == 3, ended
    assert "the files of version 1 of `credit-risk` cannot be read" in ended.out
    assert "Unknown" in ended.out


@pytest.mark.parametrize("verb", ["plan", "diff"])
def test_a_document_that_was_asked_for_is_written_also_when_there_is_little_to_say(
    adopted: Repository, tmp_path: Path, verb: str
) -> None:
    file = tmp_path / "out.json"
    ended = adopted.modelward(verb, "-q", "--format", f"json={file}")
    assert (ended.code, ended.out) == (0, "")
    assert json.loads(file.read_text())["schema"] == f"{verb}/v1"


def test_apply_writes_every_format_that_was_asked_for(adopted: Repository, tmp_path: Path) -> None:
    adopted.modelward("promote", "credit-risk", "production", "--branch", "promote")
    files = {name: tmp_path / f"out.{name}" for name in ("text", "json")}
    arguments = [argument for name, file in files.items() for argument in ("--format", f"{name}={file}")]
    assert adopted.modelward("apply", "--yes", *arguments).code == 0
    assert json.loads(files["json"].read_text())["models"][0]["success"]
    assert "alias champion: 1 (1.0.0) -> 2 (1.1.0)" in files["text"].read_text()
    assert "1 of 1 models follow" in files["text"].read_text()


# T77: whatever a registry or a saved plan says.


def hostile(database: Path) -> None:
    """What nobody could write through a server, written into its database."""
    connection = sqlite3.connect(database)
    connection.execute(
        "insert into registered_models (name, workspace) values (?, ?)",
        (f"{ESCAPE}\n::error::x", "default"),
    )
    connection.execute(
        "insert into registered_model_aliases (name, alias, version, workspace) values (?, ?, ?, ?)",
        ("credit-risk", f"Old{ESCAPE}", 9, "default"),
    )
    connection.execute(
        "update registered_model_tags set value = ? where key = 'modelward.repository'", (f"acme{ESCAPE}" + "x" * 5000,)
    )
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan",),
        ("plan", "--adopt", "-v"),
        ("status",),
        ("diff",),
        ("apply", "--adopt", "--yes"),
        ("plan", "--adopt", "--format", "json"),
        ("status", "--format", "json"),
    ],
)
def test_t77_names_tags_and_aliases_of_a_registry_are_shown_as_escapes(
    adopted: Repository, registry: Path, arguments: tuple[str, ...]
) -> None:
    hostile(registry / "mlflow.db")
    ended = adopted.modelward(*arguments)
    for text in (ended.out, ended.err):
        assert not any(mark in text for mark in ("\x1b]", "\x07", "\x1b[2J", "\u202e", "\n::error"))
    if "json" in arguments:
        assert ended.json["models"]
    elif arguments[0] != "diff":
        assert "\\x1b]0;owned\\x07" in ended.out
        assert max(map(len, ended.out.splitlines())) < 2000


def test_t77_a_saved_plan_cannot_steer_the_terminal(adopted: Repository, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    adopted.git("commit", "--quiet", "--allow-empty", "-m", "to be \x1b[31mfound")
    assert adopted.modelward("plan", "--out", str(saved)).code == 0
    document = json.loads(saved.read_text())
    for ref in (":/\x1b[31mfound", "HEAD\x00", "HEAD\n", "--upload-pack=x"):
        saved.write_text(json.dumps({**document, "ref": ref}))
        ended = adopted.modelward("apply", str(saved), "--yes")
        assert ended.code in (0, 1, 2)
        assert "crash" not in ended.err
        assert "\x1b[31mfound" not in ended.out + ended.err


# T80, and options from the environment.


@pytest.mark.parametrize(
    ("name", "value"),
    [("YES", "banana"), ("DRY_RUN", "perhaps"), ("FORMAT", "xml"), ("ADOPT", "2"), ("REF", "no-such-branch")],
)
def test_t80_an_option_from_the_environment_that_is_wrong_is_exit_2(
    adopted: Repository, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"MODELWARD_APPLY_{name}", value)
    assert adopted.modelward("apply").code == 2


def test_a_selection_from_the_environment_that_is_blank_is_not_everything(
    adopted: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopted.modelward("promote", "credit-risk", "production", "--branch", "promote")
    for name in ("MODEL", "ENVIRONMENT"):
        with monkeypatch.context() as patch:
            patch.setenv(f"MODELWARD_APPLY_{name}", " ")
            assert adopted.modelward("apply", "--yes").code in (2, 4)
    assert aliases()["champion"] == "1"


def test_t80_a_crash_is_exit_3_also_when_it_is_shown_in_full(adopted: Repository) -> None:
    ended = adopted.process("plan", environment={"MODELWARD_TRACEBACK": "1", "PATH": ""})
    assert ended.code == 3
    assert "git" in ended.err
