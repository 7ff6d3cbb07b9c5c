"""The walk over a merged branch: what it trusts, what it holds back, and where it stops."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from governed import MANIFEST
from inmemory import ENOUGH, NOW, PROPOSED, SCOPE, Files, Record, promoted, replaced, signed, without
from modelward.errors import CannotEvaluate
from modelward.gate.opening import nowhere_held, owes_nothing
from modelward.gate.scopes import Scope
from modelward.gate.step import Debts
from modelward.gate.walk import Before, HistoryRewritten, Walked, even_turned_over, first_parents, walk, walk_on
from repository import Repository
from trunk import OTHER, PROMOTED, RULE, START, Trunk, moved

FLOORS = "policies/floors.yaml"
SIGNED = signed(START, PROMOTED, *ENOUGH)
Make = Callable[..., Trunk]


@pytest.fixture
def trunk(tmp_path: Path) -> Make:
    number = count()
    return lambda *trees: Trunk(tmp_path / str(next(number)), *trees)


def test_a_branch_that_did_not_move_needs_no_judgement(trunk: Make) -> None:
    one = trunk()
    walked = one.walked()
    assert (one.at(walked), one.held(walked), walked.stopped, walked.judged) == (0, {}, None, ())


def test_each_step_is_trusted_as_of_when_it_was_seen(trunk: Make) -> None:
    one = trunk(SIGNED, {**SIGNED, "README.md": b"Words.\n"})
    walked = one.walked()
    assert (one.at(walked), one.held(walked), walked.stopped) == (2, {}, None)
    assert one.judged(walked) == [(1, 0, None, "allow"), (2, 1, None, "allow")]
    assert [judged.at for judged in walked.judged] == [NOW, NOW]
    assert one.asked == one.ids[1:]


def test_a_model_that_nobody_signed_is_held_back_alone_until_it_is_signed(trunk: Make) -> None:
    later = {**SIGNED, "README.md": b"Words.\n"}
    one = trunk(PROMOTED, {**PROMOTED, "README.md": b"Words.\n"}, later)
    walked = one.walked()
    assert (one.at(walked), one.held(walked), walked.stopped) == (3, {}, None)
    assert one.judged(walked) == [
        (1, 0, None, "deny"),
        (2, 0, SCOPE, "deny"),
        (2, 1, None, "allow"),
        (3, 0, SCOPE, "allow"),
        (3, 2, None, "allow"),
    ]


def test_what_is_held_back_is_named_with_its_last_trusted_commit_and_the_verdict(trunk: Make) -> None:
    one = trunk({**START, "README.md": b"Words.\n"}, {**PROMOTED, "README.md": b"Words.\n"})
    walked = one.walked()
    assert (one.at(walked), one.held(walked), walked.stopped) == (2, {SCOPE: 1}, None)
    verdict = walked.held_back[SCOPE].verdict
    assert (verdict.answer, [change.kind for change in verdict.changes]) == ("deny", ["promotion"])


def test_a_second_model_moves_while_the_first_is_held_back(trunk: Make) -> None:
    both = moved(PROMOTED, OTHER)
    one = trunk(PROMOTED, signed(PROMOTED, both, *ENOUGH, scope=OTHER))
    walked = one.walked()
    assert (one.at(walked), one.held(walked), walked.stopped) == (2, {SCOPE: 0}, None)


def test_two_models_that_fail_in_one_step_are_both_held_back(trunk: Make) -> None:
    one = trunk(moved(PROMOTED, OTHER))
    walked = one.walked()
    assert (one.at(walked), one.held(walked), walked.stopped) == (1, {SCOPE: 0, OTHER: 0}, None)


def test_a_model_that_cannot_be_read_is_held_back_alone(trunk: Make) -> None:
    broken = replaced(START, MANIFEST, "tier: medium", "tier: [medium")
    one = trunk(broken, {**broken, "README.md": b"Words.\n"})
    walked = one.walked()
    assert (one.at(walked), one.held(walked), walked.stopped) == (2, {SCOPE: 0}, None)


def test_t51_a_model_whose_folder_is_gone_is_held_back_alone(trunk: Make) -> None:
    gone = without(START, *(path for path in START if path.startswith(f"{SCOPE}/")))
    one = trunk(gone)
    walked = one.walked()
    assert (one.at(walked), one.held(walked), walked.stopped) == (1, {SCOPE: 0}, None)


WORDS = {**START, FLOORS: START[FLOORS] + b"# words\n"}
OWNERS: Sequence[Record] = (
    Record("owner-2", "policy-owner", "propose"),
    Record("owner-1", "policy-owner"),
    Record("board-1", "governance-board"),
)


def test_what_fails_elsewhere_stops_the_walk_until_the_next_commits_complete_it(trunk: Make) -> None:
    one = trunk(WORDS)
    walked = one.walked()
    assert (one.at(walked), one.held(walked)) == (0, {})
    assert walked.stopped is not None
    assert walked.stopped.answer == "deny"


def test_a_window_is_judged_as_one_change_from_the_last_trusted_commit(trunk: Make) -> None:
    one = trunk(WORDS, {**WORDS, "README.md": b"x"}, signed(START, WORDS, *OWNERS, scope="policies"))
    walked = one.walked()
    assert (one.at(walked), walked.stopped) == (3, None)
    assert [(commit, since, answer) for commit, since, _, answer in one.judged(walked)] == [
        (1, 0, "deny"),
        (2, 0, "deny"),
        (3, 0, "allow"),
    ]


def test_no_model_moves_past_a_stop(trunk: Make) -> None:
    both = {**SIGNED, FLOORS: WORDS[FLOORS]}
    one = trunk(WORDS, both)
    walked = one.walked()
    assert (one.at(walked), one.held(walked)) == (0, {})
    assert walked.stopped is not None


def test_what_was_mixed_in_a_step_of_the_window_stays_mixed(trunk: Make) -> None:
    mixed = {**PROMOTED, FLOORS: WORDS[FLOORS]}
    undone = signed(START, PROMOTED, *ENOUGH)
    one = trunk(mixed, undone)
    walked = one.walked()
    assert one.at(walked) == 0
    assert walked.stopped is not None
    assert "mixed-change" in [judged.rule for judged in walked.stopped.denying]


def test_a_held_model_is_judged_over_its_whole_window_and_by_todays_policy(trunk: Make) -> None:
    policy = signed(PROMOTED, {**PROMOTED, FLOORS: WORDS[FLOORS]}, *OWNERS, scope="policies")
    completed = {**policy, **{path: data for path, data in SIGNED.items() if "/signoffs/" in path}}
    one = trunk(PROMOTED, policy, completed)
    walked = one.walked()
    assert (one.at(walked), one.held(walked), walked.stopped) == (3, {}, None)
    assert (3, 0, SCOPE, "allow") in one.judged(walked)


def test_a_merged_step_is_judged_by_its_author_alone_and_never_by_its_proposer(trunk: Make) -> None:
    by_proposer = Record("engineer-1", "ml-engineer", nonce="8" * 32, said={"signedAt": "2026-11-21T01:00:00Z"})
    one = trunk(signed(START, PROMOTED, PROPOSED, by_proposer, ENOUGH[2]))
    assert one.held(one.walked()) == {SCOPE: 0}


def test_only_what_leads_through_the_trusted_commit_is_walked(trunk: Make) -> None:
    one = trunk(SIGNED, {**SIGNED, "README.md": b"x"})
    first, second, third = one.ids
    assert first_parents(one.git, first, third) == [second, third]
    assert first_parents(one.git, third, third) == []
    for trusted, target in ((third, first), (second, first)):
        with pytest.raises(CannotEvaluate) as refused:
            first_parents(one.git, trusted, target)
        assert refused.value.message == (
            f"the history of {target[:12]} does not lead through {trusted[:12]}, the last commit that was trusted"
        )
        assert refused.value.remedy == (
            "restore the branch; history is never rewritten, and other branches are merged into it, not it into them"
        )


def test_t83_main_that_was_merged_into_another_branch_is_not_main(trunk: Make) -> None:
    one = trunk(SIGNED)
    world = Repository(one.git.root)
    side = world.git("commit-tree", f"{one.ids[0]}^{{tree}}", "-p", one.ids[0], "-m", "Side")
    foxtrot = world.git("commit-tree", f"{one.ids[1]}^{{tree}}", "-p", side, "-p", one.ids[1], "-m", "Foxtrot")
    with pytest.raises(CannotEvaluate, match="does not lead through"):
        walk(one.git, Before(one.ids[1], {}, nowhere_held, owes_nothing), foxtrot, lambda _commit: NOW)
    merge = world.git("commit-tree", f"{one.ids[1]}^{{tree}}", "-p", one.ids[1], "-p", side, "-m", "Merge")
    assert first_parents(one.git, one.ids[0], merge) == [one.ids[1], merge]


def test_the_time_of_each_commit_judges_its_signatures(trunk: Make) -> None:
    one = trunk(SIGNED)
    for late, held in ((timedelta(), {}), (timedelta(days=14), {SCOPE: 0})):
        before = Before(one.ids[0], {}, nowhere_held, owes_nothing)
        walked = walk(one.git, before, one.ids[1], lambda _commit, at=NOW + late: at)  # type: ignore[misc]
        assert one.held(walked) == held


def test_a_model_that_is_put_back_leaves_no_trust_in_what_stood_between(trunk: Make) -> None:
    one = trunk(PROMOTED, START)
    walked = one.walked()
    assert (one.at(walked), one.held(walked), walked.stopped) == (2, {}, None)
    assert one.judged(walked) == [(1, 0, None, "deny"), (2, 0, SCOPE, "allow"), (2, 1, None, "allow")]


def test_a_model_that_is_put_back_past_a_stop_is_held_back_until_the_walk_goes_on(trunk: Make) -> None:
    one = trunk(PROMOTED, {**PROMOTED, FLOORS: WORDS[FLOORS]}, WORDS, signed(START, WORDS, *OWNERS, scope="policies"))
    stopped = one.walked(3)
    assert (one.at(stopped), one.held(stopped)) == (1, {SCOPE: 0})
    assert stopped.stopped is not None
    assert stopped.held_back[SCOPE].verdict is stopped.stopped
    walked = one.walked()
    assert (one.at(walked), one.held(walked), walked.stopped) == (4, {}, None)


def moved_to_staging(files: Files) -> Files:
    """The files with a release moved in staging."""
    return replaced(files, MANIFEST, 'staging: {release: "1.1.0"}', 'staging: {release: "1.2.0"}')


def went_on(one: Trunk, trusted: int, held_back: Mapping[Scope, int], debts: Debts = owes_nothing) -> Walked:
    """A walk that goes on where one ended, with some models held back."""
    held = {scope: one.ids[since] for scope, since in held_back.items()}
    before = Before(one.ids[trusted], held, nowhere_held, debts)
    return walk_on(one.git, before, one.ids[-1], lambda _commit: NOW)


def test_a_walk_goes_on_with_the_models_that_were_held_back(trunk: Make) -> None:
    one = trunk({**START, "README.md": b"x"}, {**PROMOTED, "README.md": b"x"}, {**SIGNED, "README.md": b"x"})
    for walked in (went_on(one, 2, {SCOPE: 1}), went_on(one, 1, {})):
        assert (one.at(walked), one.held(walked), walked.stopped) == (3, {}, None)
    assert one.judged(went_on(one, 2, {SCOPE: 1})) == [
        (2, 1, SCOPE, "deny"),
        (3, 1, SCOPE, "allow"),
        (3, 2, None, "allow"),
    ]


def test_a_model_that_is_held_back_stays_so_while_nothing_is_merged(trunk: Make) -> None:
    one = trunk(moved(PROMOTED, OTHER))
    walked = went_on(one, 1, {SCOPE: 0, OTHER: 0})
    assert (one.at(walked), one.held(walked), walked.stopped) == (1, {SCOPE: 0, OTHER: 0}, None)
    verdict = walked.held_back[SCOPE].verdict
    assert {change.scope for change in verdict.changes} == {SCOPE}


def test_a_model_that_nothing_stands_against_any_more_goes_on(trunk: Make) -> None:
    one = trunk(SIGNED)
    walked = went_on(one, 1, {SCOPE: 0})
    assert (one.at(walked), one.held(walked), walked.stopped) == (1, {}, None)
    assert one.judged(walked) == [(1, 0, SCOPE, "allow")]


def test_what_was_mixed_before_a_walk_goes_on_stays_mixed(trunk: Make) -> None:
    one = trunk({**PROMOTED, FLOORS: WORDS[FLOORS]}, {**SIGNED, FLOORS: WORDS[FLOORS]})
    walked = went_on(one, 2, {SCOPE: 0})
    assert one.held(walked) == {SCOPE: 0}
    assert "mixed-change" in [judged.rule for judged in walked.held_back[SCOPE].verdict.denying]
    apart = trunk_apart(one)
    assert apart.held(went_on(apart, 3, {SCOPE: 0})) == {}


def trunk_apart(one: Trunk) -> Trunk:
    """The same change as another branch, in steps that mix nothing."""
    policy = signed(START, WORDS, *OWNERS, scope="policies")
    promoted_later = {**policy, MANIFEST: PROMOTED[MANIFEST]}
    records = {path: data for path, data in SIGNED.items() if path not in START}
    return Trunk(one.git.root.with_name("apart"), policy, promoted_later, {**promoted_later, **records})


ABOUT_ANOTHER = RULE.replace(
    b"    yield from ()\n",
    b"""    if model.manifest.spec.summary == "Another":
        yield Finding("fail", "another model speaks against it", Place("models/credit-score/manifest.yaml"))
