"""What the reviews of a pull request say, told from the reviews themselves: whose they are, and whether they count."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inmemory import PEOPLE as FILE
from inmemory import PROPOSED, base, judged, replaced, snapshot
from modelward.forge.interface import Opinion, PullRequest, PullRequestName, Review
from modelward.gate.records import Dismissed
from modelward.gate.reviews import NO_REVIEWS, Reviewed, Reviews, read_reviews, spoken
from modelward.gate.slots import Said
from modelward.specs.scalars import PersonName, RoleName
from modelward.specs.signoff import Requirement

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HEAD, OLD = "a" * 40, "b" * 40
LOGINS = {"lead-1": "lead-1", "lead-2": "Second", "engineer-2": "both", "officer-1": "BOTH"}


def with_logins() -> Any:
    files = base()
    for name, login in LOGINS.items():
        files = replaced(files, FILE, f"  {name}: {{", f"  {name}: {{logins: {{github: {login}, gitlab: x}}, ")
    return snapshot(files).people.spec


PEOPLE = with_logins()


def review(login: str | None, opinion: Opinion = "approved", *, commit: str | None = HEAD, hour: int = 1) -> Review:
    return Review(login, opinion, commit, NOW - timedelta(hours=24 - hour), f"{login} {opinion} {hour}")


def reviews(*found: Review, forge: str = "github") -> Reviews:
    name = PullRequestName.parse(f"{forge}:acme/example#1")
    return read_reviews(PullRequest(name, HEAD, found), HEAD, PEOPLE)


def approved(*found: Review) -> list[str]:
    heard = reviews(*found)
    assert heard.ignored == ()
    return [one.person for one in heard.approving]


def ignored(*found: Review) -> list[tuple[str, str | None, str]]:
    heard = reviews(*found)
    assert heard.approving == ()
    return [(one.path, one.person, one.why) for one in heard.ignored]


def test_an_approval_of_the_head_by_somebody_on_record_counts() -> None:
    one = review("lead-1", hour=7)
    assert reviews(one) == Reviews((Reviewed(PersonName("lead-1"), one.at, "lead-1 approved 7"),), ())
    assert approved(review("LEAD-1"), review("second")) == ["lead-1", "lead-2"]


def test_nobody_has_said_anything() -> None:
    assert reviews() == NO_REVIEWS == Reviews((), ())


@pytest.mark.parametrize(
    ("found", "person", "why"),
    [
        (review("lead-1", "changes-requested"), "lead-1", "it asks for changes"),
        (review("lead-1", "dismissed"), "lead-1", "it was dismissed"),
        (review("lead-1", commit=OLD), "lead-1", f"it is of commit {OLD[:12]}, and {HEAD[:12]} is judged"),
        (review("lead-1", commit=None), "lead-1", f"it is of commit unknown, and {HEAD[:12]} is judged"),
        (review("stranger"), None, "`stranger` is the login of nobody in policies/people.yaml"),
        (review("both"), None, "`both` is the login of engineer-2 and officer-1"),
        (review("Both", "changes-requested"), None, "it asks for changes"),
    ],
)
def test_a_review_that_does_not_count_says_why(found: Review, person: str | None, why: str) -> None:
    assert ignored(found) == [(found.where, person, why)]


def test_what_somebody_whom_nobody_knows_does_not_approve_is_not_worth_a_word() -> None:
    assert ignored(review("stranger", "changes-requested"), review("critic", "dismissed"), review(None)) == []


def test_a_login_is_known_on_its_own_forge_alone() -> None:
    heard = reviews(review("lead-1"), forge="forgejo")
    assert (heard.approving, [one.person for one in heard.ignored]) == ((), [None])


def test_the_newest_review_of_a_login_counts_and_of_two_at_one_time_the_later() -> None:
    yes, no = review("lead-1", hour=3), review("Lead-1", "changes-requested", hour=2)
    assert approved(yes, no) == approved(no, yes) == ["lead-1"]
    assert approved(review("lead-1", "dismissed", hour=3), yes) == ["lead-1"]
    assert [why for _, _, why in ignored(yes, review("lead-1", "dismissed", hour=3))] == ["it was dismissed"]


def requirement(name: str, *roles: str, form: str = "all", **more: Any) -> Requirement:
    return Requirement.model_validate({"name": name, "when": {}, form: tuple({"role": one} for one in roles), **more})


ROLES = {
    RoleName("lead"): frozenset({PersonName("lead-1")}),
    RoleName("engineer"): frozenset({PersonName("lead-1"), PersonName("lead-2")}),
}
HEARS: Mapping[str, Any] = {"accept": ("signature", "review")}


def heard(person: str, *applying: Requirement, minutes: float = -60) -> tuple[Said | None, list[str]]:
    at = NOW + timedelta(minutes=minutes)
    said, unheard = spoken(Reviewed(PersonName(person), at, "where"), applying, ROLES, NOW)
    assert all((one.path, one.person) == ("where", person) for one in unheard)
    assert all(isinstance(one, Dismissed) for one in unheard)
    assert said is None or (said.person, said.at, said.by) == (person, at, "review")
    return said, [one.why for one in unheard]


def role_of(said: Said | None) -> str | None:
    return None if said is None else said.role


@pytest.mark.parametrize("form", ["all", "any"])
def test_a_review_speaks_in_the_one_role_that_is_asked_for(form: str) -> None:
    said, why = heard("lead-2", requirement("r", "engineer", "lead", form=form, **HEARS))
    assert (role_of(said), why) == ("engineer", [])


def test_a_review_by_somebody_of_no_or_of_several_roles_that_are_asked_for_says_nothing() -> None:
    assert heard("lead-2", requirement("r", "lead", "king", **HEARS)) == (
        None,
        ["`lead-2` holds none of the roles that are asked for"],
    )
    assert heard("lead-2")[1] == ["`lead-2` holds none of the roles that are asked for"]
    for asked in ([requirement("r", "lead", "engineer")], [requirement("r", "lead"), requirement("s", "engineer")]):
        assert heard("lead-1", *asked) == (
            None,
            ["`lead-1` could speak as engineer or lead, and a review names no role"],
        )


@pytest.mark.parametrize(("minutes", "counts"), [(-1, True), (5, True), (5.001, False)])
def test_t25_a_review_of_after_the_judgement_counts_for_nothing(minutes: float, counts: bool) -> None:
    said, why = heard("lead-2", requirement("r", "engineer", **HEARS), minutes=minutes)
    assert (said is not None) == counts
    assert why == ([] if counts else ["it was given after the time of this judgement"])


def test_requirements_of_that_role_that_take_signatures_alone_say_so() -> None:
    said, why = heard(
        "lead-2",
        requirement("open", "engineer", **HEARS),
        requirement("closed", "engineer"),
        requirement("either", "king", "engineer", form="any", accept=("signature",)),
        requirement("theirs", "lead"),
    )
    assert role_of(said) == "engineer"
    assert why == ["`closed` takes signatures alone", "`either` takes signatures alone"]


README = "models/credit-score/README.md"
WORDS = {**base(), README: b"How it is used.\n"}
BY_LEAD = Reviewed(PersonName("lead-1"), NOW - timedelta(hours=1), "where")


def heard_in_gate(files: Any, *records: Any, said: tuple[Reviewed, ...] = (BY_LEAD,)) -> Any:
    before = dict(base())
    form = "any: [{role: ml-engineer}, {role: team-lead}]}\n  - {name: demands"
    before = dict(
        replaced(before, "policies/signoff.yaml", form, form.replace("]}", "], accept: [signature, review]}", 1))
    )
    after = {**before, README: files[README]}
    stranger = Dismissed("there", None, "nobody")
    return judged(before, after, *records, reviews=Reviews(said, (stranger,)))


def test_the_gate_hears_a_review_and_names_what_it_did_not_hear() -> None:
    verdict = heard_in_gate(WORDS, PROPOSED)
    assert verdict.answer == "allow"
    assert [[(said.person, said.by) for said in slot.signed] for slot in verdict.requirements[0].slots] == [
        [],
        [("lead-1", "review")],
    ]
    assert [(one.path, one.why) for one in verdict.dismissed] == [("there", "nobody")]


def test_every_review_is_heard() -> None:
    other = Reviewed(PersonName("lead-2"), NOW, "where")
    owner = Reviewed(PersonName("owner-1"), NOW, "where")
    lead = heard_in_gate(WORDS, PROPOSED, said=(BY_LEAD, owner, other)).requirements[0].slots[1]
    assert [said.person for said in lead.signed] == ["lead-1", "lead-2"]


def test_a_signed_word_stands_above_a_review_of_the_same_person() -> None:
    from inmemory import Record

    verdict = heard_in_gate(WORDS, PROPOSED, Record("lead-1", "team-lead", "reject"))
    assert verdict.answer == "deny"
    assert not any(slot.signed for slot in verdict.requirements[0].slots)


def test_a_review_that_is_not_heard_in_a_scope_is_named_there() -> None:
    owner = Reviewed(PersonName("owner-1"), NOW, "where")
    verdict = heard_in_gate(WORDS, PROPOSED, said=(owner,))
    assert verdict.answer == "deny"
    assert [one.why for one in verdict.dismissed] == ["nobody", "`owner-1` holds none of the roles that are asked for"]


def test_whoever_proposed_or_wrote_it_does_not_review_it() -> None:
    engineer = Reviewed(PersonName("engineer-1"), NOW, "where")
    assert heard_in_gate(WORDS, said=(engineer,)).answer == "deny"
