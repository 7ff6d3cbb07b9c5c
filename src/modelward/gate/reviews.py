"""Reviews on a forge: a second way to say yes, for the requirements that accept it.

A review is of one commit and names no role. So it counts for exactly the commit that is judged, as the newest word of
whoever gave it, and for a person who holds exactly one of the roles that are asked for. What does not count is said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from modelward.forge.interface import PullRequest, Review
from modelward.gate.records import SKEW, Dismissed
from modelward.gate.slots import Said
from modelward.policy.people import Roles
from modelward.specs.policy import People
from modelward.specs.scalars import PersonName
from modelward.specs.signoff import Requirement


@dataclass(frozen=True)
class Reviewed:
    """A person on record approves exactly the commit that is judged; `where` is the address of the review."""

    person: PersonName
    at: datetime
    where: str


@dataclass(frozen=True)
class Reviews:
    """What was said on a forge: the approvals, and the reviews that count for nothing in any scope."""

    approving: tuple[Reviewed, ...] = ()
    ignored: tuple[Dismissed, ...] = ()


NO_REVIEWS = Reviews()
"""Where no forge is asked, nothing was said there."""


def read_reviews(found: PullRequest, commit: str, people: People) -> Reviews:
    """The reviews of a pull request, as far as they are of `commit` by people of the base."""
    holders = _holders(people, found.name.of.forge)
    approving, ignored = [], []
    for review in _newest(found.reviews):
        persons = holders.get((review.login or "").casefold(), ())
        person = persons[0] if len(persons) == 1 else None
        why = _why_not(review, commit, persons)
        if not why:
            assert person is not None
            approving.append(Reviewed(person, review.at, review.where))
        elif persons or review.opinion == "approved":
            ignored.append(Dismissed(review.where, person, why))
    return Reviews(tuple(approving), tuple(ignored))


def spoken(
    reviewed: Reviewed, applying: Sequence[Requirement], roles: Roles, now: datetime
) -> tuple[Said | None, Sequence[Dismissed]]:
    """What a review says of one scope under the requirements that apply there, and what it cannot say."""

    def nothing(why: str) -> tuple[None, Sequence[Dismissed]]:
        return None, [Dismissed(reviewed.where, reviewed.person, why)]

    asked = {slot.role for requirement in applying for slot in requirement.all or requirement.any or ()}
    held = sorted(role for role in asked if reviewed.person in roles.get(role, frozenset()))
    if reviewed.at > now + SKEW:
        return nothing("it was given after the time of this judgement")
    if not held:
        return nothing(f"`{reviewed.person}` holds none of the roles that are asked for")
    if len(held) > 1:
        return nothing(f"`{reviewed.person}` could speak as {' or '.join(held)}, and a review names no role")
    deaf = [
        requirement
        for requirement in applying
        if "review" not in (requirement.accept or ())
        and any(slot.role == held[0] for slot in requirement.all or requirement.any or ())
    ]
    said = Said(reviewed.person, held[0], reviewed.at, "review")
    return said, [Dismissed(reviewed.where, reviewed.person, f"`{one.name}` takes signatures alone") for one in deaf]


def _holders(people: People, forge: str) -> dict[str, tuple[PersonName, ...]]:
    """The people by login, which forges tell apart in no other way than by letters of any case."""
    found: dict[str, tuple[PersonName, ...]] = {}
    for name, person in people.people.items():
        if (login := person.logins.get(forge)) is not None:
            found[login.casefold()] = (*found.get(login.casefold(), ()), name)
    return found


def _newest(reviews: Iterable[Review]) -> list[Review]:
    """The newest review of each login; of two at the same time the one that stands later."""
    found: dict[str, Review] = {}
    for review in sorted(reviews, key=lambda one: one.at):
        if review.login is not None:
            found[review.login.casefold()] = review
    return list(found.values())


def _why_not(review: Review, commit: str, persons: Sequence[PersonName]) -> str:
    if review.opinion == "changes-requested":
        return "it asks for changes"
    if review.opinion == "dismissed":
        return "it was dismissed"
    if not persons:
        return f"`{review.login}` is the login of nobody in policies/people.yaml"
    if len(persons) > 1:
        return f"`{review.login}` is the login of {' and '.join(persons)}"
    if review.commit != commit:
        return f"it is of commit {(review.commit or 'unknown')[:12]}, and {commit[:12]} is judged"
    return ""
