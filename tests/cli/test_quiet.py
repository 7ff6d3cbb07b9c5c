"""apply where what measures a release has gone quiet: that is told as what it is, and never as a healthy model.

Rows A13 and E14 of the mission.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from governed import key
from operated import Operated, aliases, suspensions

GAUGE = "modelward_triggers_quiet"


def events(path: Path) -> list[Any]:
    """The events of a file that speak of what cannot be measured."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [one for one in map(json.loads, lines) if one["type"] == "ml.trigger.silent"]


def quiet(metrics: Path) -> float:
    """How many triggers the metrics count that cannot tell anything."""
    (line,) = [one for one in metrics.read_text().splitlines() if one.startswith(f"{GAUGE} ")]
    return float(line.split()[1])


def status(world: Operated) -> int:
    """What `status --exit-code` ends with for the model."""
    with world.clock.running():
        return world.modelward("status", "--remote", "origin", "--exit-code", "--model", "credit-risk").code


def test_a_monitor_that_has_gone_quiet_is_no_healthy_model(world: Operated, tmp_path: Path) -> None:
    told, metrics = tmp_path / "events.jsonl", tmp_path / "modelward.prom"

    def run() -> int:
        more = ("--quiet", "--events-file", str(told), "--metrics-file", str(metrics), "--model", "credit-risk")
        return world.apply(*more).code

    world.clock.forward(hours=1)
    assert (run(), quiet(metrics), status(world)) == (0, 0, 0), "a release that has just come is given time"
    world.well("1.0.0")
    assert (run(), world.status()["state"]) == (0, "Synced")
    world.clock.forward(hours=10)
    for _ in range(2):
        assert (run(), quiet(metrics), status(world)) == (0, 2, 5)
    found = world.status()
    assert (found["state"], found["lift"]) == ("Degraded", "values that come again")
    assert found["reason"] == (
        "trigger error-budget, and 1 more cannot tell whether 1 (1.0.0) fails: `error_budget_remaining` has gone "
        "quiet: it has no value of the last 2h, the newest is 10h old (it is read from ../signals.jsonl)"
    )
    assert [one["data"]["details"]["trigger"] for one in events(told)] == ["error-budget", "bad-scores"]
    world.clock.forward(hours=25)
    run()
    assert len(events(told)) == 4, "it is told once a day"
    world.well("1.0.0")
    assert (run(), quiet(metrics), status(world), len(events(told))) == (0, 0, 0, 4)
    for _ in range(3):
        world.clock.forward(hours=1)
        for signal in ("error_budget_remaining", "score_invalid_ratio"):
            world.observe(signal, "1.0.0", 0.0, n=0)
    assert (run(), quiet(metrics), status(world)) == (0, 2, 5)
    assert "samples, and no value of the last 2h has enough" in world.status()["reason"]
    assert suspensions(1) == []


@pytest.mark.parametrize("text", [None, '{"signal": 1, "model": "credit-risk"}\n'])
def test_signals_that_cannot_be_read_are_no_healthy_model(world: Operated, text: str | None) -> None:
    """Nobody has ever written the file, or what is written there is wrong."""
    if text is not None:
        (world.root.parent / "signals.jsonl").write_text(text)
    world.clock.forward(hours=3)
    assert (world.apply().code, world.status()["state"]) == (0, "Degraded")
    assert status(world) == 5


def test_what_stands_in_another_way_says_that_and_what_is_quiet_is_told(world: Operated, tmp_path: Path) -> None:
    told = tmp_path / "events.jsonl"
    world.clock.forward(hours=3)
    world.deploy("1.1.0")
    assert world.apply("--events-file", str(told)).code == 0
    assert world.status()["state"] == "Progressing"
    assert {one["data"]["release"] for one in events(told) if one["data"]["model"] == "credit-risk"} == {"1.0.0"}


def test_a_model_that_is_switched_off_has_nothing_to_be_measured(world: Operated) -> None:
    world.replace("models/credit-risk/manifest.yaml", "ml_enabled: true", "ml_enabled: false")
    world.commit("Switch it off", "engineer-1")
    world.merged()
    world.clock.forward(hours=10)
    world.apply()
    world.clock.forward(minutes=1)
    assert (world.apply().code, world.status()["state"]) == (0, "Synced")


def test_a_saved_plan_is_carried_out_while_something_soaks_or_is_quiet(world: Operated, tmp_path: Path) -> None:
    """Its reasons tell how much time has gone by."""
    world.clock.forward(hours=3)
    world.deploy("1.1.0")
    world.apply()
    MlflowClient().set_registered_model_alias("delivery-eta", "champion", "3")
    saved = str(tmp_path / "plan.json")
    with world.clock.running():
        world.modelward("plan", "--remote", "origin", "--out", saved)
    world.clock.forward(minutes=7)
    with world.clock.running():
        options = ("--yes", "--remote", "origin", "--ledger-key", str(key("reconciler")))
        ended = world.modelward("apply", saved, *options)
    assert (ended.code, aliases("delivery-eta")["champion"]) == (0, "1"), ended


def test_a_line_that_is_wrong_is_named_with_its_number_and_each_cause_once(world: Operated) -> None:
    """Beside it stand triggers whose sources no run reads; the more of them, the less may they hide what is broken."""
    path = "models/credit-risk/thresholds.yaml"
    more = "".join(
        f"  - {{name: drift-{n}, environments: [production], signal: feature_drift, over: features, above: {n},"
        " aggregate: any, severity: warning, respond_within: 4h, action: warn}\n"
        for n in range(1, 5)
    )
    head, _, triggers = world.read(path).partition("triggers:\n")
    world.write(path, f"{head}triggers:\n{more}{triggers}")
    world.commit("Watch features", "engineer-1")
    world.merged()
    world.clock.forward(hours=1)
    world.well("1.0.0")
    signals = world.root.parent / "signals.jsonl"

    def said(*verb: str) -> str:
        with world.clock.running():
            return world.modelward(*verb, "--remote", "origin", "--model", "credit-risk").out

    unread = "drift-1, drift-2, and 2 more: this version does not read `monitor:`"
    assert f"note: credit-risk: production: 4 of 6 triggers say nothing: {unread}\n" in said("status")
    good = signals.read_text()
    world.clock.forward(hours=-1)
    world.observe("score_invalid_ratio", "1.0.0", 0.0)
    world.clock.forward(hours=1)
    early = json.loads(signals.read_text().splitlines()[-1]) | {"at": "2099-01-01T00:00:00Z"}
    signals.write_text(f"{good}{json.dumps(early)}\n")
    future = f"`score_invalid_ratio` has a value from the future ({world.root}/../signals.jsonl, line 4)"
    assert f"5 of 6 triggers say nothing: bad-scores: {future}; {unread}\n" in said("status")
    signals.write_text(f"{good}torn\n")
    torn = f"{world.root}/../signals.jsonl, line 4: this is no JSON"
    shown = said("status")
    assert f"6 of 6 triggers say nothing: error-budget, bad-scores: {torn}" in shown
    assert shown.count(torn) == 1, shown
    world.clock.forward(hours=9)
    shown = said("status")
    assert "6 of 6 triggers say nothing: error-budget, bad-scores: see what its state says; drift-1" in shown, shown
    assert (shown.count(torn), "Degraded" in shown) == (1, True), shown
