"""The ledger's branch: what is appended is found again in any clone, and whatever else is done to it is an alarm."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from answering import serving
from governed import BORN, ENDS, MODEL, Governed, key, people, public
from modelward.errors import CannotEvaluate
from modelward.ledger.branch import (
    BRANCH,
    SEEN,
    Ledger,
    LedgerAway,
    LedgerBranch,
    LedgerDoubted,
    LedgerRaced,
    as_of,
    extended,
    known_tip,
    last_seen,
    remembered,
    require_believed,
    rooted,
    verified,
)
from modelward.ledger.folding import State
from modelward.ledger.writing import record, record_path
from modelward.specs.ledger import LedgerRecord
from modelward.specs.scalars import EnvironmentName, ModelName
from modelward.tree.git import Git

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
WHERE = (ModelName(MODEL), EnvironmentName("production"))
ARTIFACT = "sha256:" + "a" * 64


@pytest.fixture
def world(tmp_path: Path) -> Governed:
    return Governed.started(tmp_path)


def git_of(world: Governed) -> Git:
    return Git(world.root)


def main(world: Governed) -> str:
    return world.git("rev-parse", "origin/main")


def judged(world: Governed) -> LedgerRecord:
    return record("judgement", AT, commit=main(world), root=main(world), verdict="allow")


def moved(release: str, minutes: int) -> LedgerRecord:
    facts = {"model": WHERE[0], "environment": WHERE[1], "release": release, "artifact": ARTIFACT, "success": True}
    return record("outcome", AT + timedelta(minutes=minutes), action="promotion", **facts)


def written(world: Governed, *records: LedgerRecord, upon: Ledger | None = None, by: str = "reconciler") -> Ledger:
    """The ledger with some records, published to the server."""
    before = upon or verified(
        git_of(world), LedgerBranch(git_of(world), "origin").tip(), main(world), last_seen(git_of(world))
    )
    ledger = extended(before, records, "Record", key(by))
    assert ledger.commit is not None
    LedgerBranch(git_of(world), "origin").publish(ledger.commit, before.commit)
    return ledger


@pytest.fixture
def ledger(world: Governed) -> Ledger:
    """Two commits: a judgement, and two promotions."""
    return written(world, moved("1.0.0", 1), moved("1.1.0", 2), upon=written(world, judged(world)))


def read_again(world: Governed) -> Ledger:
    """The ledger as a clone reads it that has seen none."""
    world.git("update-ref", "-d", SEEN)
    found = verified(git_of(world), LedgerBranch(git_of(world), "origin").tip(), main(world), last_seen(git_of(world)))
    remembered(found)
    return found


def test_what_was_written_is_found_again_in_a_fresh_clone(world: Governed, ledger: Ledger) -> None:
    found = read_again(world)
    assert (found.commit, found.state) == (ledger.commit, ledger.state)
    assert [tenure.release for tenure in found.state.of(*WHERE).tenures] == ["1.0.0", "1.1.0"]
    assert found.state.held(*WHERE) == {"1.0.0", "1.1.0"}
    assert found.state.trust is not None
    assert found.state.trust.trusted == main(world)


def test_the_ledger_is_known_as_it_was_last_fetched(world: Governed, ledger: Ledger) -> None:
    world.git("fetch", "--quiet", "origin")
    assert known_tip(git_of(world)) == ledger.commit
    assert known_tip(Git(world.server)) == ledger.commit


def test_a_change_is_judged_by_what_the_ledger_said_before_it(world: Governed, ledger: Ledger) -> None:
    world.git("fetch", "--quiet", "origin")
    assert as_of(git_of(world), main(world)) == ledger.state
    before, last, upon = main(world), main(world), ledger
    for number in range(5):
        last = world.commit(f"Later {number}")
        upon = written(world, record("judgement", AT, commit=last, verdict="allow"), upon=upon)
    world.git("fetch", "--quiet", "origin")
    assert as_of(git_of(world), before) == ledger.state
    for commit in world.git("rev-list", f"{before}..{last}").split():
        found = as_of(git_of(world), commit).trust
        assert found is not None
        assert found.trusted == commit
    elsewhere = world.git("commit-tree", f"{before}^{{tree}}", "-m", "No part of main")
    assert as_of(git_of(world), elsewhere) == State()


def test_without_a_branch_there_is_an_empty_ledger(world: Governed) -> None:
    found = verified(git_of(world), LedgerBranch(git_of(world), "origin").tip(), main(world), last_seen(git_of(world)))
    assert (found.commit, found.state) == (None, State())


def test_the_same_deed_has_the_same_record(world: Governed) -> None:
    assert judged(world) == judged(world)
    assert moved("1.0.0", 1).id != moved("1.1.0", 1).id


def test_a_record_that_stands_already_is_not_told_twice(world: Governed, ledger: Ledger) -> None:
    again = written(world, moved("1.1.0", 2), moved("1.2.0", 3), upon=ledger)
    assert again.state.of(*WHERE).outcomes == 3
    assert read_again(world).state == again.state


def test_what_was_verified_once_is_read_from_there(world: Governed, ledger: Ledger) -> None:
    read_again(world)
    more = written(world, moved("1.2.0", 3), upon=ledger)
    found = verified(git_of(world), more.commit, main(world), last_seen(git_of(world)))
    assert found.state == more.state


def test_of_two_writers_one_is_told_that_it_lost(world: Governed, ledger: Ledger) -> None:
    written(world, moved("1.2.0", 3), upon=ledger)
    with pytest.raises(LedgerRaced):
        written(world, moved("2.0.0", 3), upon=ledger)


def test_two_writers_in_one_repository_are_told_apart_too(world: Governed, ledger: Ledger) -> None:
    branch = LedgerBranch(git_of(world), None)
    assert ledger.commit is not None
    branch.publish(ledger.commit, None)
    with pytest.raises(LedgerRaced):
        branch.publish(ledger.commit, None)
    assert branch.tip() == ledger.commit


def test_g6_a_lock_that_a_killed_git_has_left_is_named_and_no_race(world: Governed, ledger: Ledger) -> None:
    assert ledger.commit is not None
    lock = Path(git_of(world).common_folder) / f"{BRANCH}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    with pytest.raises(LedgerAway, match="File exists") as stopped:
        LedgerBranch(git_of(world), None).publish(ledger.commit, None)
    assert str(lock) in stopped.value.message
    assert "remove it" in stopped.value.remedy


def test_the_token_of_a_remote_is_not_shown_though_git_repeats_it(world: Governed, ledger: Ledger) -> None:
    assert ledger.commit is not None
    with serving(lambda _path, _query: (401, {"WWW-Authenticate": "Basic"}, b"")) as (address, _):
        branch = LedgerBranch(git_of(world), address.replace("://", "://s3cret-token@"))
        for ask in (branch.tip, lambda: branch.publish(str(ledger.commit), None)):
            with pytest.raises(LedgerAway, match=r"could not read Password for 'http://\*\*\*@127.0.0.1") as away:
                ask()
            assert "s3cret" not in away.value.message + away.value.remedy


def test_a_server_that_is_away_is_no_empty_ledger(
    world: Governed, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ledger.commit is not None
    pauses: list[float] = []
    monkeypatch.setattr("modelward.tree.remotes.time.sleep", lambda span: pauses.append(span) if span >= 0.5 else None)
    world.git("remote", "set-url", "origin", str(world.root / "nowhere"))
    with pytest.raises(LedgerAway):
        LedgerBranch(git_of(world), "origin").tip()
    with pytest.raises(LedgerAway):
        LedgerBranch(git_of(world), "origin").publish(ledger.commit, None)
    assert len(pauses) == 2, "it was tried three times"
    assert pauses == sorted(pauses)


def test_t84_a_ledger_that_lost_what_this_clone_has_seen_is_doubted(world: Governed, ledger: Ledger) -> None:
    read_again(world)
    world.git("push", "--quiet", "--force", "origin", f"{ledger.commit}~1:{BRANCH}")
    with pytest.raises(LedgerDoubted, match="has lost"):
        verified(git_of(world), LedgerBranch(git_of(world), "origin").tip(), main(world), last_seen(git_of(world)))
    world.git("push", "--quiet", "origin", f":{BRANCH}")
    with pytest.raises(LedgerDoubted, match="is gone"):
        verified(git_of(world), LedgerBranch(git_of(world), "origin").tip(), main(world), last_seen(git_of(world)))


def test_a_person_may_vouch_for_another_ledger(world: Governed, ledger: Ledger) -> None:
    read_again(world)
    older = world.git("rev-parse", f"{ledger.commit}~1")
    rooted(git_of(world), older)
    assert verified(git_of(world), older, main(world), last_seen(git_of(world))).commit == older


def tampered(world: Governed, ledger: Ledger, change: Callable[[], None], by: str = "reconciler") -> None:
    """A signed commit upon the ledger that does something else than to append; it is what the server then has."""
    world.git("switch", "--quiet", "--detach", str(ledger.commit))
    change()
    world.git("add", "--all")
    signing = ["-c", "gpg.format=ssh", "-c", f"user.signingKey={key(by)}"]
    world.git(*signing, "commit", "--quiet", "--allow-empty", "-S", "--message", "Append")
    world.git("push", "--quiet", "--force", "origin", f"HEAD:{BRANCH}")
    world.git("switch", "--quiet", "change")


def test_t59_a_record_that_is_edited_removed_or_renamed_is_an_alarm(world: Governed, ledger: Ledger) -> None:
    path = record_path(moved("1.0.0", 1))
    cases: list[tuple[Callable[[], None], str]] = [
        (lambda: world.write(path, world.read(path).replace("1.0.0", "1.9.0")), "changes or removes"),
        (lambda: world.remove(path), "changes or removes"),
        (lambda: world.copy(path, path.replace("records/2026", "records/2025")), "no record of that name"),
        (lambda: world.write("notes.md", "x\n"), "changes or removes"),
        (lambda: world.write(f"records/2026/11/{'0' * 8}.json", "{}\n"), "cannot be read"),
        (lambda: world.remove("state/trust.json"), "changes or removes"),
    ]
    for change, said in cases:
        tampered(world, ledger, change)
        with pytest.raises(Exception, match=said):
            read_again(world)


def test_t59_a_state_that_its_records_do_not_come_to_is_an_alarm(world: Governed, ledger: Ledger) -> None:
    path = f"state/{MODEL}/production.json"
    tampered(world, ledger, lambda: world.write(path, world.read(path).replace('"1.0.0"', '"0.9.0"')))
    with pytest.raises(LedgerDoubted, match="another state than its records come to"):
        read_again(world)


def test_t60_what_no_machine_signed_is_an_alarm(world: Governed, ledger: Ledger) -> None:
    tampered(world, ledger, lambda: None, by="lead-1")
    with pytest.raises(LedgerDoubted, match="signed by no machine"):
        read_again(world)
    world.git("switch", "--quiet", "--detach", str(ledger.commit))
    world.git("commit", "--quiet", "--allow-empty", "--message", "Append")
    world.git("push", "--quiet", "--force", "origin", f"HEAD:{BRANCH}")
    with pytest.raises(LedgerDoubted, match="bears no signature"):
        read_again(world)


def test_t59_two_ledgers_that_are_merged_are_an_alarm(world: Governed, ledger: Ledger) -> None:
    one = extended(ledger, [moved("1.2.0", 3)], "One", key("reconciler"))
    other = extended(ledger, [moved("2.0.0", 4)], "Other", key("reconciler"))
    world.git("switch", "--quiet", "--detach", str(one.commit))
    world.git("merge", "--quiet", "--strategy", "ours", "--message", "Both", str(other.commit))
    world.git("push", "--quiet", "--force", "origin", f"HEAD:{BRANCH}")
    with pytest.raises(LedgerDoubted, match="does not follow"):
        read_again(world)


def test_a_ledger_that_trusts_what_was_never_merged_is_an_alarm(world: Governed) -> None:
    world.write("policies/people.yaml", people().replace("reconciler:", "other:"))
    own = world.commit("People of my own")
    started = Ledger(git_of(world), None, State())
    ledger = extended(
        started, [record("judgement", AT, commit=own, root=own, verdict="allow")], "Start", key("reconciler")
    )
    with pytest.raises(LedgerDoubted, match="which did not lead to"):
        verified(git_of(world), ledger.commit, main(world), None)


def test_t20_a_machine_whose_key_was_revoked_writes_no_more(world: Governed, ledger: Ledger) -> None:
    world.git("switch", "--quiet", "main")
    text = people()
    start = text.index("reconciler:")
    world.write(
        "policies/people.yaml", text[:start] + text[start:].replace("}]}", ', revoked: "2026-11-21T08:00:00Z"}]}')
    )
    revoked = world.commit("Revoke")
    world.git("push", "--quiet", "origin", "main")
    trusting = written(world, record("judgement", AT, commit=revoked, verdict="allow"), upon=ledger)
    assert read_again(world).commit == trusting.commit, "the key was good under what its parent trusts"
    written(world, moved("1.2.0", 3), upon=trusting)
    with pytest.raises(LedgerDoubted, match="signed by no machine"):
        read_again(world)


def test_t19_a_machine_whose_key_has_ended_writes_no_more(world: Governed, ledger: Ledger) -> None:
    late = record("judgement", AT + timedelta(days=9000), commit=main(world), verdict="allow")
    written(world, late, upon=ledger)
    with pytest.raises(LedgerDoubted, match="signed by no machine"):
        read_again(world)


def rotated(world: Governed) -> Ledger:
    """A ledger of a day, on which the machine's key was replaced: the old one has ended at ten."""
    world.git("switch", "--quiet", "main")
    text = people()
    old = f'{{key: "{public("reconciler")}", valid_from: "{BORN}", valid_until: "2026-11-21T10:00:00Z"}}'
    new = f'{{key: "{public("owner-2")}", valid_from: "{BORN}", valid_until: "{ENDS}"}}'
    machines = f"reconciler: {{may: [ledger, rollback-branch], keys: [{old}, {new}]}}\n"
    world.write("policies/people.yaml", text[: text.index("reconciler:")] + machines)
    world.commit("Rotate")
    world.git("push", "--quiet", "origin", "main")
    world.git("fetch", "--quiet", "origin")
    one = written(world, moved("1.0.0", 1), upon=written(world, judged(world)))
    return written(world, moved("1.1.0", 60 * 24), upon=one, by="owner-2")


