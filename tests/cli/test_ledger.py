"""apply with a ledger: every merged step is judged, what is done is on record, and no bypass is followed.

Rows E5, E16, F6, F7 and G2 of the mission.
"""

import json
import re
import shlex
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from governed import key
from modelward.ledger.branch import LedgerBranch, extended, verified
from modelward.ledger.writing import record
from modelward.specs.ledger import Lease
from modelward.tree.git import Git
from operated import give_keys, serve
from repository import Ended, Repository

MANIFEST = "models/credit-risk/manifest.yaml"
BRANCH = "refs/heads/modelward/ledger"


@pytest.fixture
def world(repository: Repository, registry: Path) -> Repository:
    """This project's models under people who have keys, a server without a hook, and a registry set by hand."""
    assert registry.is_dir()
    # The keys count around the day on which the test runs.
    start, end = (f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}" for days in (-30, 700))
    give_keys(repository, (start, end))
    repository.write("policies/freezes.yaml", "schema: freezes/v1\nfreezes: []\n")
    repository.commit("Name people")
    serve(repository)
    return repository


def apply(world: Repository, *more: str) -> Ended:
    return world.modelward("apply", "--yes", "--remote", "origin", "--ledger-key", str(key("reconciler")), *more)


@pytest.fixture
def begun(world: Repository) -> Repository:
    """A ledger that begins at main, and a registry that was taken over under it."""
    ended = apply(world, "--adopt", "--trust-root", "main")
    assert ended.code == 0, ended
    return world


def ledger(world: Repository, path: str) -> Any:
    """A document of the ledger as the server has it."""
    world.git("fetch", "--quiet", "origin")
    return json.loads(world.git("show", f"refs/remotes/origin/modelward/ledger:{path}"))


def records(world: Repository, kind: str) -> list[Any]:
    world.git("fetch", "--quiet", "origin")
    tree = "refs/remotes/origin/modelward/ledger"
    paths = world.git("ls-tree", "-r", "--name-only", tree, "records/").splitlines()
    found = [json.loads(world.git("show", f"{tree}:{path}")) for path in paths]
    return [one for one in found if one["kind"] == kind]


def tip(world: Repository) -> str:
    return world.git("ls-remote", "origin", BRANCH)


def push(world: Repository, message: str, by: str = "engineer-2") -> str:
    """A commit that the server takes: no hook asks about it."""
    commit = world.commit(message, by)
    world.git("push", "--quiet", "origin", "HEAD:main")
    return commit


def champion() -> str:
    return str(MlflowClient().get_registered_model("credit-risk").aliases["champion"])


def switched_off(world: Repository, *, signed: bool) -> str:
    """One person on call switches a model off, and merges it."""
    line = next(line for line in world.read(MANIFEST).splitlines() if line.startswith("  production: "))
    world.replace(MANIFEST, line, line.replace("ml_enabled: true", "ml_enabled: false"))
    world.commit("Switch off", "engineer-2")
    if signed:
        sign(world, "engineer-2", "on-call", "--base", "HEAD^", "--decision", "propose")
    return push(world, "Sign")


def sign(world: Repository, person: str, role: str, *more: str) -> Ended:
    options = ["--as", person, "--role", role, "--comment", "", "--yes", "--key", str(key(person))]
    ended = world.modelward("sign", *options, *more)
    assert ended.code == 0, ended
    return ended


def test_e16_what_was_done_is_on_record_with_release_version_and_success(begun: Repository) -> None:
    (moved,) = [one for one in records(begun, "outcome") if one["model"] == "credit-risk" and one["to"] == "1.0.0"]
    assert (moved["environment"], moved["action"], moved["success"], moved["version"]) == (
        "production",
        "promotion",
        True,
        1,
    )
    assert moved["triggered_by"] == f"commit {begun.git('rev-parse', 'main')}"
    assert {one["lease"]["key"] for one in records(begun, "intent") if one["model"] == "credit-risk"} >= {
        f"production promotion none -> 1.0.0@{moved['artifact']} after 0"
    }
    state = ledger(begun, "state/credit-risk/production.json")
    assert [tenure["release"] for tenure in state["tenures"]] == ["1.0.0"]
    assert "lease" not in state


