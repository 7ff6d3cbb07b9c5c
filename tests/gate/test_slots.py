"""Requirements and their slots: which apply to a change, who fills them, and who cannot."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inmemory import SCOPE, Record, base, bytes_of, path_of, snapshot
from modelward.gate.fields import Change
from modelward.gate.records import Counted, Stale, filed
from modelward.gate.slots import (
    RequirementState,
    Said,
    Sides,
    SlotState,
    Voices,
    applies,
    requirements_for,
    said_by,
    uncovered,
)
from modelward.specs.record import SignoffRecord
from modelward.specs.scalars import EnvironmentName, PersonName, RoleName
from modelward.specs.signoff import Condition, Requirement
from modelward.tree.place import Place

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MANIFEST = snapshot(base()).model("credit-score").manifest.spec


def sides(*both: Mapping[str, Any]) -> Sides:
    return Sides(tuple(MANIFEST.model_copy(update=dict(one)) for one in both))


MEDIUM, HIGH, NONE = {"tier": "medium"}, {"tier": "high"}, {"tier": None}


def test_the_tiers_are_those_of_both_sides_and_unknown_if_one_has_none() -> None:
    assert sides().tiers() == frozenset()
    assert sides(MEDIUM).tiers() == frozenset({"medium"})
    assert sides(MEDIUM, HIGH).tiers() == frozenset({"medium", "high"})
    assert sides(MEDIUM, NONE).tiers() is None
    assert sides(NONE).tiers() is None


BSA, GDPR, NEITHER, UNKNOWN = ({"compliance": one} for one in (("bsa",), ("gdpr",), (), None))


def test_the_regimes_are_those_of_both_sides_and_unknown_if_one_has_none() -> None:
    assert sides().regimes() == frozenset()
    assert sides(BSA, GDPR).regimes() == frozenset({"bsa", "gdpr"})
    assert sides(BSA, NEITHER).regimes() == frozenset({"bsa"})
    assert sides(NEITHER).regimes() == frozenset()
    assert sides(BSA, UNKNOWN).regimes() is None
    assert sides(UNKNOWN, BSA).regimes() is None


def change(kind: Any = "promotion", environment: str | None = "production") -> Change:
    return Change(
        SCOPE, kind, "x", Place("x"), environment=None if environment is None else EnvironmentName(environment)
    )


def condition(**fields: Any) -> Condition:
    return Condition.model_validate(fields)


BOTH = {"tier": "medium", "compliance": ("bsa",)}
CASES: list[tuple[Condition, Change, Sides, bool]] = [
    (condition(), change(), sides(), True),
    (condition(change=("promotion",)), change(), sides(), True),
    (condition(change=("rollback", "promotion")), change(), sides(), True),
    (condition(change=("rollback",)), change(), sides(MEDIUM), False),
    (condition(environment=("production",)), change(), sides(), True),
    (condition(environment=("staging",)), change(), sides(), False),
    (condition(environment=("staging",)), change(environment=None), sides(), False),
    (condition(tier=("medium",)), change(), sides(MEDIUM), True),
    (condition(tier=("high",)), change(), sides(MEDIUM), False),
    (condition(tier=("high",)), change(), sides(MEDIUM, HIGH), True),
    (condition(tier=("high",)), change(), sides(HIGH, MEDIUM), True),
    (condition(tier=("high",)), change(), sides(MEDIUM, NONE), True),
    (condition(tier=("high",)), change(), sides(), False),
    (condition(compliance=("bsa",)), change(), sides(BSA), True),
    (condition(compliance=("bsa",)), change(), sides(GDPR), False),
    (condition(compliance=("bsa",)), change(), sides(NEITHER, BSA), True),
    (condition(compliance=("bsa",)), change(), sides(UNKNOWN), True),
    (condition(compliance=("bsa",)), change(), sides(), False),
    (condition(tier=("medium",), compliance=("bsa",)), change(), sides(BOTH), True),
    (condition(tier=("high",), compliance=("bsa",)), change(), sides(BOTH), False),
    (condition(tier=("medium",), compliance=("gdpr",)), change(), sides(BOTH), False),
    (condition(tier=("medium",), change=("rollback",)), change(), sides(BOTH), False),
    (condition(tier=("medium",), environment=("staging",)), change(), sides(BOTH), False),
]


@pytest.mark.parametrize(("when", "one", "of", "covered"), CASES)
def test_a_condition_covers_a_change_if_every_list_that_is_given_holds_its_value(
    when: Condition, one: Change, of: Sides, covered: bool
) -> None:
    assert applies(when, one, of) == covered


def requirement(name: str = "some", **fields: Any) -> Requirement:
    form = {} if "any" in fields else {"all": ({"role": "lead"},)}
    return Requirement.model_validate({"name": name, "when": {}, **form, **fields})


PROMOTION = requirement("promotion", when={"change": ("promotion",)})
ANYTHING = requirement("anything")
NOTHING = requirement("nothing", when={"change": ("hold",)})


def test_all_requirements_that_match_apply_each_with_its_changes() -> None:
    one, other = change(), change("canary")
    found = requirements_for([one, other], [PROMOTION, NOTHING, ANYTHING], sides(MEDIUM))
    assert list(found) == [(PROMOTION, (one,)), (ANYTHING, (one, other))]


def test_a_change_that_no_requirement_matches_is_uncovered() -> None:
    one, other = change(), change("canary")
    assert list(uncovered([one, other], [NOTHING, PROMOTION], sides(MEDIUM))) == [other]
    assert list(uncovered([one, other], [PROMOTION, ANYTHING], sides(MEDIUM))) == []
    assert list(uncovered([one], [], sides(MEDIUM))) == [one]


def test_a_change_is_covered_by_what_its_model_is() -> None:
    high = requirement("high", when={"tier": ("high",)})
    assert list(uncovered([change()], [high], sides(MEDIUM))) == [change()]
    assert list(uncovered([change()], [high], sides(MEDIUM, HIGH))) == []
    assert list(requirements_for([change()], [high], sides(MEDIUM))) == []


P = PersonName


def said(person: str, role: str = "lead", *, days: float = 0, by: str = "signature") -> Said:
    return Said(P(person), RoleName(role), NOW - timedelta(days=days), by)


ROLES = {
    RoleName("lead"): frozenset(map(P, ("a", "b", "c"))),
    RoleName("engineer"): frozenset(map(P, ("a", "d"))),
}


def state(needed: Requirement, *voices: Said, **more: Any) -> RequirementState:
    facts: dict[str, Any] = {
        "said": voices,
        "stale": (),
        "parts": {},
        "roles": ROLES,
        "keyless": frozenset(),
        "now": NOW,
    }
    return Voices(**facts | more).state(needed, SCOPE, (change(),))


def slot(needed: Requirement, *voices: Said, **more: Any) -> SlotState:
    (one,) = state(needed, *voices, **more).slots
    return one


def test_a_state_names_its_requirement_scope_changes_and_every_slot() -> None:
    needed = requirement(all=({"role": "lead", "count": 2}, {"role": "engineer"}))
    found = state(needed)
    assert (found.requirement, found.scope, found.changes) == (needed, SCOPE, (change(),))
    assert [(one.role, one.need) for one in found.slots] == [("lead", 2), ("engineer", 1)]
    assert [one.role for one in state(requirement(any=({"role": "engineer"},))).slots] == ["engineer"]


def test_nobody_has_said_anything_and_every_holder_could() -> None:
    one = slot(requirement())
    assert (one.signed, one.stale, one.possible, one.excluded, one.filled) == ((), (), ("a", "b", "c"), {}, False)


def test_a_role_that_nobody_holds_is_filled_by_nobody() -> None:
    one = slot(requirement(all=({"role": "king"},)), said("a", "king"))
    assert (one.signed, one.possible, one.excluded) == ((), (), {})


def test_whoever_holds_the_role_and_speaks_in_it_fills_the_slot() -> None:
    one = slot(requirement(), said("c"), said("b"))
    assert (one.signed, one.possible, one.filled) == ((said("b"), said("c")), ("a",), True)


def test_whoever_does_not_hold_the_role_fills_nothing_and_is_not_named() -> None:
    one = slot(requirement(), said("d"))
    assert (one.signed, one.possible, one.excluded) == ((), ("a", "b", "c"), {})


def test_a_person_speaks_in_one_role_and_counts_in_no_other() -> None:
    one = slot(requirement(), said("a", "engineer"))
    assert (one.signed, one.possible, one.excluded) == ((), ("b", "c"), {"a": "speaks as engineer"})


@pytest.mark.parametrize(
    ("count", "voices", "filled"), [(1, "a", True), (2, "a", False), (2, "ab", True), (2, "abc", True)]
)
def test_a_slot_needs_as_many_people_as_it_says(count: int, voices: str, filled: bool) -> None:
    assert slot(requirement(all=({"role": "lead", "count": count},)), *map(said, voices)).filled == filled


@pytest.mark.parametrize(
    ("form", "voices", "satisfied"),
    [
        ("all", (), False),
        ("all", (said("b"),), False),
        ("all", (said("d", "engineer"),), False),
        ("all", (said("b"), said("d", "engineer")), True),
        ("any", (), False),
        ("any", (said("b"),), True),
        ("any", (said("d", "engineer"),), True),
    ],
)
def test_all_slots_are_needed_or_any(form: str, voices: tuple[Said, ...], satisfied: bool) -> None:
    fields: dict[str, Any] = {form: ({"role": "lead"}, {"role": "engineer"})}
    assert state(requirement(**fields), *voices).satisfied == satisfied


def test_a_requirement_without_slots_is_met_by_nobody() -> None:
    for form in ("all", "any"):
        fields: dict[str, Any] = {form: ({"role": "lead"},)}
        assert not RequirementState(requirement(**fields), SCOPE, (), ()).satisfied


def test_whoever_had_a_part_in_the_change_fills_no_slot() -> None:
    one = slot(requirement(), said("a"), parts={P("a"): "wrote it", P("b"): "proposed it", P("d"): "wrote it"})
    assert (one.signed, one.possible) == ((), ("c",))
    assert one.excluded == {"a": "wrote it", "b": "proposed it"}


MAY_SIGN = requirement(proposer="may-sign", review_within="5d")


def test_where_the_proposer_may_sign_a_part_excludes_nobody() -> None:
    one = slot(MAY_SIGN, said("a"), parts={P("a"): "wrote it", P("b"): "proposed it"})
    assert (one.signed, one.possible, one.excluded) == ((said("a"),), ("b", "c"), {})


EITHER = requirement(proposer="may-sign", review_within="5d", any=({"role": "engineer"}, {"role": "lead"}))


def test_those_who_signed_are_named_as_alone_only_if_all_had_a_part_in_the_change() -> None:
    parts = {P("a"): "wrote it", P("d"): "proposed it"}
    assert state(EITHER, said("a"), parts=parts).alone == ("a",)
    assert state(EITHER, said("d", "engineer"), said("a"), parts=parts).alone == ("a", "d")
    assert state(EITHER, said("a"), said("b"), parts=parts).alone == ()
    assert state(EITHER, said("b"), parts=parts).alone == ()
    assert state(EITHER, parts=parts).alone == ()
    assert state(EITHER, said("a"), said("d"), parts=parts).alone == ("a",)
    assert state(requirement(), said("a"), said("b"), parts=parts).alone == ()
    assert RequirementState(EITHER, SCOPE, (), ()).alone == ()


@pytest.mark.parametrize(("days", "counts"), [(0, True), (13.9, True), (14, True), (14.00001, False)])
def test_a_word_counts_as_long_as_the_requirement_says(days: float, counts: bool) -> None:
    one = slot(requirement(max_age="14d"), said("a", days=days))
    assert one.excluded == ({} if counts else {"a": "signed longer than 14d ago"})
    assert bool(one.signed) == counts
    assert slot(requirement(), said("a", days=days)).filled


def test_age_binds_also_whoever_may_sign_their_own_proposal() -> None:
    old = requirement(proposer="may-sign", review_within="5d", max_age="1d")
    assert slot(old, said("a", days=2)).excluded == {"a": "signed longer than 1d ago"}


REVIEWS = requirement(accept=("signature", "review"))


def test_a_review_counts_only_where_reviews_are_accepted_and_takes_nobody_out_elsewhere() -> None:
    review = said("a", by="review")
    assert slot(REVIEWS, review).signed == (review,)
    one = slot(requirement(), review)
    assert (one.signed, one.possible, one.excluded) == ((), ("a", "b", "c"), {})
    assert slot(requirement(accept=("signature",)), review).signed == ()


def test_a_review_that_is_not_heard_keeps_nobody_else_from_signing() -> None:
    for voices in ((said("a", by="review"), said("b")), (said("d"), said("b"))):
        assert slot(requirement(), *voices).signed == (said("b"),)


def test_a_signature_where_only_reviews_are_accepted_says_so() -> None:
    one = slot(requirement(accept=("review",)), said("a"))
    assert one.excluded == {"a": "said so by signature; needed is review"}
    assert (one.signed, one.possible) == ((), ("b", "c"))


def test_somebody_without_a_key_can_say_yes_only_where_reviews_are_accepted() -> None:
    keyless = frozenset({P("a"), P("d")})
    one = slot(requirement(), keyless=keyless)
    assert (one.possible, one.excluded) == (("b", "c"), {"a": "has no valid key in policies/people.yaml"})
    assert slot(REVIEWS, keyless=keyless).possible == ("a", "b", "c")
    assert slot(requirement(), keyless=keyless, parts={P("a"): "wrote it"}).excluded == {"a": "wrote it"}
    may = slot(MAY_SIGN, keyless=keyless, parts={P("a"): "wrote it"})
    assert may.excluded == {"a": "has no valid key in policies/people.yaml"}


def recorded(role: str) -> Stale:
    document = Record("lead-1", role).document(SCOPE, "b" * 64, "a" * 64)
    found = filed(path_of(document), bytes_of(document), None)
    assert found is not None
    assert isinstance(found.record, SignoffRecord)
    return Stale(found, found.record, base_moved=False)


def test_what_is_stale_is_shown_beside_the_slot_of_its_role() -> None:
    lead, engineer = recorded("lead"), recorded("engineer")
    found = state(requirement(all=({"role": "lead"}, {"role": "engineer"})), stale=(engineer, lead))
    assert [one.stale for one in found.slots] == [(lead,), (engineer,)]


def test_a_record_says_who_speaks_in_which_role_and_since_when() -> None:
    stale = recorded("lead")
    at = datetime(2026, 11, 21, tzinfo=UTC)
    assert said_by(Counted(stale.filed, stale.record)) == Said(P("lead-1"), RoleName("lead"), at, "signature")
