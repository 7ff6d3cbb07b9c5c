"""What the gate decides, on trees in memory with real signatures: each clause of the contract, one at a time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import chain, combinations
from typing import Any

import pytest

from governed import MANIFEST, MODEL
from inmemory import (
    ENGINEER,
    ENOUGH,
    LEAD,
    NOW,
    PEOPLE,
    PERSONS,
    PROPOSED,
    SCOPE,
    SIGNOFF,
    STATEMENT,
    Files,
    Record,
    base,
    entry,
    files_of,
    judged,
    promoted,
    replaced,
    signature_of,
    signed,
    snapshot,
    step,
    without,
)
from keyring import public
from modelward.errors import CannotEvaluate
from modelward.gate import manifest_changes
from modelward.gate.authorship import Authorship, Commit
from modelward.gate.deciding import decide
from modelward.gate.fields import Change
from modelward.gate.records import Dismissed
from modelward.gate.scopes import POLICIES, Scope, content_digest
from modelward.gate.verdict import Proposal, Rejection, Verdict
from modelward.signing.keys import parse_key
from modelward.specs.scalars import EnvironmentName, ModelName, PersonName, ReleaseName
from modelward.tree.memory import MemorySource
from modelward.tree.place import Place, Unreadable

PRODUCTION = 'production: {release: "1.0.0"}'


def against(verdict: Verdict) -> list[tuple[str, str, str]]:
    """What denies: the rule, the verdict, and the message of each finding."""
    return [(one.rule, one.finding.verdict, one.finding.message) for one in verdict.denying]


def whys(verdict: Verdict) -> list[tuple[str | None, str]]:
    """Whose record or review counts for nothing, and why."""
    return [(one.person, one.why) for one in verdict.dismissed]


def signers(verdict: Verdict) -> dict[str, list[list[str]]]:
    """By requirement, who has signed in each slot."""
    return {
        state.requirement.name: [[said.person for said in slot.signed] for slot in state.slots]
        for state in verdict.requirements
    }


def test_a_change_that_everybody_signed_is_allowed_and_the_verdict_says_all_of_it() -> None:
    verdict = judged(base(), promoted(), *ENOUGH)
    assert verdict.answer == "allow"
    assert verdict.policy == content_digest(MemorySource("", base()), POLICIES, ())
    place = Place(MANIFEST)
    what, production = "production: 1.0.0 -> 1.1.0", EnvironmentName("production")
    change = Change(SCOPE, "promotion", what, place, ModelName(MODEL), production, "1.0.0", "1.1.0")
    assert verdict.changes == (change,)
    assert str(verdict.changes[0].place) == f"{MANIFEST}:23:25"
    assert verdict.proposals == (Proposal(SCOPE, demanded=True, by=(PersonName("engineer-1"),)),)
    (state,) = verdict.requirements
    assert (state.requirement.name, state.scope, state.changes) == ("promotion", SCOPE, (change,))
    assert signers(verdict) == {"promotion": [["engineer-2"], ["lead-1"]]}
    assert (verdict.denying, verdict.rejections, verdict.dismissed) == ((), (), ())
    assert verdict.blocked_scopes == frozenset()


@pytest.mark.parametrize("records", list(chain.from_iterable(combinations(ENOUGH, size) for size in range(3))))
def test_whatever_signature_is_missing_denies(records: tuple[Record, ...]) -> None:
    verdict = judged(base(), promoted(), *records)
    assert verdict.answer == "deny"
    assert verdict.blocked_scopes == {SCOPE}
    assert whys(verdict) == []


def test_what_is_missing_is_named() -> None:
    verdict = judged(base(), promoted(), ENGINEER)
    assert verdict.proposals == (Proposal(SCOPE, demanded=True, by=()),)
    (state,) = verdict.requirements
    engineer, lead = state.slots
    assert [said.person for said in engineer.signed] == ["engineer-2"]
    assert (engineer.possible, engineer.excluded) == ((), {"engineer-1": "wrote commit aaaaaaaaaaaa"})
    assert (lead.possible, lead.excluded) == (("lead-1", "lead-2"), {})


@pytest.mark.parametrize(("person", "role"), [("lead-2", "team-lead"), ("officer-1", "bsa-officer")])
def test_a_rejection_by_anybody_who_may_speak_denies(person: str, role: str) -> None:
    no = Record(person, role, "reject", said={"comment": "not yet"})
    verdict = judged(base(), promoted(), *ENOUGH, no)
    assert verdict.answer == "deny"
    assert verdict.rejections == (Rejection(SCOPE, PersonName(person), "not yet"),)
    assert verdict.blocked_scopes == {SCOPE}
    assert signers(verdict) == {"promotion": [["engineer-2"], ["lead-1"]]}


def test_a_rejection_that_counts_for_nothing_denies_nothing() -> None:
    verdict = judged(base(), promoted(), *ENOUGH, Record("board-1", "team-lead", "reject"))
    assert verdict.answer == "allow"
    assert whys(verdict) == [("board-1", "`board-1` does not hold the role `team-lead`")]


def altered(**said: Any) -> Record:
    return Record("lead-1", "team-lead", nonce="3" * 32, said=said)


ALTERED: dict[str, tuple[Record, str]] = {
    "of another repository": (altered(repository="acme/other"), "it names the repository `acme/other`"),
    "in a role that the person does not hold": (
        altered(role="ml-engineer"),
        "`lead-1` does not hold the role `ml-engineer`",
    ),
    "in a role that nobody holds": (altered(role="king"), "`lead-1` does not hold the role `king`"),
    "signed in the future": (altered(signedAt="2026-11-21T12:05:01Z"), "it is signed in the future"),
    "expired just now": (altered(expiresAt="2026-11-21T12:00:00Z"), "it has expired"),
    "valid for too long": (
        altered(expiresAt="2027-02-19T00:00:01Z"),
        "it is valid for longer than 90 days, or not at all",
    ),
    "valid for no time": (
        altered(signedAt="2026-11-21T12:00:01Z", expiresAt="2026-11-21T12:00:01Z"),
        "it is valid for longer than 90 days, or not at all",
    ),
    "by the key of somebody else": (
        Record("lead-1", "team-lead", by="lead-2"),
        "it is signed by the key of `lead-2`",
    ),
    "by the key of a machine": (
        Record("lead-1", "team-lead", by="reconciler"),
        "it is signed by the key of machine `reconciler`",
    ),
    "by a key that nobody has": (
        Record("lead-1", "team-lead", by="stranger"),
        "it is signed by a key that nobody has",
    ),
    "for another use": (
        Record("lead-1", "team-lead", namespace="modelward-possession"),
        "the signature was made for another use than `modelward-signoff`",
    ),
    "by nobody on record": (
        Record("stranger", "team-lead", by="lead-1"),
        "it is signed by the key of `lead-1`",
    ),
}


@pytest.mark.parametrize("what", ALTERED)
def test_a_record_that_is_wrong_in_one_point_counts_for_nothing_and_says_why(what: str) -> None:
    record, why = ALTERED[what]
    verdict = judged(base(), promoted(), PROPOSED, ENGINEER, record)
    assert verdict.answer == "deny"
    assert whys(verdict) == [(record.person, why)]
    assert signers(verdict)["promotion"] == [["engineer-2"], []]


AT_THE_BOUND: dict[str, Record] = {
    "signed by a clock that is five minutes ahead": altered(signedAt="2026-11-21T12:05:00Z"),
    "that expires in a second": altered(expiresAt="2026-11-21T12:00:01Z"),
    "valid for 90 days": altered(expiresAt="2027-02-19T00:00:00Z"),
    "signed 14 days ago": altered(signedAt="2026-11-07T12:00:00Z"),
}


@pytest.mark.parametrize("what", AT_THE_BOUND)
def test_a_record_at_the_bound_counts(what: str) -> None:
    assert judged(base(), promoted(), PROPOSED, ENGINEER, AT_THE_BOUND[what]).answer == "allow"


def test_a_record_older_than_its_requirement_allows_fills_no_slot_and_says_so() -> None:
    verdict = judged(base(), promoted(), PROPOSED, ENGINEER, altered(signedAt="2026-11-07T11:59:59Z"))
    assert verdict.answer == "deny"
    assert verdict.requirements[0].slots[1].excluded == {"lead-1": "signed longer than 14d ago"}


def test_a_record_without_its_signature_counts_for_nothing() -> None:
    filed = signed(base(), promoted(), *ENOUGH)
    (path,) = [path for path in filed if "lead-1" in path and path.endswith(".sig")]
    verdict = judged(base(), without(filed, path))
    assert verdict.answer == "deny"
    assert whys(verdict) == [("lead-1", "it bears no signature")]


def test_t13_a_record_whose_bytes_were_altered_counts_for_nothing() -> None:
    filed = signed(base(), promoted(), *ENOUGH)
    (path,) = [path for path in filed if "lead-1" in path and path.endswith(".json")]
    verdict = judged(base(), replaced(filed, path, '"comment": ""', '"comment": "."'))
    assert whys(verdict) == [("lead-1", "the signature is not of these bytes by this key")]


def test_t13_a_record_of_other_content_is_stale() -> None:
    other = {**promoted(), f"{SCOPE}/README.md": b"Words.\n"}
    filed = {**other, **dict(signed(base(), promoted(), LEAD).items() - promoted().items())}
    verdict = judged(base(), filed, *(record for record in ENOUGH if record is not LEAD))
    filed |= dict(signed(base(), other, PROPOSED, ENGINEER).items() - other.items())
    verdict = judged(base(), filed)
    assert verdict.answer == "deny"
    lead = verdict.requirements[0].slots[1]
    assert [(one.record.predicate.person, one.base_moved) for one in lead.stale] == [("lead-1", False)]
    assert verdict.requirements[0].slots[0].stale == ()
    assert (lead.signed, lead.possible) == ((), ("lead-1", "lead-2"))


def test_t12_a_record_from_before_the_base_moved_is_stale() -> None:
    moved = {**base(), f"{SCOPE}/README.md": b"Words.\n"}
    verdict = judged(moved, {**promoted(), **LEAD.filed(base(), promoted())}, PROPOSED, ENGINEER)
    assert verdict.answer == "deny"
    lead = verdict.requirements[0].slots[1]
    assert [(one.record.predicate.person, one.base_moved) for one in lead.stale] == [("lead-1", True)]


def test_what_no_longer_approves_is_not_shown_as_stale() -> None:
    proposal = {**promoted(), **PROPOSED.filed(base(), {**promoted(), f"{SCOPE}/x": b""})}
    verdict = judged(base(), proposal)
    assert [slot.stale for state in verdict.requirements for slot in state.slots] == [(), ()]


def test_t12_a_record_is_not_used_twice() -> None:
    """What was signed once is on record at the base, and a copy of it in a new file has the same nonce."""
    before = {**base(), **Record("lead-1", "team-lead", "propose", nonce="3" * 32).filed(promoted(), base())}
    verdict = judged(before, {**promoted(), **dict(before.items() - base().items())}, PROPOSED, ENGINEER, LEAD)
    assert verdict.answer == "deny"
    assert whys(verdict) == [("lead-1", "it has been used before")]


def test_a_record_that_the_base_has_is_not_read_again() -> None:
    old = LEAD.filed(base(), promoted())
    verdict = judged({**base(), **old}, {**promoted(), **old}, PROPOSED, ENGINEER)
    assert verdict.answer == "deny"
    assert whys(verdict) == []


KEYS: dict[str, tuple[str, str, str]] = {
    "t19 expires just now": ('"2028-01-01T00:00:00Z"', '"2026-11-21T12:00:00Z"', "its key is not valid now"),
    "t19 is not yet valid": ('"2026-01-01T00:00:00Z"', '"2026-11-21T12:00:01Z"', "its key is not valid now"),
    "t20 is revoked, whenever": (
        '"2028-01-01T00:00:00Z"',
        '"2028-01-01T00:00:00Z", revoked: "2027-01-01T00:00:00Z"',
        "its key is revoked",
    ),
}


def with_key(old: str, new: str, name: str = "lead-1") -> Files:
    """What is merged, with another entry for the key of somebody."""
    return replaced(base(), PEOPLE, entry(name), entry(name).replace(old, new))


def after(before: Files) -> Files:
    """The promotion of what is merged."""
    return replaced(before, MANIFEST, PRODUCTION, 'production: {release: "1.1.0"}')


@pytest.mark.parametrize("what", KEYS)
def test_a_key_counts_only_while_it_is_valid(what: str) -> None:
    old, new, why = KEYS[what]
    before = with_key(old, new)
    verdict = judged(before, after(before), *ENOUGH)
    assert (verdict.answer, whys(verdict)) == ("deny", [("lead-1", why)])
    assert verdict.requirements[0].slots[1].excluded[PersonName("lead-1")] == "has no valid key in policies/people.yaml"


def test_a_key_counts_from_the_second_at_which_it_is_valid() -> None:
    for old, new in (('"2026-01-01T00:00:00Z"', '"2026-11-21T12:00:00Z"'), ('"2028-01', '"2026-12')):
        before = with_key(old, new)
        assert judged(before, after(before), *ENOUGH).answer == "allow"


def test_t16_a_key_of_two_counts_for_neither() -> None:
    before = replaced(base(), PEOPLE, public("lead-2"), f"{public('lead-1')} a comment")
    verdict = judged(before, after(before), *ENOUGH)
    assert (verdict.answer, whys(verdict)) == ("deny", [("lead-1", "its key belongs to two")])


def test_each_of_several_keys_of_a_person_signs() -> None:
    more = f"{entry('lead-1')}, {entry('spare')}"
    before = replaced(base(), PEOPLE, entry("lead-1"), more)
    for by in ("lead-1", "spare"):
        assert judged(before, after(before), PROPOSED, ENGINEER, Record("lead-1", "team-lead", by=by)).answer == "allow"


def test_t16_a_machine_of_the_same_name_does_not_sign_for_a_person() -> None:
    before = replaced(base(), PEOPLE, "  scribe: {", "  lead-1: {")
    verdict = judged(before, after(before), PROPOSED, ENGINEER, Record("lead-1", "team-lead", by="scribe"))
    assert verdict.answer == "deny"
    assert whys(verdict) == [("lead-1", "it is signed by the key of machine `lead-1`")]
    assert judged(before, after(before), *ENOUGH).answer == "allow"


def later(record: Record, hour: int, nonce: str = "f") -> Record:
    said = {"signedAt": f"2026-11-21T{hour:02}:00:00Z"}
    return Record(record.person, record.role, record.decision, nonce * 32, said=said)


def test_the_newest_word_of_a_person_counts() -> None:
    yes, no = LEAD, Record("lead-1", "team-lead", "reject")
    for first, second, answer in ((yes, no, "deny"), (no, yes, "allow")):
        verdict = judged(base(), promoted(), PROPOSED, ENGINEER, later(first, 2), later(second, 3, "0"))
        assert verdict.answer == answer


def test_of_two_words_at_one_time_the_one_that_allows_less_counts() -> None:
    for first, second in (("0", "f"), ("f", "0")):
        no = Record("lead-1", "team-lead", "reject")
        verdict = judged(base(), promoted(), PROPOSED, ENGINEER, later(LEAD, 2, first), later(no, 2, second))
        assert verdict.answer == "deny"
        assert [one.person for one in verdict.rejections] == ["lead-1"]


def test_whoever_proposes_fills_no_slot_whatever_they_sign_later() -> None:
    by_nobody = [Commit("b" * 40, "nobody@example.org", (), (MANIFEST,))]
    again = Record("engineer-1", "ml-engineer", nonce="4" * 32, said={"signedAt": "2026-11-21T11:00:00Z"})
    verdict = judged(base(), promoted(), PROPOSED, again, LEAD, commits=by_nobody)
    assert verdict.answer == "deny"
    engineer = verdict.requirements[0].slots[0]
    assert engineer.excluded == {"engineer-1": "proposed this change"}
    assert engineer.possible == ("engineer-2",)
    assert judged(base(), promoted(), *ENOUGH, again, commits=by_nobody).answer == "allow"


def test_whoever_wrote_it_fills_no_slot() -> None:
    commits = [Commit("b" * 40, "LEAD-1@example.org", (), (MANIFEST,))]
    verdict = judged(base(), promoted(), *ENOUGH, commits=commits)
    assert verdict.answer == "deny"
    assert verdict.requirements[0].slots[1].excluded == {"lead-1": "wrote commit bbbbbbbbbbbb"}
    elsewhere = [Commit("b" * 40, "lead-1@example.org", ("lead-1@example.org",), ("policies/floors.yaml",))]
    assert judged(base(), promoted(), *ENOUGH, commits=elsewhere).answer == "allow"


def test_whoever_had_a_hand_in_it_fills_no_slot_of_an_open_change_and_may_of_a_merged_one() -> None:
    commits = [Commit("b" * 40, "engineer-1@example.org", ("x@example.org", "lead-1@example.org"), (MANIFEST,))]
    verdict = judged(base(), promoted(), *ENOUGH, commits=commits)
    assert verdict.requirements[0].slots[1].excluded == {"lead-1": "had a hand in commit bbbbbbbbbbbb"}
    merged = judged(base(), promoted(), *ENOUGH, authorship=Authorship(commits, (), "authors"), is_open=False)
    assert merged.answer == "allow"


BACK = ReleaseName("1.1.0")


def held(_model: str, _environment: str) -> frozenset[ReleaseName]:
    return frozenset({BACK})


def test_a_lone_on_call_may_propose_and_sign_a_rollback() -> None:
    records = (
        Record("engineer-2", "on-call", "propose", said={"signedAt": "2026-11-21T00:00:01Z"}),
        later(ENGINEER, 2),
    )
    on_call = Record("engineer-2", "on-call", nonce="5" * 32, said={"signedAt": "2026-11-21T03:00:00Z"})
    commits = [Commit("b" * 40, "engineer-2@example.org", (), (MANIFEST,))]
    verdict = judged(base(), promoted(), records[0], on_call, held=held, commits=commits)
    assert verdict.answer == "allow"
    assert [change.kind for change in verdict.changes] == ["rollback"]
    assert judged(base(), promoted(), on_call, held=held, commits=commits).answer == "deny"


MACHINE = Record("reconciler", "reconciler", "propose")


def test_a_machine_that_may_proposes_a_rollback_and_approves_nothing() -> None:
    verdict = judged(base(), promoted(), MACHINE, LEAD, held=held)
    assert (verdict.answer, verdict.proposals[0].by) == ("allow", ("reconciler",))
    approving = Record("reconciler", "team-lead")
    for record in (approving, Record("reconciler", "team-lead", "reject")):
        verdict = judged(base(), promoted(), PROPOSED, record, held=held)
        assert whys(verdict) == [("reconciler", "a machine can only propose a rollback")]
        assert verdict.answer == "deny"


def test_a_machine_that_may_not_proposes_nothing() -> None:
    verdict = judged(base(), promoted(), Record("scribe", "scribe", "propose"), LEAD, held=held)
    assert verdict.answer == "deny"
    assert whys(verdict) == [("scribe", "a machine can only propose a rollback")]


def test_a_machine_proposes_nothing_but_a_rollback() -> None:
    verdict = judged(base(), promoted(), MACHINE, ENGINEER, LEAD)
    assert (verdict.answer, verdict.proposals[0].by) == ("deny", ())
    both = replaced(promoted(), MANIFEST, "tier: medium", "tier: medium # as agreed")
    both = replaced(both, MANIFEST, "summary: Probability", "summary: Likelihood")
    assert judged(base(), both, MACHINE, LEAD, held=held).proposals[0].by == ()


def policy(old: str, new: str) -> Files:
    return replaced(base(), SIGNOFF, old, new)


def test_a_proposal_is_demanded_by_the_tiers_that_the_policy_names() -> None:
    for tiers, demanded in (("[high]", False), ("[]", False), ("[low]", False), ("[medium]", True)):
        before = policy("tiers: [high, medium]", f"tiers: {tiers}")
        verdict = judged(before, after(before), ENGINEER, LEAD)
        assert verdict.proposals[0].demanded == demanded
        assert verdict.answer == ("deny" if demanded else "allow")


def test_a_proposal_is_demanded_if_either_side_has_the_tier_and_if_a_side_has_none() -> None:
    before = policy("tiers: [high, medium]", "tiers: [high]")
    for tier in ("tier: high", "# no tier"):
        lowered = replaced(before, MANIFEST, "tier: medium", tier)
        for one, other in ((before, lowered), (lowered, before), (lowered, after(lowered))):
            assert judged(one, other).proposals[0].demanded


def test_a_change_of_policy_demands_a_proposal_as_soon_as_any_tier_does() -> None:
    for tiers, demanded in (("[high]", True), ("[]", False)):
        before = policy("tiers: [high, medium]", f"tiers: {tiers}")
        verdict = judged(before, {**before, "policies/floors.yaml": before["policies/floors.yaml"] + b"# words\n"})
        assert verdict.proposals == (Proposal(POLICIES, demanded=demanded, by=()),)


def test_all_requirements_that_match_apply_together() -> None:
    before = replaced(base(), MANIFEST, "compliance: []", "compliance: [bsa]")
    verdict = judged(before, after(before), *ENOUGH)
    assert verdict.answer == "deny"
    assert signers(verdict) == {"promotion": [["engineer-2"], ["lead-1"]], "regulated": [[]]}
    officer = Record("officer-1", "bsa-officer")
    assert judged(before, after(before), *ENOUGH, officer).answer == "allow"


def test_a_model_may_demand_more_and_before_and_after_the_change_both_count() -> None:
    own = b"requirements:\n  - {name: own, when: {}, all: [{role: governance-board}]}\n"
    approvers = f"{SCOPE}/approvers.yaml"
    demanding = {**base(), approvers: base()[approvers] + own}
    for before, changed in ((demanding, after(demanding)), (base(), demanding), (demanding, base())):
        verdict = judged(before, changed, *ENOUGH, Record("lead-2", "team-lead"))
        assert verdict.answer == "deny"
        assert [state.requirement.name for state in verdict.requirements if not state.satisfied] == ["own"]
    names = [state.requirement.name for state in judged(demanding, after(demanding), *ENOUGH).requirements]
    assert names == ["promotion", "own"]


def test_a_change_that_no_requirement_covers_is_an_error_also_when_the_head_covers_it() -> None:
    before = policy("change: [documentation]", "change: [hold]")
    own = b"requirements:\n  - {name: own, when: {}, all: [{role: ml-engineer}]}\n"
    for more in ({}, {f"{SCOPE}/approvers.yaml": base()[f"{SCOPE}/approvers.yaml"] + own}):
        verdict = judged(before, {**before, f"{SCOPE}/README.md": b"Words.\n", **more})
        assert verdict.answer == "error"
        message = "no requirement covers the change `documentation` (README.md is new), so nobody would be asked"
        assert against(verdict) == [("requirement-exists", "error", message)]
        (one,) = verdict.denying
        assert (one.finding.place, one.model) == (Place(f"{SCOPE}/README.md"), MODEL)
        assert one.remedy == "add a requirement to policies/signoff.yaml, by a change of its own"
        assert verdict.judgement.findings[0] == one


def test_a_change_is_covered_only_by_what_its_model_is() -> None:
    for tier, answer in (("high", "error"), ("medium", "deny")):
        before = policy("change: [documentation]", f"tier: [{tier}], change: [documentation]")
        assert judged(before, {**before, f"{SCOPE}/README.md": b"Words.\n"}).answer == answer


def test_a_requirement_that_the_changed_policy_adds_binds_that_change_already() -> None:
    more = "  - {name: more, when: {change: [policy]}, all: [{role: bsa-officer}]}\n"
    changed = {**base(), SIGNOFF: base()[SIGNOFF] + more.encode()}
    verdict = judged(base(), changed)
    assert [state.requirement.name for state in verdict.requirements] == ["policy", "more"]
    taken = replaced(base(), SIGNOFF, "change: [policy, people,", "change: [people,")
    assert [state.requirement.name for state in judged(base(), taken).requirements] == ["policy"]
    broken = judged(base(), {**base(), SIGNOFF: b"schema: [\n"})
    assert [state.requirement.name for state in broken.requirements] == ["policy"]
    assert broken.answer != "allow"


def test_the_policy_of_the_head_does_not_judge_a_model() -> None:
    more = "  - {name: more, when: {change: [promotion]}, all: [{role: bsa-officer}]}\n"
    both = {**promoted(), SIGNOFF: base()[SIGNOFF] + more.encode()}
    verdict = judged(base(), both)
    assert [(state.scope, state.requirement.name) for state in verdict.requirements] == [
        (SCOPE, "promotion"),
        (POLICIES, "policy"),
    ]


NEW = Scope("models/other-score")


def added() -> Files:
    """The merged files with a second model, a copy of the first."""
    copies = {
        path.replace(MODEL, "other-score"): data.replace(MODEL.encode(), b"other-score")
        for path, data in base().items()
        if path.startswith(f"{SCOPE}/")
    }
    return {**base(), **copies}


def new_model(*records: Record) -> Verdict:
    filed = dict(added())
    for record in records:
        filed |= record.filed(base(), added(), NEW)
    return judged(base(), filed)


BOARD = (Record("board-1", "governance-board"), Record("board-2", "governance-board"))


def test_for_a_model_that_the_base_does_not_know_only_standing_roles_count() -> None:
    verdict = new_model(PROPOSED, ENGINEER, LEAD, *BOARD)
    assert [(change.kind, change.environment) for change in verdict.changes] == [
        ("model-added", None),
        ("promotion", "staging"),
        ("promotion", "production"),
    ]
    assert signers(verdict) == {"promotion": [[], []], "new model": [["board-1", "board-2"]]}
    assert verdict.proposals == (Proposal(NEW, demanded=True, by=(PersonName("engineer-1"),)),)
    assert whys(verdict) == [
        ("engineer-2", "`engineer-2` does not hold the role `ml-engineer`"),
        ("lead-1", "`lead-1` does not hold the role `team-lead`"),
    ]


def test_a_count_of_two_needs_two_people() -> None:
    assert [state.satisfied for state in new_model(*BOARD).requirements] == [False, True]
    assert [state.satisfied for state in new_model(BOARD[0]).requirements] == [False, False]


def test_a_proposer_of_a_known_model_needs_a_role_that_the_base_gives() -> None:
    approvers = f"{SCOPE}/approvers.yaml"
    changed = replaced(base(), approvers, "ml-engineer: [", "ml-engineer: [owner-1, ")
    verdict = judged(base(), changed, Record("owner-1", "ml-engineer", "propose"))
    assert verdict.proposals[0].by == ()
    assert whys(verdict) == [("owner-1", "`owner-1` does not hold the role `ml-engineer`")]


def test_people_of_the_head_hold_no_roles_and_their_keys_sign_nothing() -> None:
    changed = replaced(promoted(), f"{SCOPE}/approvers.yaml", "team-lead: [{team: leads}]", "team-lead: [engineer-2]")
    verdict = judged(base(), changed, PROPOSED, Record("engineer-2", "team-lead"))
    assert whys(verdict) == [("engineer-2", "`engineer-2` does not hold the role `team-lead`")]
    changed = replaced(promoted(), PEOPLE, public("lead-1"), public("intruder"))
    verdict = judged(base(), changed, PROPOSED, ENGINEER, Record("lead-1", "team-lead", by="intruder"))
    assert whys(verdict) == [("lead-1", "it is signed by a key that nobody has")]


def test_a_record_of_one_scope_counts_in_no_other() -> None:
    both = {**promoted(), f"{NEW}/x": b""}
    verdict = judged(base(), {**promoted(), **LEAD.filed(base(), both, NEW)}, PROPOSED, ENGINEER)
    assert verdict.answer == "deny"
    assert signers(verdict)["promotion"] == [["engineer-2"], []]


MIXED: dict[str, tuple[str, str]] = {
    "t01 floors": ("policies/floors.yaml", "policies"),
    "t02 people": (PEOPLE, PEOPLE),
    "t05 a waiver": ("policies/waivers/w-1.yaml", "policies/waivers/w-1.yaml"),
    "t03 a rule": ("validators/identity/x.py", "validators"),
    "an environment": ("environments/production.yaml", "environments/production.yaml"),
}


@pytest.mark.parametrize("what", MIXED)
def test_policy_never_shares_a_step_with_what_it_judges(what: str) -> None:
    path, scope = MIXED[what]
    verdict = judged(base(), {**promoted(), path: base().get(path, b"") + b"# words\n"}, *ENOUGH)
    mixed = [one for one in verdict.denying if one.rule == "mixed-change"]
    assert [(one.finding.message, one.finding.place.path) for one in mixed] == [
        (f"{scope} and {SCOPE} change in one step, so that what judges changes with what is judged", scope)
    ]
    assert (mixed[0].remedy, mixed[0].model) == ("make two changes of it, and merge one first", None)
    assert verdict.answer in ("deny", "error")


def test_t04_nor_does_a_workflow() -> None:
    verdict = judged(base(), {**promoted(), ".github/workflows/gate.yml": b"on: push\n"}, *ENOUGH)
    message = f"repository and {SCOPE} change in one step, so that what judges changes with what is judged"
    assert against(verdict) == [("mixed-change", "fail", message)]
    assert (verdict.denying[0].finding.place, verdict.denying[0].model) == (Place(SCOPE), MODEL)
    assert verdict.blocked_scopes == {"repository"}


def test_what_is_ungoverned_shares_any_step() -> None:
    assert judged(base(), {**promoted(), "notes.md": b"Words.\n"}, *ENOUGH).answer == "allow"


def test_what_was_mixed_in_any_step_on_the_way_is_denied() -> None:
    apart = [{MANIFEST}, {"policies/floors.yaml"}]
    assert judged(base(), promoted(), *ENOUGH, diffs=apart).answer == "allow"
    together = [{MANIFEST}, {MANIFEST, "policies/floors.yaml"}]
    verdict = judged(base(), promoted(), *ENOUGH, diffs=together)
    assert [rule for rule, _, _ in against(verdict)] == ["mixed-change"]


def test_t82_a_demand_is_not_loosened_in_the_step_that_profits() -> None:
    verdict = judged(base(), replaced(promoted(), f"{SCOPE}/canary.yaml", "weight: 10", "weight: 49"))
    loosened = "`canary` (canary of production: steps: entry 1: weight 10 -> 49)"
    message = f"{loosened} shares a step with `promotion` (production: 1.0.0 -> 1.1.0)"
    assert against(verdict) == [("mixed-change", "fail", message)]


def test_a_demand_that_is_loosened_in_another_model_is_no_matter_of_this_one() -> None:
    before = added()
    both = replaced(after(before), f"{NEW}/canary.yaml", "weight: 10", "weight: 49")
    assert against(judged(before, both)) == []


def test_what_cannot_be_told_of_a_change_denies_and_asks_nobody() -> None:
    verdict = judged(base(), replaced(promoted(), MANIFEST, "tier: medium", "tier: [medium"), *ENOUGH)
    assert verdict.answer == "deny"
    (told,) = [one for one in verdict.denying if one.rule == "change-classified"]
    assert told.finding.message.startswith(f"what changes in {SCOPE} cannot be told: {MANIFEST}:")
    assert (told.finding.place, told.model, told.finding.verdict) == (Place(MANIFEST), MODEL, "fail")
    assert told.remedy
    assert [one.rule for one in verdict.judgement.findings] == ["change-classified", "readable"]
    assert (verdict.changes, verdict.proposals, verdict.requirements) == ((), (), ())
    assert verdict.blocked_scopes == {SCOPE}


def test_t51_a_model_that_is_gone_is_denied() -> None:
    gone = without(base(), *(path for path in base() if path.startswith(f"{SCOPE}/")))
    verdict = judged(base(), gone)
    assert verdict.answer == "deny"
    assert against(verdict) == [
        ("change-classified", "fail", f"what changes in {SCOPE} cannot be told: {SCOPE} is gone")
    ]
    assert verdict.denying[0].remedy == f"restore it; `modelward model retire {MODEL}` ends a model"


def test_a_field_that_nobody_has_given_a_kind_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(manifest_changes.MANIFEST, "sponsor")
    changed = replaced(promoted(), MANIFEST, "sponsor: head-of-credit", "sponsor: head-of-risk")
    verdict = judged(base(), changed, *ENOUGH)
    assert verdict.answer == "error"
    what = f"no kind of change covers `sponsor` of {MANIFEST}"
    assert against(verdict) == [("change-classified", "error", f"what changes in {SCOPE} cannot be told: {what}")]
    assert verdict.denying[0].remedy == "take it out of the change, and report it"
    assert (verdict.changes, verdict.requirements) == ((), ())


def test_one_scope_that_cannot_be_told_hides_nothing_of_the_others() -> None:
    before = added()
    both = replaced(after(before), f"{NEW}/manifest.yaml", "tier: medium", "tier: [medium")
    verdict = judged(before, both)
    assert [change.scope for change in verdict.changes] == [SCOPE]
    assert [state.scope for state in verdict.requirements] == [SCOPE]


def test_t26_a_record_of_the_base_is_neither_altered_nor_taken_away() -> None:
    old = LEAD.filed(base(), promoted())
    (path, signature_path) = sorted(old)
    before = {**promoted(), **old}
    for changed, gone in (
        (without(before, signature_path), "is gone"),
        (replaced(before, path, '"comment": ""', '"comment": "."'), "differs"),
        (without(before, path, signature_path), "is gone"),
    ):
        verdict = judged(before, changed)
        assert verdict.answer == "deny"
        messages = [(rule, said) for rule, _, said in against(verdict) if "what was signed stays" in said]
        assert set(messages) == {("signoff-records", f"the record {gone}; what was signed stays")}
        assert {one.remedy for one in verdict.denying if "stays" in one.finding.message} == {"restore it"}


STRAY = "remove it; nothing else may be named `signoffs`"
MISPLACED = "remove it; `modelward sign` writes records, and nothing else may be named `signoffs`"


@pytest.mark.parametrize(
    "path",
    [
        f"{SCOPE}/releases/1.1.0/signoffs/x.json",
        f"{SCOPE}/SIGNOFFS/x.json",
        "environments/signoffs",
        "signoffs/x.json",
        f"{SCOPE}/signoffs/run.py",
    ],
)
def test_t81_nothing_else_is_called_signoffs(path: str) -> None:
    verdict = judged(base(), {**promoted(), path: b"{}\n"}, *ENOUGH)
    assert verdict.answer == "deny"
    stray = [one for one in verdict.denying if one.rule == "signoff-records" and one.finding.place == Place(path)]
    assert ("no sign-off record can stand here", STRAY) in [(one.finding.message, one.remedy) for one in stray]


def test_t81_what_stands_under_the_name_of_a_record_is_one() -> None:
    name = f"{SCOPE}/signoffs/{'0' * 12}/lead-1-{'0' * 8}.json"
    misnamed = (name, "is no sign-off record of the name that it has")
    for path, what in (misnamed, (f"{name}.sig", "is the signature of no record")):
        verdict = judged(base(), {**promoted(), path: b"{}\n"}, *ENOUGH)
        assert against(verdict) == [("signoff-records", "fail", f"the file {what}")]
        assert verdict.denying[0].remedy == MISPLACED
        assert verdict.denying[0].finding.place == Place(path)


def possession(holder: str, key: str, changed: Files, **said: Any) -> Files:
    """The statement that somebody holds a key, in one content of the file of people."""
    digest = content_digest(MemorySource("", said.pop("of", changed)), Scope(PEOPLE), ())
    by, namespace = said.pop("by", key), said.pop("namespace", "modelward-possession")
    document = {
        "_type": STATEMENT,
        "subject": [{"name": said.pop("scope", PEOPLE), "digest": {"sha256": digest}}],
        "predicateType": "https://modelward.example/possession/v1",
        "predicate": {
            "repository": "acme/example",
            "person": holder,
            "fingerprint": parse_key(public(key)).fingerprint,
            "nonce": "9" * 32,
            **said,
        },
    }
    return files_of(document, signature_of(document, by, namespace))


def with_new_key(name: str = "spare") -> Files:
    """The file of people, in which lead-2 has got a new key."""
    return replaced(base(), PEOPLE, public("lead-2"), public(name))


OWNERS = (
    Record("owner-2", "policy-owner", "propose"),
    Record("owner-1", "policy-owner"),
    Record("board-1", "governance-board"),
)


def people_verdict(changed: Files, *statements: Files, **more: Any) -> Verdict:
    filed = dict(changed)
    for record in OWNERS:
        filed |= record.filed(base(), changed, PEOPLE)
    for statement in statements:
        filed |= statement
    return judged(base(), filed, **more)


UNHELD = ("key-possession", "fail", "nobody has shown to hold this key of `lead-2`")


def test_a_new_key_whose_holder_has_shown_it_is_allowed() -> None:
    changed = with_new_key()
    verdict = people_verdict(changed, possession("lead-2", "spare", changed))
    assert (against(verdict), verdict.answer) == ([], "allow")


def test_t02_a_new_key_that_nobody_has_shown_is_denied() -> None:
    verdict = people_verdict(with_new_key())
    assert (against(verdict), verdict.answer) == ([UNHELD], "deny")
    (one,) = verdict.denying
    assert one.remedy == "let them run `modelward sign --possession --as lead-2 --key FILE`"
    assert one.finding.place == snapshot(with_new_key()).people.place("people", "lead-2", "keys", 0, "key")


WRONGLY_SHOWN: dict[str, Mapping[str, Any]] = {
    "in another repository": {"repository": "acme/other"},
    "of another fingerprint": {"fingerprint": "SHA256:x"},
    "by another key": {"by": "lead-2"},
    "for another use": {"namespace": "modelward-signoff"},
    "in other content": {"of": base()},
}


@pytest.mark.parametrize("what", WRONGLY_SHOWN)
def test_a_key_that_is_shown_wrongly_is_not_shown(what: str) -> None:
    changed = with_new_key()
    verdict = people_verdict(changed, possession("lead-2", "spare", changed, **WRONGLY_SHOWN[what]))
    assert against(verdict) == [UNHELD]


def test_a_key_is_shown_for_the_person_who_gets_it() -> None:
    changed = with_new_key()
    assert against(people_verdict(changed, possession("lead-1", "spare", changed))) == [UNHELD]


def test_a_statement_without_its_signature_shows_nothing_and_a_second_one_may() -> None:
    changed = with_new_key()
    shown = possession("lead-2", "spare", changed)
    bare = {path: data for path, data in shown.items() if not path.endswith(".sig")}
    assert against(people_verdict(changed, bare)) == [UNHELD]
    wrong = possession("lead-2", "spare", changed, by="lead-2", nonce="1" * 32)
    good = possession("lead-2", "spare", changed, nonce="2" * 32)
    assert against(people_verdict(changed, wrong, good)) == []


def test_a_known_key_that_moves_to_somebody_else_must_be_shown_by_them() -> None:
    changed = replaced(base(), PEOPLE, public("lead-2"), public("officer-1"))
    assert against(people_verdict(changed)) == [UNHELD]


def test_a_key_that_is_only_revoked_or_gone_needs_no_statement() -> None:
    assert against(people_verdict(with_key('"2028-01-01T00:00:00Z"', '"2027-01-01T00:00:00Z"'))) == []
    assert against(people_verdict(replaced(base(), PEOPLE, f"[{entry('lead-2')}]", "[]"))) == []


def test_t22_a_new_key_that_is_weak_is_denied_and_the_others_are_still_asked_for() -> None:
    weak = replaced(with_new_key("x"), PEOPLE, public("lead-1"), "ssh-dss AAAA")
    verdict = people_verdict(weak)
    assert [(rule, said) for rule, _, said in against(verdict)][:2] == [
        ("key-possession", "keys of the kind `ssh-dss` are not allowed"),
        ("key-possession", "nobody has shown to hold this key of `lead-2`"),
    ]
    assert verdict.denying[0].remedy.startswith("allowed are ssh-ed25519")
    assert verdict.denying[0].finding.place == snapshot(weak).people.place("people", "lead-1", "keys", 0, "key")


def test_people_that_cannot_be_read_are_denied() -> None:
    verdict = people_verdict({**base(), PEOPLE: b"schema: [\n"})
    assert verdict.answer != "allow"
    assert {rule for rule, _, _ in against(verdict)} == {"readable"}


def test_t09_a_base_without_its_policies_judges_nothing() -> None:
    before = without(base(), SIGNOFF)
    with pytest.raises(CannotEvaluate, match=r"has no policies/signoff\.yaml"):
        judged(before, after(before))


def test_an_engine_that_the_policy_does_not_allow_judges_nothing() -> None:
    before = replaced(base(), "policies/policy.yaml", '">=0.1,<1"', '">=7"')
    with pytest.raises(CannotEvaluate, match="allows the engine >=7"):
        judged(before, after(before))


def test_a_base_that_cannot_be_read_judges_nothing() -> None:
    before = {**base(), SIGNOFF: b"schema: [\n"}
    with pytest.raises(Unreadable):
        judged(before, after(before))


ORGANISATION: dict[str, tuple[str, str]] = {
    "policies/floors.yaml": ("policies", "policy"),
    PEOPLE: (PEOPLE, "people"),
    "validators/identity/x.py": ("validators", "validators"),
    "environments/production.yaml": ("environments/production.yaml", "environment"),
    "Makefile": ("repository", "repository"),
}


BY_THE_BOARD = ("policy", "people", "validators")


@pytest.mark.parametrize("path", ORGANISATION)
def test_what_is_no_model_is_signed_as_a_scope_of_its_own(path: str) -> None:
    scope, kind = ORGANISATION[path]
    changed = {**base(), path: base().get(path, b"") + b"# words\n"}
    verdict = judged(base(), changed)
    assert verdict.changes == (Change(scope, kind, f"{path} differs", Place(path)),)  # type: ignore[arg-type]
    assert [proposal.scope for proposal in verdict.proposals] == [scope]
    assert [(state.scope, [slot.role for slot in state.slots]) for state in verdict.requirements] == [
        (
            scope,
            ["policy-owner", "governance-board"] if kind in ("policy", "people", "validators") else ["policy-owner"],
        )
    ]
    records = [Record("owner-2", "policy-owner", "propose"), Record("owner-1", "policy-owner")]
    filed = dict(changed)
    for record in (*records, Record("board-1", "governance-board")):
        filed |= record.filed(base(), changed, scope)
    again = judged(base(), filed)
    assert [state.satisfied for state in again.requirements] == [True]
    assert again.proposals[0].by == ("owner-2",)


def test_what_the_rules_of_the_base_find_denies() -> None:
    changed = replaced(promoted(), f"{SCOPE}/retention.yaml", "schema: retention/v1", "schema: retention/v2")
    verdict = judged(base(), changed, *ENOUGH)
    assert ("readable", "fail") in [(rule, answer) for rule, answer, _ in against(verdict)]
    assert verdict.answer == "deny"


def test_a_verdict_of_an_earlier_time_counts_the_signatures_as_of_then() -> None:
    soon = datetime.fromisoformat("2026-11-30T23:59:59Z")
    assert judged(base(), promoted(), *ENOUGH, now=soon).answer == "allow"
    assert judged(base(), promoted(), *ENOUGH, now=soon + timedelta(seconds=1)).answer == "deny"
    assert judged(base(), promoted(), *ENOUGH, now=NOW - timedelta(hours=13)).answer == "deny"


def test_a_dismissed_record_is_named_once_with_its_path() -> None:
    record = Record("board-1", "team-lead")
    verdict = judged(base(), promoted(), *ENOUGH, record)
    (path, _) = sorted(record.filed(base(), promoted()))
    why = "`board-1` does not hold the role `team-lead`"
    assert verdict.dismissed == (Dismissed(path, PersonName("board-1"), why),)


def test_the_people_of_the_example_are_those_whom_the_tests_name() -> None:
    assert set(PERSONS) == step(base(), promoted()).base.people.spec.people.keys()


def test_decide_asks_the_step_and_nothing_else() -> None:
    one = step(base(), signed(base(), promoted(), *ENOUGH))
    assert decide(one, ()).answer == decide(one, ()).answer == "allow"
