"""What git, a person or a trigger asks of apply: how it ends, who is told of it, and how it stands on record.

Rows A13, A14, B6, D6, E5, E9, E13, E14 and E16 of the mission. One world is played as far as each deed begins.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from events.conftest import Inbox, receiving
from hosted import NAME, hosting
from modelward import __version__
from modelward.gate.scopes import POLICIES, content_digest
from modelward.tree.digest import digest_of
from repository import Ended, Repository
from simulated import Moment, Simulated

from .conftest import governed_copy
from .test_killed import waited

PRODUCTION = "state/credit-risk/production.json"
SIGNERS = {"engineer-1", "engineer-2", "lead-1", "officer-1"}
FROM_FILE = "  latency_p95: {file: ../signals.jsonl, every: 1h, better: lower}\n"
DELIVERY = ("delivery-eta", "production")
Played = tuple[Simulated, Mapping[str, Moment]]
SEEN = ("checklist", "firing", "observations", "rollout", "watched")
"""What a record tells beside the deed itself."""


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    """The channel that production is told of."""
    with receiving() as inbox:
        yield inbox


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, inbox: Inbox) -> Iterator[Played]:
    """A world, and how it stood when it was taken over, when rollouts had begun, and when one was through."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHANNEL", f"json://127.0.0.1:{inbox.port}")
        repository = governed_copy(tmp_path_factory.mktemp("deeds") / "repository", patch)
        varied(repository)
        with Simulated.running(repository) as world:
            yield world, dict(moments(world))


def varied(repository: Repository) -> None:
    """What the project's models do not show: people who are told, steps by hand, and no rules to answer instead."""
    path = "environments/production.yaml"
    repository.write(path, re.sub(r"  latency_p95: .*\n", FROM_FILE, repository.read(path)))
    repository.replace(path, "notify: []", "notify: [{env: CHANNEL}]")
    repository.replace("models/fraud-detection/canary.yaml", "promote: automatic", "promote: manual")
    repository.replace("models/fraud-detection/manifest.yaml", "fallback: rules", "fallback: previous")
    # No release that lies here was compared with any but the first.
    level = "  - {rule: champion-gates, level: advisory, when: {tier: [low]}}\n"
    repository.replace("policies/enforcement.yaml", "levels:\n", f"levels:\n{level}")
    repository.commit("Vary")


def moments(world: Simulated) -> Iterator[tuple[str, Moment]]:
    assert world.apply("--adopt", "--trust-root", "main").code == 0
    yield "taken over", world.moment()
    world.deploy("1.1.0")
    world.deploy("1.1.0", model="fraud-detection")
    world.deploy("1.1.0", model="delivery-eta")
    did_well(world, hours=25)
    yield "begun", world.moment()
    for hours in (25, 73, 169):
        did_well(world, hours=hours)
    yield "promoted", world.moment()


def did_well(world: Simulated, **span: float) -> None:
    """Some time in which all does well, and a run after it."""
    waited(world, **span)
    world.well("1.0.0", "1.1.0", model="fraud-detection")
    ended = world.apply()
    assert ended.code == 0, ended


def at(played: Played, moment: str) -> Simulated:
    """The world as it stood at a moment."""
    world, before = played
    world.back(before[moment])
    world.git("reset", "--quiet", "--hard")
    return world


def deeds(world: Simulated, model: str = "credit-risk", environment: str = "production") -> list[Any]:
    """What was done in an environment, as the ledger has it, the last deed last."""
    done = [one for one in world.every_record() if (one["kind"], one.get("model")) == ("outcome", model)]
    return [one for one in done if one["environment"] == environment]


def deed(world: Simulated) -> dict[str, Any]:
    """The last deed in production without what was seen beside it, its name, and the claim that it ended."""
    beside = (*SEEN, "id", "lease")
    return {name: value for name, value in deeds(world)[-1].items() if name not in beside}


def expected(world: Simulated, signed: str, action: str, release: str, previous: str, why: str) -> dict[str, Any]:
    """All that the record of a release that moves in must tell; `signed` is the commit that brought the sign-offs."""
    folder = world.root / "models/credit-risk/releases" / release
    pinned = re.search(r"sha256:[0-9a-f]{64}", world.read(f"models/credit-risk/releases/{release}/release.yaml"))
    brought = world.git("show", "--name-only", "--format=", signed, "--", "models/credit-risk/signoffs")
    assert pinned is not None
    return {
        "schema": "ledger-record/v1",
        "kind": "outcome",
        "engine": __version__,
        "at": f"{world.clock.now:%Y-%m-%dT%H:%M:%SZ}",
        "model": "credit-risk",
        "environment": "production",
        "action": action,
        "from": previous,
        "to": release,
        "release": release,
        "previous": previous,
        "version": {"1.0.0": 1, "1.1.0": 2}[release],
        "artifact": pinned[0],
        "triggered_by": why,
        "commit": world.git("rev-parse", "origin/main"),
        "policy": f"sha256:{content_digest(world.snapshot('origin/main').source, POLICIES, ())}",
        "evidence": sorted(digest_of(path.read_bytes()) for path in folder.glob("*.json")),
        "signoffs": sorted(path for path in brought.splitlines() if path.endswith(".json")),
        "verdict": "allow",
        "success": True,
    }