def test_f7_a_second_run_writes_nothing_anywhere(begun: Repository) -> None:
    before = tip(begun)
    ended = apply(begun)
    assert ended.code == 0, ended
    assert "Nothing to do" in ended.out
    assert tip(begun) == before


def test_a_ledger_that_was_only_fetched_is_not_written(begun: Repository) -> None:
    begun.git("fetch", "--quiet", "origin")
    assert begun.modelward("plan").code == 0, "to look at it needs no server"
    ended = begun.modelward("apply", "--yes", "--ledger-key", str(key("reconciler")))
    assert ended.code == 2
    assert "--remote origin" in ended.err


def test_a_ledger_may_be_kept_by_one_machine_alone(world: Repository) -> None:
    here = ("apply", "--yes", "--ledger-key", str(key("reconciler")))
    assert world.modelward(*here, "--adopt", "--trust-root", "main").code == 0
    kept = world.git("rev-parse", BRANCH)
    assert world.modelward(*here).code == 0
    assert world.git("rev-parse", BRANCH) == kept
    assert tip(world) == ""


def test_every_model_that_was_written_is_anchored_in_the_ledger(begun: Repository) -> None:
    tags = MlflowClient().get_registered_model("credit-risk").tags
    begun.git("fetch", "--quiet", "origin")
    assert tags["modelward.ledger"] in begun.git("rev-list", "refs/remotes/origin/modelward/ledger").split()


def test_a_ledger_begins_only_where_a_person_says_so_and_with_a_key(world: Repository) -> None:
    assert "--trust-root" in apply(world).err
    refused = world.modelward("apply", "--yes", "--adopt", "--trust-root", "main")
    assert refused.code == 2
    assert "--ledger-key" in refused.err


def claim(world: Repository, until: datetime) -> None:
    """Another run announces that it moves the production of credit-risk, and is not heard of again."""
    git, main = Git(world.root), world.git("rev-parse", "origin/main")
    branch = LedgerBranch(git, "origin")
    before = verified(git, branch.tip(), main, None)
    lease = Lease.model_validate({"key": "k", "holder": "elsewhere 7", "until": f"{until:%Y-%m-%dT%H:%M:%SZ}"})
    where = {"model": "credit-risk", "environment": "production"}
    intent = record("intent", datetime.now(UTC), action="promotion", lease=lease, **where)
    after = extended(before, [intent], "Announce", key("reconciler"))
    branch.publish(str(after.commit), before.commit)


def test_f7_a_model_that_another_run_has_claimed_is_left_to_it(begun: Repository) -> None:
    claim(begun, datetime.now(UTC) + timedelta(minutes=10))
    MlflowClient().set_registered_model_alias("credit-risk", "champion", "3")
    ended = apply(begun)
    assert ended.code == 0, ended
    assert "credit-risk: another run (elsewhere 7) has claimed it until" in ended.out
    assert champion() == "3"


def test_g6_what_a_run_announced_and_never_recorded_is_read_back_by_the_next(begun: Repository) -> None:
    claim(begun, datetime.now(UTC) - timedelta(seconds=1))
    assert apply(begun).code == 0
    state = ledger(begun, "state/credit-risk/production.json")
    assert "lease" not in state
    assert state["outcomes"] == 2
    assert [tenure["release"] for tenure in state["tenures"]] == ["1.0.0"]


def test_t72_an_alias_that_was_moved_by_hand_is_mended_and_on_record_as_that(begun: Repository) -> None:
    MlflowClient().set_registered_model_alias("credit-risk", "champion", "3")
    assert apply(begun).code == 0
    assert champion() == "1"
    assert "mend" in [one["action"] for one in records(begun, "outcome") if one["model"] == "credit-risk"]