""",
).replace(b"Model, Repository", b"Model, Place, Repository")


def test_a_model_that_all_else_speaks_against_stays_at_its_own_last_trusted_commit(trunk: Make) -> None:
    judge = {**START, "validators/identity/nothing.py": ABOUT_ANOTHER}
    start = signed(START, judge, *OWNERS, scope="validators")
    summary = replaced(
        start, f"{OTHER}/manifest.yaml", "Probability that a client defaults in the next month", "Another"
    )
    for unsigned in (moved(start), start):
        one = trunk(start, moved(start), {**summary, MANIFEST: unsigned[MANIFEST]})
        walked = one.walked()
        assert (one.at(walked), one.held(walked)) == (3, {SCOPE: 1, OTHER: 2})
        rules = [judged.rule for judged in walked.held_back[SCOPE].verdict.denying]
        assert rules == ([] if unsigned is not start else ["nothing"])


BY_ONE = (
    Record("engineer-2", "on-call", "propose", nonce="4" * 32),
    Record("engineer-2", "on-call", nonce="5" * 32, said={"signedAt": "2026-11-21T01:00:00Z"}),
)


def switched_off(files: Files, model: str = SCOPE) -> Files:
    """The files with a model switched off."""
    path = f"{model}/manifest.yaml"
    return replaced(files, path, 'production: {release: "1.0.0"}', 'production: {release: "1.0.0", ml_enabled: false}')


OFF = switched_off(START)
OFF_ALONE = signed(START, OFF, *BY_ONE)


def debts(one: Trunk, walked: Walked) -> list[tuple[str, int, int]]:
    """What is owed: the model, and where the change began and ended."""
    found = [debt for judged in walked.judged for debt in judged.debts]
    return [(debt.model, one.ids.index(debt.since), one.ids.index(debt.commit)) for debt in found]


def test_what_one_person_did_alone_is_owed(trunk: Make) -> None:
    one = trunk(OFF_ALONE, signed(START, OFF, *BY_ONE, *ENOUGH))
    walked = one.walked()
    assert (one.at(walked), one.held(walked), debts(one, walked)) == (2, {}, [("credit-score", 0, 1)])
    (debt,) = walked.judged[0].debts
    assert (debt.requirement, debt.by, debt.at) == ("rollback", ("engineer-2",), NOW)


def test_what_is_not_followed_yet_is_not_owed(trunk: Make) -> None:
    stopped = trunk({**OFF_ALONE, FLOORS: WORDS[FLOORS]})
    assert debts(stopped, stopped.walked()) == []


def test_t75_what_one_person_did_alone_is_owed_whatever_happens_to_another_model(trunk: Make) -> None:
    one = trunk({**OFF_ALONE, **{path: data for path, data in moved(START, OTHER).items() if path.startswith(OTHER)}})
    walked = one.walked()
    assert (one.held(walked), debts(one, walked)) == ({OTHER: 0}, [("credit-score", 0, 1)])


def test_what_is_held_back_is_owed_once_it_goes_on(trunk: Make) -> None:
    bare = {**OFF, **{path: data for path, data in OFF_ALONE.items() if path not in START and "engineer" not in path}}
    late = {**OFF_ALONE, FLOORS: WORDS[FLOORS]}
    one = trunk(bare, {**bare, FLOORS: WORDS[FLOORS]}, late, {**late, **POLICY_RECORDS})
    assert debts(one, one.walked(3)) == []
    assert debts(one, one.walked()) == [("credit-score", 0, 4)]


POLICY_RECORDS = {
    path: data for path, data in signed(START, WORDS, *OWNERS, scope="policies").items() if path not in START
}


def test_t75_nothing_is_promoted_in_the_walk_that_finds_what_is_owed(trunk: Make) -> None:
    promoted_later = moved_to_staging(OFF_ALONE)
    one = trunk(OFF_ALONE, signed(OFF_ALONE, promoted_later, *ENOUGH))
    walked = one.walked()
    assert (one.at(walked), one.held(walked)) == (2, {SCOPE: 1})
    (denying,) = walked.held_back[SCOPE].verdict.denying
    assert denying.rule == "review-owed"
    assert debts(one, walked) == [("credit-score", 0, 1)]


def test_what_was_owed_before_a_walk_holds_a_promotion_back(trunk: Make) -> None:
    first = trunk(OFF_ALONE)
    (debt,) = first.walked().judged[0].debts
    one = trunk(SIGNED)
    before = Before(one.ids[0], {}, nowhere_held, lambda model: [debt] if model == "credit-score" else [])
    for walked in (walk(one.git, before, one.ids[1], lambda _commit: NOW), went_on(one, 0, {}, before.debts)):
        assert one.held(walked) == {SCOPE: 0}
        assert [judged.rule for judged in walked.held_back[SCOPE].verdict.denying] == ["review-owed"]


def test_a_branch_that_was_turned_over_is_judged_as_one_step(trunk: Make) -> None:
    one = trunk(SIGNED)
    world = Repository(one.git.root)
    side = world.git("commit-tree", f"{one.ids[0]}^{{tree}}", "-p", one.ids[0], "-m", "Side")
    foxtrot = world.git("commit-tree", f"{one.ids[1]}^{{tree}}", "-p", side, "-p", one.ids[1], "-m", "Foxtrot")
    assert even_turned_over(one.git, one.ids[1], foxtrot) == [foxtrot]
    assert even_turned_over(one.git, one.ids[0], one.ids[1]) == [one.ids[1]]
    assert even_turned_over(one.git, one.ids[1], one.ids[1]) == []
    one.ids.append(foxtrot)
    walked = went_on(one, 1, {})
    assert (one.at(walked), one.held(walked), walked.stopped) == (2, {}, None)


def test_t57_a_branch_that_lost_what_was_trusted_is_not_walked(trunk: Make) -> None:
    one = trunk(SIGNED)
    first, second = one.ids
    with pytest.raises(HistoryRewritten) as refused:
        even_turned_over(one.git, second, first)
    assert refused.value.message == (
        f"{first[:12]} does not come after {second[:12]}, the last commit that was trusted"
    )
    wanted = "main is never rewritten: restore it; another branch follows it first, by a merge or a rebase"
    assert refused.value.remedy == wanted


def test_the_promotion_that_is_walked_is_the_one_that_is_judged_in_memory() -> None:
    assert PROMOTED[MANIFEST] == promoted()[MANIFEST]