@pytest.mark.parametrize("seen", [True, False], ids=["a clone that saw it before", "a clone that reads it anew"])
def test_t19_an_ended_key_writes_no_more_however_it_dates_what_it_writes(world: Governed, *, seen: bool) -> None:
    ledger = rotated(world)
    if seen:
        remembered(ledger)
    dated_back = extended(ledger, [moved("1.2.0", 30)], "Record", key("reconciler"))
    with pytest.raises(LedgerDoubted, match="signed by no machine"):
        verified(git_of(world), dated_back.commit, main(world), last_seen(git_of(world)))
    with pytest.raises(CannotEvaluate, match="nobody would believe"):
        require_believed(dated_back, ledger, main(world))


def test_what_a_machine_did_before_others_went_on_is_put_on_record_later_under_a_key_that_counts(
    world: Governed,
) -> None:
    ledger = rotated(world)
    late = written(world, moved("1.2.0", 30), upon=ledger, by="owner-2")
    assert read_again(world).commit == late.commit
    more = written(world, moved("1.3.0", 60 * 24 + 1), upon=late, by="owner-2")
    assert verified(git_of(world), more.commit, main(world), late.commit).commit == more.commit


def test_the_ledger_leaves_working_tree_index_and_branches_alone(world: Governed, ledger: Ledger) -> None:
    assert ledger.commit is not None
    assert world.git("status", "--porcelain") == ""
    assert world.git("branch", "--list", "modelward/*") == ""
    assert replace(git_of(world)).text("rev-parse", "--abbrev-ref", "HEAD") == "change"
