"""A week of life, played with a clock against a real server: nothing reaches production but by its steps.

Rows A11, A13, A14, B6, C11, D6, E8, E9, E13, E15, F6, F7, G2 and G3 of the mission; T57, T72, T84, T85 of the threats.
"""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mlflow import MlflowClient

from operated import Clock, Operated, aliases, routed, suspensions
from repository import Repository
from tracking_server import tracking_server

from .conftest import Kept

BRANCH = "refs/heads/modelward/ledger"
RETURN = "modelward/rollback/credit-risk-production-1.1.0"


@pytest.fixture
def world(repository: Repository, kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operated]:
    """The project's models on a git server and on a registry server, as a team left it that promoted by clicking."""
    folder = tmp_path / "registry"
    shutil.copytree(kept.folder / "artifacts", folder / "artifacts")
    kept.put(folder, kept.found)
    with tracking_server(folder) as uri:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        yield Operated.begun(repository, Clock())


def shares() -> tuple[int, int | None]:
    """The percentages that champion and challenger take."""
    routing = routed()
    challenger = routing["challenger"]
    return routing["champion"]["weight"], None if challenger is None else challenger["weight"]


def checklist(world: Operated) -> list[dict[str, str]]:
    """What was done when a release was last taken out, and what is left to do (rows A14 and E15)."""
    with world.clock.running():
        ended = world.modelward("checklist", "credit-risk", "production", "--remote", "origin", "--format", "json")
    steps: list[dict[str, str]] = ended.json["steps"]
    return steps


def stage(version: int) -> str:
    """The stage of a version of credit-risk."""
    return str(MlflowClient().get_model_version("credit-risk", str(version)).current_stage)


def step(world: Operated, hours: float) -> None:
    """Some time in which both releases do well, and a run after it."""
    world.clock.forward(hours=hours)
    world.well("1.0.0", "1.1.0")
    ended = world.apply()
    assert ended.code == 0, ended


def test_a_week(world: Operated) -> None:
    taken_over(world)
    soaked(world)
    ramped(world)
    identity = breached(world)
    merged_back(world, identity)
    resumed(world, identity)
    mended(world)
    failed_in_service(world)
    rebuilt(world)
    held_and_frozen(world)
    bypassed(world)
    rewound(world)


def taken_over(world: Operated) -> None:
    ended = world.apply("--adopt", "--trust-root", "main")
    assert ended.code == 0, ended
    assert aliases() == {"staging": "2", "champion": "1"}


def soaked(world: Operated) -> None:
    """A promotion is merged, and waits until its release has been in staging for a day."""
    world.clock.forward(hours=1)
    world.deploy("1.1.0")
    assert world.apply().code == 0
    soaking = world.status()
    assert (soaking["state"], soaking["until"]) == ("Progressing", "2026-11-22T12:00:00Z")
    assert soaking["reason"] == "1.1.0 has held staging for 1h of 1d"


def ramped(world: Operated) -> None:
    """It takes a twentieth of the traffic for a day, and then a fifth."""
    step(world, 24)
    assert aliases() == {"staging": "2", "champion": "1", "challenger": "2"}
    assert shares() == (95, 5)
    step(world, 23)
    assert shares() == (95, 5), "it is held for a day"
    step(world, 2)
    assert shares() == (80, 20)


def breached(world: Operated) -> str:
    """A guardrail fails: at once it loses its share, and is suspended."""
    world.fails("1.1.0", "1.0.0")
    told = world.root.parent / "events.jsonl"
    ended = world.apply("--events-file", str(told), "--metrics-file", str(told.with_name("modelward.prom")))
    assert ended.code == 1, ended
    assert aliases() == {"staging": "2", "champion": "1"}
    assert shares() == (100, None)
    assert happened(told) == ["ml.model.suspended", "ml.model.rollout.returned"]
    assert "modelward_suspensions 1.0" in told.with_name("modelward.prom").read_text()
    assert routed()["feedback_enabled"] is False
    (suspended,) = world.records("suspension")
    identity = str(suspended["suspension"])
    assert suspensions(2) == [identity]
    assert "error-budget" in suspended["error"]
    state = world.status()
    assert (state["state"], identity in state["lift"]) == ("Suspended", True)
    world.clock.forward(hours=1)
    world.well("1.0.0", "1.1.0")
    ended = world.apply("--events-file", str(told))
    assert len(happened(told)) == 2
    assert (ended.code, len(world.records("suspension"))) == (0, 1), "it is known, and told once"
    return identity


def happened(told: Path) -> list[str]:
    """What was told of the model; nothing measures the others."""
    events = [json.loads(line) for line in told.read_text().splitlines()]
    return [one["type"] for one in events if one["data"]["model"] == "credit-risk"]


def merged_back(world: Operated, identity: str) -> None:
    """People merge the branch that the machine proposed: git says again what serves, and the suspension stays."""
    world.git("fetch", "--quiet", "origin")
    world.git("merge", "--quiet", "--ff-only", f"origin/{RETURN}")
    world.merged()
    assert world.apply().code == 0
    assert world.status()["state"] == "Synced"
    assert suspensions(2) == [identity]
    assert routed()["feedback_enabled"] is True


