"""The branch that lets main tell the truth: made with real git and real keys, judged by the gate, merged by people.

Row A14 of the mission.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from governed import MANIFEST, MODEL, Governed, key
from modelward.errors import CannotEvaluate, Denied, WrongUse
from modelward.ledger.branch import LedgerBranch, as_of, extended, verified
from modelward.ledger.writing import record
from modelward.reconcile.rollback_branch import (
    LeftAlone,
    Outcome,
    Proposed,
    Return,
    Settled,
    branch_for,
    propose_return,
)
from modelward.specs.ledger import LedgerRecord
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName
from modelward.tree.git import Git

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
BACK = Return(ModelName(MODEL), EnvironmentName("production"), ReleaseName("1.1.0"), ReleaseName("1.0.0"), "s-1")
NAMES = st.from_regex("[a-c](-?[a-c]){0,3}", fullmatch=True)
BRANCH = "modelward/rollback/credit-score-production-1.1.0"


def served(release: str, minutes: int) -> LedgerRecord:
    facts = {"model": MODEL, "environment": "production", "release": release, "artifact": "sha256:" + "a" * 64}
    return record("outcome", AT + timedelta(minutes=minutes), action="promotion", success=True, **facts)


@pytest.fixture
def world(tmp_path: Path) -> Governed:
    """Production served 1.0.0 and then 1.1.0, which was taken out; main still says 1.1.0."""
    world = Governed.started(tmp_path)
    world.promote()
    world.git("push", "--quiet", "origin", "HEAD:main")
    facts = {"model": MODEL, "environment": "production", "release": "1.1.0", "suspension": "s-1", "error": "drift"}
    kept = [served("1.0.0", 1), served("1.1.0", 2), record("suspension", AT + timedelta(minutes=3), **facts)]
    git, main = Git(world.root), world.git("rev-parse", "origin/main")
    judged = record("judgement", AT, commit=main, root=main, verdict="allow")
    ledger = extended(verified(git, None, main, None), [judged, *kept], "Record", key("reconciler"))
    assert ledger.commit is not None
    LedgerBranch(git, "origin").publish(ledger.commit, None)
    world.git("fetch", "--quiet", "origin")
    return world


def proposed(world: Governed, back: Return = BACK, *, by: str = "reconciler", remote: str | None = "origin") -> Outcome:
    world.git("fetch", "--quiet", "origin")
    git, main = Git(world.root), world.git("rev-parse", "origin/main")
    return propose_return(git, main, back, as_of(git, main).held, key(by), remote, datetime.now(UTC))


def checked_out(world: Governed) -> Governed:
    """The branch as a person has it who looks at it; main is its upstream."""
    world.git("fetch", "--quiet", "origin")
    world.git("switch", "--quiet", "--force-create", "look", "--no-track", f"origin/{BRANCH}")
    world.git("branch", "--quiet", "--set-upstream-to", "origin/main")
    return world


def main_moves(world: Governed, path: str, old: str, new: str) -> None:
    world.git("switch", "--quiet", "--force-create", "other", "--track", "origin/main")
    world.replace(path, old, new)
    world.commit("Something else")
    world.git("push", "--quiet", "origin", "HEAD:main")


def test_the_branch_changes_one_line_and_holds_the_machines_signed_proposal(world: Governed) -> None:
    world.write("untracked.txt", "of somebody who works here\n")
    before = (world.git("status", "--porcelain"), world.git("rev-parse", "HEAD"))
    outcome = proposed(world)
    assert isinstance(outcome, Proposed)
    assert (outcome.branch, outcome.written) == (BRANCH, True)
    assert (world.git("status", "--porcelain"), world.git("rev-parse", "HEAD")) == before
    world.git("fetch", "--quiet", "origin")
    assert world.git("rev-parse", f"origin/{BRANCH}") == outcome.commit
    change = world.git("diff", "--unified=0", "origin/main", outcome.commit, "--", MANIFEST).splitlines()
    assert change[-2:] == ['-  production: {release: "1.1.0"}', '+  production: {release: "1.0.0"}']
    assert world.git("diff", "--numstat", "origin/main", outcome.commit, "--", MANIFEST) == f"1\t1\t{MANIFEST}"
    added = world.git("diff", "--name-status", "origin/main", outcome.commit).splitlines()
    assert [line.split("/")[2] for line in added if line.startswith("A")] == ["signoffs", "signoffs"]
    (path,) = [line.split("\t")[1] for line in added if line.endswith(".json")]
    said = json.loads(world.git("show", f"{outcome.commit}:{path}"))["predicate"]
    assert (said["decision"], said["person"], said["comment"]) == ("propose", "reconciler", "Suspension s-1")
    assert [one["kind"] for one in said["changes"]] == ["rollback"]


@given(st.sets(st.tuples(NAMES, NAMES), min_size=2, max_size=2))
@example({("fraud", "eu-production"), ("fraud-eu", "production")})
def test_no_two_rollbacks_share_a_branch(both: set[tuple[str, str]]) -> None:
    named = {branch_for(ModelName(model), EnvironmentName(where), BACK.taken_out) for model, where in both}
    assert len(named) == len(both)


def test_a14_one_signature_of_a_person_lets_the_gate_and_the_server_take_it(world: Governed) -> None:
    proposed(world)
    checked_out(world)
    denied = world.gate()
    assert denied.code == 1
    assert [(one["scope"], one["demanded"], one["by"]) for one in denied.json["proposals"]] == [
        (f"models/{MODEL}", True, ["reconciler"])
    ]
    assert [one["kind"] for one in denied.json["changes"]] == ["rollback"]
    world.signed(("engineer-2", "on-call", "approve"))
    allowed = world.gate()
    assert allowed.code == 0, allowed
    world.install_hook()
    ended = world.push("origin", "HEAD:main")
    assert ended.code == 0, ended.err
    settled = proposed(world)
    assert settled == Settled("main deploys 1.0.0 to production")


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (MANIFEST, 'staging: {release: "1.1.0"}', 'staging: {release: "1.0.0"}'),
        (MANIFEST, "summary: ", "# A word\nsummary: "),
        (f"models/{MODEL}/thresholds.yaml", "\nmin_samples: ", "\nmin_samples: 1"),
    ],
    ids=["another environment", "a comment", "a bound"],
)
def test_a_branch_with_any_byte_more_is_nothing_that_the_machine_proposed(
    world: Governed, path: str, old: str, new: str
) -> None:
    proposed(world)
    checked_out(world)
    world.replace(path, old, new)
    world.commit("And this", "engineer-1")
    assert world.sign("engineer-2", "on-call").code == 0
    ended = world.gate()
    assert ended.code == 1
    assert [one["by"] for one in ended.json["proposals"]] == [[]]


def test_a_branch_that_stands_is_not_written_again_and_keeps_what_people_signed(world: Governed) -> None:
    first = proposed(world)
    assert isinstance(first, Proposed)
    assert proposed(world) == Proposed(BRANCH, first.commit, written=False)
    checked_out(world).signed(("engineer-2", "on-call", "approve"))
    world.git("push", "--quiet", "origin", f"HEAD:{BRANCH}")
    signed = world.git("rev-parse", "HEAD")
    assert proposed(world) == Proposed(BRANCH, signed, written=False)
    main_moves(world, ".gitattributes", "* -text\n", "* -text\n# Words of another scope\n")
    assert proposed(world) == Proposed(BRANCH, signed, written=False)


def test_a_branch_that_main_has_overtaken_is_made_anew(world: Governed) -> None:
    first = proposed(world)
    main_moves(world, MANIFEST, 'production: {release: "1.1.0"}', 'production: {release: "1.1.0", ml_enabled: true}')
    again = proposed(world)
    assert isinstance(first, Proposed)
    assert isinstance(again, Proposed)
    assert again.written
    assert world.git("merge-base", again.commit, "origin/main") == world.git("rev-parse", "origin/main")
    assert checked_out(world).signed(("lead-1", "team-lead", "approve")).gate().code == 0


def test_a_branch_of_the_same_name_that_was_merged_once_is_made_anew(world: Governed) -> None:
    proposed(world)
    checked_out(world)
    world.git("push", "--quiet", "origin", "HEAD:main")
    world.replace(MANIFEST, 'production: {release: "1.0.0"}', 'production: {release: "1.1.0"}')
    world.commit("Promote it again")
    world.git("push", "--quiet", "origin", "HEAD:main")
    again = proposed(world)
    assert isinstance(again, Proposed)
    assert again.written
    assert checked_out(world).signed(("lead-1", "team-lead", "approve")).gate().code == 0


def test_a_branch_that_somebody_has_added_to_is_left_alone(world: Governed) -> None:
    proposed(world)
    checked_out(world)
    world.write(f"models/{MODEL}/README.md", "What happened.\n")
    theirs = world.commit("Say what happened")
    world.git("push", "--quiet", "origin", f"HEAD:{BRANCH}")
    assert proposed(world) == LeftAlone(BRANCH, theirs)
    main_moves(world, MANIFEST, 'production: {release: "1.1.0"}', 'production: {release: "1.1.0", ml_enabled: true}')
    assert proposed(world) == LeftAlone(BRANCH, theirs)


def test_what_stands_under_the_name_and_is_not_the_machines_is_replaced(world: Governed) -> None:
    world.git("push", "--quiet", "origin", f"HEAD~1:refs/heads/{BRANCH}")
    world.write(f"models/{MODEL}/README.md", "Squatting\n")
    world.commit("Squat")
    world.git("push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{BRANCH}")
    outcome = proposed(world)
    assert isinstance(outcome, Proposed)
    assert outcome.written
    assert world.git("ls-remote", "origin", BRANCH).split()[0] == outcome.commit


def test_without_a_remote_the_branch_stands_here(world: Governed) -> None:
    outcome = proposed(world, remote=None)
    assert isinstance(outcome, Proposed)
    assert world.git("rev-parse", BRANCH) == outcome.commit
    assert proposed(world, remote=None) == Proposed(BRANCH, outcome.commit, written=False)
    assert world.git("ls-remote", "origin", BRANCH) == ""


def test_nothing_is_proposed_where_main_says_something_else(world: Governed) -> None:
    main_moves(world, MANIFEST, '  production: {release: "1.1.0"}\n', "")
    assert proposed(world) == Settled("main deploys nothing to production")


def test_t69_what_never_held_the_environment_is_no_rollback(world: Governed) -> None:
    never = Return(BACK.model, BACK.environment, BACK.taken_out, ReleaseName("1.2.0"), "s-1")
    with pytest.raises(Denied, match=r"does not show that 1\.2\.0 held production"):
        proposed(world, never)
    assert world.git("ls-remote", "origin", BRANCH) == ""


def test_a_key_that_is_no_machines_proposes_nothing(world: Governed) -> None:
    with pytest.raises(WrongUse, match="is the key of no machine that may propose a rollback"):
        proposed(world, by="lead-1")
    assert world.git("ls-remote", "origin", BRANCH) == ""


def test_a_remote_that_is_away_is_an_error_and_leaves_nothing_behind(world: Governed, tmp_path: Path) -> None:
    with pytest.raises(CannotEvaluate):
        proposed(world, remote=str(tmp_path / "nowhere.git"))
    assert world.git("for-each-ref", "refs/heads/modelward") == ""
