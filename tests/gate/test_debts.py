"""What one person did alone: what it leaves to be looked at, who may look at it, and what waits until somebody has."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from governed import MANIFEST
from inmemory import (
    ENOUGH,
    NOW,
    PEOPLE,
    SCOPE,
    Files,
    Record,
    base,
    entry,
    files_of,
    judged,
    replaced,
    signature_of,
    signed,
    step,
)
from modelward.gate.authorship import Commit
from modelward.gate.debts import incurred, owed, unpaid
from modelward.gate.deciding import decide
from modelward.gate.fields import Change
from modelward.gate.scopes import Scope, content_digest
from modelward.gate.step import Step
from modelward.gate.verdict import Verdict
from modelward.specs.ledger import Debt
from modelward.specs.scalars import ModelName, PersonName, RoleName
from modelward.tree.memory import MemorySource
from modelward.tree.place import Place

OTHER = Scope("models/other-score")
PRODUCTION = 'production: {release: "1.0.0"'
OFF = replaced(base(), MANIFEST, PRODUCTION, f"{PRODUCTION}, ml_enabled: false")
WROTE = Commit("a" * 40, "engineer-2@example.org", (), (MANIFEST,))
PROPOSED = Record("engineer-2", "on-call", "propose", nonce="4" * 32)
ALONE = Record("engineer-2", "on-call", nonce="5" * 32, said={"signedAt": "2026-11-21T01:00:00Z"})
OF_ANOTHER = Record("lead-1", "team-lead")
SIGNED_AT = datetime(2026, 11, 21, tzinfo=UTC)
ALONE_AT = SIGNED_AT + timedelta(hours=1)
SINCE, COMMIT = "b" * 40, "c" * 40


def digest(files: Files, scope: Scope = SCOPE) -> str:
    return content_digest(MemorySource("", files), scope, ("*.md",))


def debt(**more: Any) -> Debt:
    """What engineer-2 owes for switching the model off."""
    facts: dict[str, Any] = {
        "model": ModelName("credit-score"),
        "since": SINCE,
        "commit": COMMIT,
        "before": digest(base()),
        "after": digest(OFF),
        "requirement": "rollback",
        "roles": (RoleName("on-call"), RoleName("team-lead")),
        "by": (PersonName("engineer-2"),),
        "signed": SIGNED_AT,
        "at": NOW,
        "due": NOW + timedelta(days=5),
    }
    return Debt.model_construct(**facts | more)


def switched_off(*records: Record) -> tuple[Step, Verdict]:
    """The model is switched off by engineer-2, under some records."""
    one = step(base(), signed(base(), OFF, *records), commits=[WROTE])
    return one, decide(one, ())


def left(one: Step, verdict: Verdict) -> list[Debt]:
    return list(incurred(one, verdict, SINCE, COMMIT, NOW))


def test_what_one_person_signed_alone_is_left_to_be_looked_at() -> None:
    one, verdict = switched_off(PROPOSED, ALONE)
    assert verdict.answer == "allow"
    assert left(one, verdict) == [debt(signed=ALONE_AT)]


def test_what_somebody_without_a_part_in_it_signed_too_leaves_nothing() -> None:
    for records in ((PROPOSED, OF_ANOTHER), (PROPOSED, ALONE, OF_ANOTHER)):
        one, verdict = switched_off(*records)
        assert (verdict.answer, left(one, verdict)) == ("allow", [])


def test_a_proposal_is_the_word_of_one_person_too() -> None:
    one, verdict = switched_off(PROPOSED)
    assert (verdict.answer, left(one, verdict)) == ("allow", [debt()])


def test_what_nobody_signed_leaves_nothing() -> None:
    one, verdict = switched_off()
    assert (verdict.answer, left(one, verdict)) == ("deny", [])


def test_what_two_signed_who_both_had_a_part_in_it_is_owed_by_both() -> None:
    by_lead = replace(WROTE, id="d" * 40, author="lead-1@example.org")
    one = step(base(), signed(base(), OFF, PROPOSED, ALONE, OF_ANOTHER), commits=[WROTE, by_lead])
    (found,) = left(one, decide(one, ()))
    assert found.by == ("engineer-2", "lead-1")


def test_without_a_time_for_it_a_second_look_is_never_overdue() -> None:
    one, verdict = switched_off(PROPOSED, ALONE)
    (state,) = verdict.requirements
    timeless = replace(state, requirement=state.requirement.model_copy(update={"review_within": None}))
    assert left(one, replace(verdict, requirements=(timeless,))) == [debt(signed=ALONE_AT, due=None)]


def test_only_of_models_anything_is_left() -> None:
    one, verdict = switched_off(PROPOSED, ALONE)
    (state,) = verdict.requirements
    elsewhere = replace(state, scope=Scope("policies"))
    assert left(one, replace(verdict, requirements=(elsewhere, state))) == [debt(signed=ALONE_AT)]


def paid_by(*records: Record, filed: Files | None = None, before: Files | None = None, of: Any = None) -> bool:
    """Whether records that stand after some later change pay a debt."""
    stands = dict(base() if before is None else before)
    for record in records:
        stands |= record.filed(base(), OFF)
    stands |= filed or {}
    later = step(base() if before is None else before, stands)
    owing = debt() if of is None else of
    found = unpaid(later, [owing])
    assert found in ([], [owing])
    return not found


def test_what_was_looked_at_when_the_same_was_done_before_pays_for_nothing() -> None:
    assert paid_by(OF_ANOTHER, of=debt(signed=SIGNED_AT))
    assert not paid_by(OF_ANOTHER, of=debt(signed=SIGNED_AT + timedelta(seconds=1)))


def test_another_who_signs_what_was_done_pays() -> None:
    assert paid_by(OF_ANOTHER)
    assert paid_by(Record("lead-2", "team-lead"))
    assert paid_by(ALONE, OF_ANOTHER)
    assert not paid_by()


def test_whoever_did_it_does_not_pay() -> None:
    assert not paid_by(ALONE)
    both = debt(by=(PersonName("engineer-2"), PersonName("lead-1")))
    assert not paid_by(OF_ANOTHER, of=both)
    assert paid_by(Record("lead-2", "team-lead"), of=both)


@pytest.mark.parametrize("decision", ["propose", "reject"])
def test_only_a_yes_pays(decision: str) -> None:
    assert not paid_by(Record("lead-1", "team-lead", decision))


def test_only_a_role_that_could_have_signed_pays_and_only_whoever_holds_it() -> None:
    assert not paid_by(Record("engineer-1", "ml-engineer"))
    assert paid_by(Record("engineer-1", "ml-engineer"), of=debt(roles=(RoleName("ml-engineer"),)))
    assert not paid_by(Record("engineer-1", "team-lead"))


def test_only_a_sign_off_of_what_was_done_then_pays() -> None:
    words = {**OFF, f"{SCOPE}/notes.txt": b"Words.\n"}
    assert not paid_by(filed=OF_ANOTHER.filed(base(), words))
    assert not paid_by(filed=OF_ANOTHER.filed(words, OFF))
    assert not paid_by(filed=OF_ANOTHER.filed(OFF, base()))
    assert paid_by(filed=OF_ANOTHER.filed(words, OFF), of=debt(before=digest(words)))
    assert not paid_by(OF_ANOTHER, of=debt(before="0" * 64))
    assert not paid_by(OF_ANOTHER, of=debt(after="0" * 64))


def test_only_a_record_of_the_same_model_pays() -> None:
    document = Record("officer-1", "bsa-officer").document(OTHER, digest(base()), digest(OFF))
    elsewhere = files_of(document, signature_of(document, "officer-1"))
    roles = (RoleName("bsa-officer"),)
    assert paid_by(filed=elsewhere, of=debt(model=ModelName("other-score"), roles=roles))
    assert not paid_by(filed=elsewhere, of=debt(roles=roles))
    assert not paid_by(OF_ANOTHER, of=debt(model=ModelName("other-score")))


def test_only_a_signature_that_counts_pays() -> None:
    assert not paid_by(Record("lead-1", "team-lead", by="stranger"))
    assert not paid_by(Record("lead-1", "team-lead", said={"repository": "acme/other"}))
    bare = {path: data for path, data in OF_ANOTHER.filed(base(), OFF).items() if path.endswith(".json")}
    assert not paid_by(filed=bare)
    expired = replaced(base(), PEOPLE, entry("lead-1"), entry("lead-1").replace("2028-01-01", "2026-11-01"))
    assert not paid_by(OF_ANOTHER, before=expired)


def test_a_record_that_was_merged_long_ago_pays() -> None:
    before = {**base(), **OF_ANOTHER.filed(base(), OFF)}
    assert paid_by(before=before)


def test_what_is_owed_is_told_debt_by_debt() -> None:
    other = debt(model=ModelName("other-score"), commit="d" * 40)
    older = debt(commit="e" * 40, after="0" * 64)
    stands = {**base(), **OF_ANOTHER.filed(base(), OFF)}
    assert unpaid(step(base(), stands), [older, debt(), other]) == [older, other]


def test_where_nothing_is_owed_nothing_is_read() -> None:
    assert unpaid(step({}, {}), []) == []


def change(kind: Any = "promotion", model: str | None = "credit-score") -> Change:
    return Change(SCOPE, kind, "x", Place(MANIFEST), None if model is None else ModelName(model))


def against(*changes: Change, debts: Any = None) -> list[tuple[str, str]]:
    """What is owed against some changes: the rule, and the message."""
    one = step(base(), base(), debts=debts or (lambda model: [debt()] if model == "credit-score" else []))
    return [(judged.rule, judged.finding.message) for judged in owed(one, changes)]


SAID = (
    "review-owed",
    f"engineer-2 alone signed commit {COMMIT[:12]} (`rollback`), and nobody else has signed it since",
)


def test_a_promotion_waits_until_somebody_has_looked() -> None:
    assert against(change()) == [SAID]
    assert against(change("hold"), change()) == [SAID]


def test_nothing_but_a_promotion_of_that_model_waits() -> None:
    assert against(change("rollback"), change("fallback"), change("enable")) == []
    assert against(change(model="other-score"), change(model=None)) == []
    assert against() == []


def test_every_debt_is_told_for_every_promotion() -> None:
    two = [debt(), debt(commit="d" * 40, by=(PersonName("engineer-1"), PersonName("engineer-2")))]
    told = against(change(), change(), debts=lambda _model: two)
    both = f"engineer-1, engineer-2 alone signed commit {'d' * 12} (`rollback`), and nobody else has signed it since"
    assert told == [SAID, ("review-owed", both)] * 2


def test_what_is_owed_names_the_model_the_place_and_who_can_help() -> None:
    (found,) = owed(step(base(), base(), debts=lambda _model: [debt()]), [change()])
    assert (found.model, found.finding.place, found.finding.verdict) == ("credit-score", Place(MANIFEST), "fail")
    assert found.denies
    assert found.remedy == f"let another on-call or team-lead run `modelward sign --review {COMMIT[:12]}`"


def test_t75_the_gate_denies_the_promotion_until_the_record_is_filed() -> None:
    staged = replaced(OFF, MANIFEST, 'staging: {release: "1.1.0"}', 'staging: {release: "1.2.0"}')
    denied = judged(OFF, staged, *ENOUGH, debts=lambda _model: [debt()])
    assert [one.rule for one in denied.denying] == ["review-owed"]
    assert denied.judgement.findings[0].rule == "review-owed"
    with_record = {**staged, **OF_ANOTHER.filed(base(), OFF)}
    assert judged(OFF, {**with_record, **signed(OFF, staged, *ENOUGH)}, debts=lambda _model: [debt()]).answer == "allow"