def resumed(world: Operated, identity: str) -> None:
    """Wanted again it stays out until git names the suspension; then it goes all the way, from the first step."""
    world.clock.forward(hours=1)
    world.deploy("1.1.0")
    world.well("1.0.0", "1.1.0")
    assert world.apply().code == 0
    assert world.status()["state"] == "Suspended", "git wants what nobody has resumed"
    world.deploy("1.1.0", resume=identity)
    step(world, 1)
    assert suspensions(2) == []
    assert shares() == (95, 5), "it begins anew"
    step(world, 24)
    step(world, 3 * 24)
    assert shares() == (50, 50)
    step(world, 7 * 24 - 1)
    assert aliases()["champion"] == "1"
    step(world, 1)
    assert aliases() == {"staging": "2", "champion": "2"}
    assert shares() == (100, None)
    assert (stage(1), stage(2)) == ("Archived", "Production")


def mended(world: Operated) -> None:
    """Somebody moves the alias by hand."""
    MlflowClient().set_registered_model_alias("credit-risk", "champion", "3")
    step(world, 1)
    assert aliases()["champion"] == "2"


def failed_in_service(world: Operated) -> None:
    """The champion fails: the release before it is back with the next run, and is never rolled back itself."""
    world.fails("1.1.0", "1.0.0")
    ended = world.apply()
    assert ended.code == 1, ended
    assert (aliases()["champion"], routed()["champion"]["version"]) == ("1", 1)
    assert (stage(1), stage(2)) == ("Production", "Staging")
    tenures = world.ledger("state/credit-risk/production.json")["tenures"]
    assert [(one["release"], one["entered"]) for one in tenures] == [
        ("1.0.0", "promotion"),
        ("1.1.0", "promotion"),
        ("1.0.0", "rollback"),
    ]
    (step,) = [one for one in checklist(world) if one["step"] == "artifact"]
    assert (step["outcome"], "sha256:" in step["said"]) == ("done", True)
    assert {one["step"]: one["outcome"] for one in checklist(world)} == {
        "confirmed": "done",
        "decided": "done",
        "suspended": "done",
        "traffic": "done",
        "feedback": "done",
        "pointers": "done",
        "artifact": "done",
        "serving": "untold",
        "git": "open",
        "resumed": "open",
    }
    world.fails("1.0.0", "1.1.0")
    assert world.apply().code == 1
    assert world.status()["state"] == "Suspended"
    assert aliases()["champion"] == "1", "it does not go to and fro"
    assert routed()["ml_enabled"] is False, "its rules answer"


def held_and_frozen(world: Operated) -> None:
    """A promotion that waits for a hold to end finds the year's end frozen, and comes in after it."""
    world.clock.now = datetime(2026, 12, 19, 12, tzinfo=UTC)
    world.deploy("1.1.0", "delivery-eta", hold='{reason: "audit", until: "2026-12-21T12:00:00Z"}')
    assert world.apply().code == 0
    assert world.status("delivery-eta")["state"] == "Held"
    world.clock.forward(days=3)
    assert world.apply().code == 0
    state = world.status("delivery-eta")
    assert (state["state"], "year-end" in state["reason"]) == ("Frozen", True)
    MlflowClient().set_registered_model_alias("delivery-eta", "champion", "3")
    assert world.apply().code == 0
    assert aliases("delivery-eta")["champion"] == "1", "what was there before is restored, also in a freeze"
    world.clock.now = datetime(2027, 1, 20, 12, tzinfo=UTC)
    assert world.apply().code == 0
    assert aliases("delivery-eta")["challenger"] == "2", "its first step"


def rebuilt(world: Operated) -> None:
    """A fresh clone on another machine comes to the same state, and has nothing to do."""
    before = world.status()
    other = world.root.parent / "rebuilt"
    world.git("clone", "--quiet", str(world.root.parent / "server.git"), str(other))
    again = Operated(other)
    again.clock = world.clock
    tip = world.git("ls-remote", "origin", BRANCH)
    assert again.apply().code == 0
    assert again.status() == before
    assert world.git("ls-remote", "origin", BRANCH) == tip


def bypassed(world: Operated) -> None:
    """An administrator merges a promotion that nobody signed."""
    path = "models/fraud-detection/manifest.yaml"
    world.replace(path, 'production: {release: "1.0.0"', 'production: {release: "1.1.0"')
    world.commit("At once", "owner-1")
    world.git("push", "--quiet", "origin", "HEAD:main")
    ended = world.apply()
    assert ended.code == 1
    assert "models/fraud-detection is followed only as it stood at" in ended.out
    assert aliases("fraud-detection")["champion"] == "1"


def rewound(world: Operated) -> None:
    """Somebody takes the last commits off the ledger."""
    tip = world.git("rev-parse", "origin/modelward/ledger")
    world.git("push", "--quiet", "--force", "origin", f"{tip}~2:{BRANCH}")
    ended = world.apply()
    assert ended.code == 3
    assert "has lost" in ended.err