def share(world: Simulated, model: str = "credit-risk") -> int:
    """The percentage that what serves gives the challenger."""
    return 100 - int(world.pointers(model)[3].champion_weight)


def stages(world: Simulated) -> dict[int, str]:
    return {version: stage for version, (stage, _) in world.pointers()[1].items()}


def test_e5_e16_a_promotion_remembers_what_was_there_archives_it_and_is_on_record_whole(played: Played) -> None:
    world = at(played, "promoted")
    signed = world.git("log", "-1", "--format=%H", "origin/main", "--", "models/credit-risk/signoffs")
    rollout = world.ledger(PRODUCTION)["rollout"]["id"]
    found = expected(world, signed, "promotion", "1.1.0", "1.0.0", f"rollout {rollout}")
    assert deed(world) == found
    assert {path.rpartition("/")[2].rpartition("-")[0] for path in found["signoffs"]} == SIGNERS
    assert stages(world) == {1: "Archived", 2: "Production", 3: "None"}


def test_e16_a_rollback_that_people_merge_is_on_record_whole(played: Played) -> None:
    world = at(played, "promoted")
    signed = world.deploy("1.0.0")
    world.clock.forward(minutes=1)
    assert world.apply().code == 1
    assert deed(world) == expected(world, signed, "rollback", "1.0.0", "1.1.0", f"commit {signed}")
    (suspended,) = world.records("suspension")
    assert (suspended["release"], suspended["error"]) == ("1.1.0", "git went back to 1.0.0")
    tried = world.modelward("promote", "credit-risk", "production", "1.1.0", "--dry-run")
    assert tried.err.startswith("warning: 1.1.0 is suspended in production since "), tried
    assert f": modelward resume credit-risk production {suspended['suspension']}\n" in tried.err


def test_e13_e16_a_rollback_by_a_trigger_archives_what_served_restores_what_was_there_and_is_on_record_whole(
    played: Played,
) -> None:
    world = at(played, "promoted")
    signed = world.deploy("1.0.0", environment="staging")
    world.fails("1.1.0", "1.0.0")
    taken_out = world.apply()
    assert (taken_out.code, "0 of 1 models follow HEAD" in taken_out.out) == (1, True), taken_out
    (suspended,) = world.records("suspension")
    why = f"suspension {suspended['suspension']}"
    assert deed(world) == expected(world, signed, "rollback", "1.0.0", "1.1.0", why)
    assert suspended["triggered_by"] == f"commit {signed}"
    assert suspended["observations"]
    assert stages(world) == {1: "Production", 2: "Archived", 3: "None"}


