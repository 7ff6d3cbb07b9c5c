"""apply says what a person must know of it: what is lacking before it begins, what was not told, and why it ends so."""

import json
import re
import shutil
from pathlib import Path

import pytest
from mlflow import MlflowClient

from governed import key
from operated import Operated, aliases, suspensions
from repository import Ended


def with_key(world: Operated, file: Path) -> Ended:
    with world.clock.running():
        return world.modelward("apply", "--yes", "--remote", "origin", "--ledger-key", str(file))


def test_a_key_that_cannot_write_the_ledger_is_wrong_use_before_anything_is_done(
    world: Operated, tmp_path: Path
) -> None:
    torn = tmp_path / "torn"
    torn.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    torn.chmod(0o600)
    for file, says in (
        (tmp_path / "none", "cannot be read: No such file"),
        (key("reconciler").with_suffix(".pub"), "is no private key"),
        (torn, "cannot be used"),
        (key("lead-1"), "is the key of no machine that may write the ledger"),
    ):
        ended = with_key(world, file)
        assert (ended.code, says in ended.err, "= help: " in ended.err, ended.out) == (2, True, True, ""), ended
    world.fails("1.0.0")
    assert with_key(world, key("lead-1")).code == 2
    assert suspensions(1) == []


def test_g3_with_a_key_that_has_ended_what_must_go_goes(world: Operated) -> None:
    world.clock.forward(days=900)
    world.fails("1.0.0")
    ended = world.apply()
    assert (ended.code, "nobody would believe" in ended.err) == (3, True), ended
    assert suspensions(1)


def test_g3_a_place_that_nobody_can_tell_is_named_at_once_and_keeps_nothing_back(
    world: Operated, tmp_path: Path
) -> None:
    events = tmp_path / "events.jsonl"
    world.fails("1.0.0")
    ended = world.apply("--quiet", "--events-file", str(events), "--events-webhook", "NOT_SET_HERE")
    assert ended.code == 2, ended
    assert ended.err.startswith("warning: some will not be told: the variable NOT_SET_HERE is not set")
    assert "export NOT_SET_HERE=" in ended.err
    assert suspensions(1)
    assert len(world.records("suspension")) == 1
    assert "ml.model.suspended" in events.read_text(), "the other places are told"


def test_what_was_not_told_and_not_counted_is_said_also_without_a_log(
    world: Operated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", "https://127.0.0.1:1/sesame")
    world.fails("1.0.0")
    metrics = tmp_path / "none" / "modelward.prom"
    ended = world.apply("--quiet", "--events-webhook", "HOOK", "--metrics-file", str(metrics))
    assert re.search(r"^warning: the webhook of HOOK did not take \d events: it cannot", ended.err, re.MULTILINE)
    assert re.search(r"^warning: cannot write .*modelward\.prom", ended.err, re.MULTILINE), ended.err
    assert "sesame" not in ended.err


def test_a_run_that_took_something_out_says_why_it_ends_with_1(world: Operated) -> None:
    world.fails("1.0.0")
    ended = world.apply("--quiet")
    assert ended.code == 1
    assert ended.out.endswith("1 release was taken out of service in this run.\n"), ended.out


def test_why_a_run_failed_is_the_last_line_of_a_log_for_machines(world: Operated) -> None:
    shutil.move(world.root.parent / "server.git", world.root.parent / "away.git")
    ended = world.apply("--log-format", "json")
    assert ended.code == 3
    (said,) = [json.loads(line) for line in ended.err.splitlines()]
    assert (said["event"], said["level"], said["exit_code"]) == ("run.failed", "error", 3)
    assert said["message"].startswith("the ledger in `origin` cannot be read")
    assert "kept here until the ledger takes it" in said["help"]
    assert "error: " in world.apply("--log-format", "text").err


def test_metrics_tell_how_things_stand_when_the_run_has_ended(world: Operated, tmp_path: Path) -> None:
    metrics = tmp_path / "modelward.prom"
    MlflowClient().set_registered_model_alias("credit-risk", "champion", "3")
    assert world.apply("--metrics-file", str(metrics)).code == 0
    assert aliases()["champion"] == "1"
    said = metrics.read_text()
    assert 'modelward_models{state="OutOfSync"} 0.0' in said
    assert "modelward_drift 1.0" in said


def test_only_the_environments_that_were_asked_for_are_shown(world: Operated) -> None:
    for verb in ("status", "diff"):
        (json_,) = [world.modelward(verb, "--environment", "staging", "--format", "json").json]
        shown = {one["environment"] for model in json_["models"] for one in model["environments"]}
        notes = [note for model in json_["models"] for note in model["notes"]]
        assert (shown, [note for note in notes if note.startswith("production")]) == ({"staging"}, []), verb


def test_quiet_says_of_models_that_do_not_change_only_what_is_wrong(world: Operated) -> None:
    """Nothing measures the others yet, which is noted of each run."""
    MlflowClient().set_registered_model_alias("delivery-eta", "champion", "3")
    with world.clock.running():
        planned, quiet = (world.modelward("plan", "--remote", "origin", *more).out for more in ((), ("--quiet",)))
    applied = world.apply("--quiet").out
    assert "note: production" in planned
    for said in (quiet, applied):
        assert ("delivery-eta" in said, "credit-risk" in said) == (True, False), said


def test_what_is_not_followed_comes_first_and_nothing_is_said_to_match_it(world: Operated, tmp_path: Path) -> None:
    world.replace("models/credit-risk/manifest.yaml", 'production: {release: "1.0.0"', 'production: {release: "1.1.0"')
    world.commit("Deploy past the gate", "engineer-1")
    world.git("push", "--quiet", "origin", "HEAD:main")
    with world.clock.running():
        for verb in ("status", "plan"):
            said = world.modelward(verb, "--remote", "origin").out
            assert said.startswith("! models/credit-risk is followed only as it stood at "), said
        assert "6 of 6 in sync with what is followed of HEAD (" in world.modelward("status", "--remote", "origin").out
        quiet = world.modelward("plan", "--quiet", "--remote", "origin")
    assert (quiet.code, "Nothing to do: 3 models match what is followed of HEAD (" in quiet.out) == (1, True), quiet
    ended = world.apply("--format", "json", "--metrics-file", str(tmp_path / "modelward.prom"))
    assert [one["scope"] for one in ended.json["untrusted"]] == ["models/credit-risk"]
    assert ended.json["error"] is None
    assert "modelward_untrusted 1.0" in (tmp_path / "modelward.prom").read_text()


def test_what_must_go_is_said_to_serve_until_a_run_has_taken_it_out(world: Operated) -> None:
    world.fails("1.0.0")
    with world.clock.running():
        said = world.modelward("status", "--model", "credit-risk", "--remote", "origin").out
    assert "1.0.0 goes out of service (su-" in said
    assert "; it serves until a run has taken it out\n" in said, "nothing lifts it yet, and nobody knows since when"
    world.apply()
    said = world.modelward("status", "--model", "credit-risk", "--remote", "origin").out
    assert "1.0.0 is suspended (su-" in said
    assert "it serves until" not in said


def test_a_run_that_could_not_do_all_says_why_in_its_document(world: Operated) -> None:
    ended = world.apply("--format", "json", "--events-webhook", "NOT_SET_HERE")
    assert ended.code == 2
    assert ended.json["error"].startswith("the variable NOT_SET_HERE is not set")