def test_g2_a_change_that_nobody_signed_is_not_followed_however_it_was_merged(begun: Repository) -> None:
    start = begun.git("rev-parse", "HEAD")
    begun.replace(MANIFEST, 'production: {release: "1.0.0"', 'production: {release: "1.1.0"')
    push(begun, "Promote", "engineer-1")
    ended = apply(begun)
    assert ended.code == 1
    assert f"models/credit-risk is followed only as it stood at {start[:12]}" in ended.out
    assert "sign-offs missing" in ended.out
    for line in (
        "~ promotion models/credit-risk: production: 1.0.0 -> 1.1.0",
        "missing: a proposal of models/credit-risk",
        "team-lead 0 of 1",
        f"who brought it: git log {start[:12]}..HEAD -- models/credit-risk",
        f"next: modelward signoffs --base {start[:12]}",
    ):
        assert line in ended.out, ended.out
    assert champion() == "1"
    assert ledger(begun, "state/trust.json")["held_back"].keys() == {"models/credit-risk"}
    other = "models/delivery-eta/manifest.yaml"
    begun.write(other, begun.read(other) + "# Nothing but words.\n")
    begun.commit("Explain", "engineer-1")
    sign(begun, "lead-1", "team-lead", "--base", "HEAD^", "--scope", "models/delivery-eta", "--decision", "approve")
    merged = push(begun, "Sign", "lead-1")
    assert apply(begun).code == 1
    trust = ledger(begun, "state/trust.json")
    assert trust["trusted"] == merged, "what was merged properly goes on"
    assert champion() == "1"


def test_g2_a_bypass_outside_of_models_stops_everything_after_it(begun: Repository) -> None:
    start = begun.git("rev-parse", "HEAD")
    begun.write("policies/freezes.yaml", begun.read("policies/freezes.yaml") + "# By an administrator.\n")
    push(begun, "Administrate", "owner-1")
    ended = apply(begun)
    assert ended.code == 1
    assert f"main is followed only as it stood at {start[:12]}" in ended.out
    assert ledger(begun, "state/trust.json")["trusted"] == start


def test_what_was_bypassed_is_followed_once_the_right_people_have_signed_it(begun: Repository) -> None:
    start = begun.git("rev-parse", "HEAD")
    begun.write(MANIFEST, begun.read(MANIFEST) + "# Words.\n")
    push(begun, "Explain", "engineer-1")
    assert apply(begun).code == 1
    sign(begun, "engineer-1", "ml-engineer", "--base", start, "--decision", "propose")
    begun.commit("Propose", "engineer-1")
    sign(begun, "lead-1", "team-lead", "--base", start, "--decision", "approve")
    push(begun, "Sign", "lead-1")
    ended = apply(begun)
    assert ended.code == 0, ended
    assert "held_back" not in ledger(begun, "state/trust.json")


def test_t75_a_promotion_that_comes_before_the_next_run_is_held_back_all_the_same(begun: Repository) -> None:
    switched_off(begun, signed=True)
    begun.replace(MANIFEST, 'production: {release: "1.0.0"', 'production: {release: "1.1.0"')
    push(begun, "Promote", "engineer-1")
    ended = apply(begun)
    assert ended.code == 1
    assert "engineer-2 alone signed commit" in ended.out
    assert champion() == "1"


def test_nobody_begins_a_ledger_without_being_asked(world: Repository) -> None:
    begin: tuple[str, ...] = (
        "--adopt",
        "--trust-root",
        "main",
        "--remote",
        "origin",
        "--ledger-key",
        str(key("reconciler")),
    )
    root = world.git("rev-parse", "main")
    taken_over = apply(world, *begin)
    assert f"A ledger begins, which trusts main from {root[:12]} on." in taken_over.out
    world.git("push", "--quiet", "origin", f":{BRANCH}")
    world.git("update-ref", "-d", "refs/modelward/ledger-seen")
    begin = (*begin, "--ledger-root", "none")
    ended = world.modelward("apply", *begin)
    assert (ended.code, "nobody is here to ask" in ended.err, tip(world)) == (2, True, ""), ended
    assert "A ledger" not in ended.out
    ended = world.modelward("apply", "--dry-run", *begin)
    assert (ended.code, "A ledger would begin, which trusts main from " in ended.out, tip(world)) == (0, True, "")
    world.git("switch", "--quiet", "--create", "other", "main^")
    ended = world.modelward("apply", "--yes", "--ref", "main^", *begin)
    assert (ended.code, "is no commit of what is followed" in ended.err) == (2, True), ended


def test_t57_a_main_that_was_rewritten_is_an_alarm(begun: Repository) -> None:
    begun.git("commit", "--quiet", "--amend", "--message", "Another history")
    begun.git("push", "--quiet", "--force", "origin", "HEAD:main")
    ended = apply(begun)
    assert ended.code == 3
    assert "the last commit that was trusted" in ended.err