def test_a13_a14_a_rollback_freezes_feedback_asks_for_the_merge_and_tells_people_once(
    played: Played, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = at(played, "promoted")
    world.fails("1.1.0", "1.0.0")
    inbox.got.clear()
    with hosting() as github:
        for name, value in github.variables().items():
            monkeypatch.setenv(name, value)
        assert world.apply("--github", NAME).code == 1
        assert world.pointers()[2].feedback_enabled is False
        waited(world, minutes=5)
        assert world.apply("--github", NAME).code == 0
        (asked,) = github.pulls
    branch = "modelward/rollback/credit-risk-production-1.1.0"
    assert (asked["head"]["ref"], asked["base"]["ref"]) == (branch, "main")
    assert world.git("ls-remote", "origin", branch)
    (suspended,) = world.records("suspension")
    assert suspended["suspension"] in asked["body"]
    told = [json.loads(body)["title"] for _, _, body in inbox.got]
    assert told.count("CRITICAL: credit-risk 1.1.0 is suspended in production") == 1
    assert told.count("CRITICAL: credit-risk 1.0.0 is back in production") == 1


def test_g3_the_branch_is_named_first_and_once_git_resumes_instead_as_one_that_nobody_is_to_merge(
    played: Played,
) -> None:
    world = at(played, "promoted")
    world.fails("1.1.0", "1.0.0")
    taken_out = world.apply("--quiet")
    branch = "modelward/rollback/credit-risk-production-1.1.0"
    assert f"merge   credit-risk: branch {branch} lets git say what serves\n" in taken_out.out
    (suspended,) = world.records("suspension")
    resume = f"modelward resume credit-risk production {suspended['suspension']}"
    assert world.status()["lift"] == f"merging the branch {branch}, by which git says what serves; or {resume}"
    world.deploy("1.1.0", resume=suspended["suspension"])
    waited(world, minutes=5)
    resumed = world.apply("--quiet")
    assert f"git has resumed; take it away: git push origin --delete {branch}\n" in resumed.out, resumed
    waited(world, minutes=5)
    assert "stale" not in world.apply().out


def test_a_rollout_that_people_abort_ends_and_suspends_nothing(played: Played) -> None:
    world = at(played, "begun")
    rollout = world.ledger(PRODUCTION)["rollout"]["id"]
    world.deploy("1.1.0", abort=rollout)
    waited(world, minutes=1)
    ended = world.apply()
    assert ended.code == 0, ended
    assert (world.ledger(PRODUCTION)["rollout"]["phase"], deeds(world)[-1]["action"]) == ("aborted", "return")
    assert world.pointers()[2].challenger is None
    assert world.pointers()[1][2] == ("Staging", None)
    waited(world, minutes=1)
    assert "Nothing to do" in world.apply().out
    assert (world.status()["state"], world.status()["reason"]) == ("Held", "the rollout of 1.1.0 was aborted")


def test_who_plans_what_another_run_does_meanwhile_says_so_and_looks_again(played: Played) -> None:
    world = at(played, "begun")
    world.deploy("1.2.0", model="delivery-eta", environment="staging")
    waited(world, minutes=1)
    others: list[Ended] = []

    def outrun(call: str) -> None:
        if call == "git push" and not others:
            world.watcher = lambda _call: None
            others.append(world.apply())

    world.watcher = outrun
    ended = world.apply()
    assert ([one.code for one in others], ended.code) == ([0], 0), (others, ended)
    planned, again, after = ended.out.partition("again   another run was first")
    assert ("in 1 of 3 models; 0 blocked" in planned, bool(again), "done " in after) == (True, True, False), ended


def test_a_rollout_is_superseded_by_a_release_that_is_merged_meanwhile(played: Played) -> None:
    world = at(played, "begun")
    assert share(world, "delivery-eta") == 20
    world.deploy("1.2.0", model="delivery-eta", environment="staging")
    waited(world, minutes=1)
    assert world.apply().code == 0
    world.deploy("1.2.0", model="delivery-eta")
    waited(world, minutes=1)
    assert world.apply().code == 0
    rollout = world.ledger("state/delivery-eta/production.json")["rollout"]
    assert (rollout["phase"], rollout["superseded_by"]) == ("superseded", "1.2.0")
    assert (deeds(world, "delivery-eta")[-1]["action"], share(world, "delivery-eta")) == ("return", 0)
    assert world.records("suspension", "delivery-eta") == [], "nothing is wrong with it"


def test_e9_steps_by_hand_are_taken_when_git_says_so_and_no_further(played: Played) -> None:
    world = at(played, "begun")
    did_well(world, hours=25)
    assert share(world, "fraud-detection") == 5, "nobody has said so"
    waits = "waits for a person: modelward promote-step fraud-detection production 2"
    assert waits in world.status("fraud-detection")["reason"]
    world.deploy("1.1.0", model="fraud-detection", promote_step="2")
    did_well(world, minutes=1)
    assert share(world, "fraud-detection") == 20
    did_well(world, hours=73)
    assert share(world, "fraud-detection") == 20


def test_d6_e14_at_twice_the_objective_the_rules_answer_instead_of_the_model(played: Played) -> None:
    world = at(played, "taken over")
    for _ in range(3):
        world.clock.forward(minutes=5)
        world.observe("latency_p95", "1.0.0", 250, model="delivery-eta")
    assert world.apply().code == 1
    routing = world.pointers("delivery-eta")[3]
    assert (routing.ml_enabled, routing.feedback_enabled) == (False, False)
    done = deeds(world, "delivery-eta")[-1]
    assert (done["action"], done["release"], done["success"]) == ("fallback", "1.0.0", True)
    (suspended,) = world.records("suspension", "delivery-eta")
    assert suspended["error"] == "trigger very-slow: `latency_p95` is 250, above 200 for 5m"
    state = world.status("delivery-eta")
    assert (state["state"], state["reason"].startswith("the rules answer: ")) == ("Suspended", True)
    off = "modelward set delivery-eta manifest.deployments.production.ml_enabled false"
    assert state["lift"].endswith(f"until then let git say that it is off: {off}")
    assert f"let git say that the rules answer: {off}; or" in world.modelward("checklist", *DELIVERY).out


def test_b6_a_release_that_nothing_can_replace_serves_on_degraded_and_people_are_called(
    played: Played, inbox: Inbox
) -> None:
    world = at(played, "taken over")
    inbox.got.clear()
    for _ in range(4):
        world.clock.forward(minutes=10)
        world.observe("error_budget_remaining", "1.0.0", 0.1, model="fraud-detection")
    assert world.apply().code == 1
    aliases, versions, _, serves = world.pointers("fraud-detection")
    (suspended,) = world.records("suspension", "fraud-detection")
    assert (aliases["champion"], versions[1]) == (1, ("Production", suspended["suspension"]))
    assert (serves.ml_enabled, serves.feedback_enabled) == (True, False)
    state = world.status("fraud-detection")
    assert (state["state"], "no release is left that held it before" in state["reason"]) == ("Degraded", True)
    assert deeds(world, "fraud-detection")[-1]["action"] == "switch"
    told = [json.loads(body) for _, _, body in inbox.got]
    assert [one["title"] for one in told] == [
        "CRITICAL: error-budget fails for fraud-detection in production",
        "CRITICAL: fraud-detection 1.0.0 is suspended in production",
    ]
    assert "it serves on: 1.0.0 fails and nothing can take its place" in told[1]["message"]
    assert "Nothing to do" in world.apply().out