def test_t84_a_ledger_that_is_gone_or_rewound_stops_everything(begun: Repository) -> None:
    begun.git("push", "--quiet", "origin", f":{BRANCH}")
    begun.git("update-ref", "-d", "refs/remotes/origin/modelward/ledger")
    ended = apply(begun)
    assert "the ledger is gone: this clone knows it at" in ended.err
    command = re.search("git (push) REMOTE ([0-9a-f]+:refs/heads/modelward/ledger);", ended.err)
    assert command is not None
    begun.git(command[1], "--quiet", "origin", command[2])
    assert apply(begun).code == 0, "what the message says puts it back"
    begun.git("push", "--quiet", "origin", f":{BRANCH}")
    begun.git("update-ref", "-d", "refs/modelward/ledger-seen")
    for more in ((), ("--trust-root", "main")):
        ended = apply(begun, *more)
        assert ended.code == 3
        assert "and there is no ledger" in ended.err
        assert "bring its branch, modelward/ledger, back" in ended.err
    ended = begun.modelward("apply", "--yes")
    assert ended.code == 3, "not even without a ledger"
    ended = apply(begun, "--trust-root", "main", "--ledger-root", "none")
    assert ended.code == 0, "a person has vouched for it"
    ended = apply(begun)
    assert ended.code == 0, ended


def test_t75_what_one_person_did_alone_blocks_the_next_promotion_until_another_looks_at_it(begun: Repository) -> None:
    done = switched_off(begun, signed=True)
    ended = apply(begun)
    assert ended.code == 0, ended
    (debt,) = ledger(begun, "state/trust.json")["debts"]
    assert (debt["model"], debt["by"], debt["commit"]) == ("credit-risk", ["engineer-2"], done)
    begun.git("switch", "--quiet", "--create", "promote", "--track", "origin/main")
    begun.replace(MANIFEST, 'production: {release: "1.0.0"', 'production: {release: "1.1.0"')
    begun.commit("Promote", "engineer-1")
    findings = begun.modelward("gate", "--format", "json").json["findings"]
    (owed,) = [one for one in findings if one["rule"] == "review-owed"]
    assert "engineer-2 alone signed commit" in owed["message"]
    begun.git("switch", "--quiet", "main")
    command = re.search(r"--review \w+", owed["remedy"])
    assert command is not None
    for person, role, said in (("engineer-2", "on-call", "did this alone"), ("lead-1", "ml-engineer", "asked for")):
        options = ["--as", person, "--role", role, "--decision", "approve", "--yes", "--key", str(key(person))]
        refused = begun.modelward("sign", *command[0].split(), *options)
        assert (refused.code, said in refused.err) == (2, True), refused
    sign(begun, "lead-1", "team-lead", *command[0].split(), "--decision", "approve")
    push(begun, "Look at it", "lead-1")
    assert apply(begun).code == 0
    assert "debts" not in ledger(begun, "state/trust.json")


def test_history_tells_the_newest_first_of_what_was_asked_for(begun: Repository) -> None:
    MlflowClient().set_registered_model_alias("credit-risk", "champion", "3")
    assert apply(begun).code == 0
    ended = begun.modelward("history", "credit-*", "--environment", "production", "--remote", "origin")
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert any("mend done credit-risk production 1.0.0 commit" in line for line in lines[1:3])
    assert "promotion announced credit-risk production 1.0.0 commit" in lines[-1]
    document = begun.modelward("history", "--limit", "3", "--format", "json").json
    assert document["schema"] == "history/v1"
    assert document["records"][0]["kind"] == "outcome"
    assert len(document["records"]) == 3


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("history", "credit-rsk"), 4, "no model matches `credit-rsk`"),
        (("history", "credit-rsk"), 4, "did you mean `credit-risk`?"),
        (("history", "--environment", "prod*x"), 4, "no environment matches `prod*x`"),
        (("history", "nothing-*", "none"), 4, "no model matches `nothing-*`, `none`"),
        (("checklist", "credit-rsk", "production"), 2, "did you mean `credit-risk`?"),
        (("checklist", "credit-risk", "produktion"), 2, "did you mean `production`?"),
        (("checklist", "credit-risk", "production"), 4, "no release of credit-risk was ever taken out of production"),
        (("plan", "--model", "credit-rsk"), 4, "did you mean `credit-risk`?"),
        (("plan", "--environment", "prod"), 4, "no environment matches `prod` at "),
        (("plan", "--environment", "prod"), 4, "did you mean `production`?"),
        (("status", "--environment", "moon"), 4, "the environments are production, staging"),
        (("validate", "--model", "credit-rsk"), 4, "no model matches `credit-rsk` in the working tree"),
        (("validate", "--model", "credit-rsk"), 4, "did you mean `credit-risk`?"),
    ],
)
def test_what_nothing_is_called_is_told_from_what_nothing_is_known_of(
    begun: Repository, arguments: tuple[str, ...], code: int, said: str
) -> None:
    ended = begun.modelward(*arguments)
    assert (ended.code, said in ended.err) == (code, True), ended


def test_a_saved_plan_names_the_whole_command_that_carries_it_out(begun: Repository, tmp_path: Path) -> None:
    saved = str(tmp_path / "the plan.json")
    nothing = begun.modelward("plan", "--out", saved)
    assert nothing.err.endswith("saved; it has no steps, so that there is nothing to apply\n")
    MlflowClient().set_registered_model_alias("credit-risk", "champion", "3")
    ended = begun.modelward("plan", "--out", saved, "--remote", "origin")
    assert ended.err.endswith(f"saved; next: modelward apply '{saved}' --remote origin --ledger-key FILE\n"), ended
    command = shlex.split(ended.err.rpartition("next: modelward ")[2])
    done = begun.modelward(*command[:-1], str(key("reconciler")), "--yes")
    assert done.code == 0, done
    assert champion() == "1"


def test_history_without_a_ledger_has_nothing_to_show(world: Repository) -> None:
    ended = world.modelward("history")
    assert ended.code == 4
    assert "--trust-root" in ended.err


def test_d5_t71_a_live_artifact_that_was_changed_behind_ready_is_found(begun: Repository, registry: Path) -> None:
    assert apply(begun, "--verify-artifacts", "6").code == 0
    verified_at = MlflowClient().get_model_version("credit-risk", "1").tags["modelward.verified"]
    assert verified_at <= f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    source = str(MlflowClient().get_model_version("credit-risk", "1").source).removeprefix("file://")
    weights = next(path for path in sorted(Path(source).rglob("*")) if path.is_file() and path.name != "MLmodel")
    weights.write_bytes(weights.read_bytes() + b" ")
    ended = apply(begun, "--verify-artifacts", "6")
    assert ended.code == 1
    assert "alarm   credit-risk: version 1 (1.0.0) serves, and its bytes are sha256:" in ended.out
    looked_at = MlflowClient().get_model_version("credit-risk", "1").tags["modelward.verified"]
    assert looked_at.endswith(" failed"), "it waits its turn like all else, and counts as verified by nobody"
    assert registry.is_dir()
    shutil.move(weights.parent, registry / "away")
    ended = apply(begun, "--verify-artifacts", "6")
    assert (ended.code, "its bytes cannot be read" in ended.out) == (3, True), ended


@pytest.mark.parametrize("owner", [None, "acme/other"])
def test_t86_a_tag_that_was_taken_or_changed_is_an_alarm_and_mended_as_drift(
    begun: Repository, owner: str | None
) -> None:
    client = MlflowClient()
    if owner is None:
        client.delete_registered_model_tag("credit-risk", "modelward.repository")
    else:
        client.set_registered_model_tag("credit-risk", "modelward.repository", owner)
    client.set_registered_model_alias("credit-risk", "champion", "3")
    ended = apply(begun)
    assert ended.code == 0, ended
    assert f"ALARM: its tag says {owner or 'nothing'}, and the ledger that it is this repository's" in ended.out
    assert champion() == "1"
    assert client.get_registered_model("credit-risk").tags["modelward.repository"] == "acme/ml-governance"


def test_t84_without_a_ledger_nobody_goes_on_where_one_was_kept(begun: Repository) -> None:
    ended = begun.modelward("apply", "--yes", "--ledger-root", "none")
    assert ended.code == 2
    assert "--trust-root" in ended.err
    assert champion() == "1"
