"""Which requirements a change comes under, and whether there are people enough to fill them."""

from collections.abc import Sequence
from functools import cache

from modelward.policy.people import Roles
from modelward.specs.scalars import PersonName
from modelward.specs.signoff import ChangeKind, Condition, Requirement, Slot

People = frozenset[PersonName]


def covers(condition: Condition, kind: ChangeKind) -> bool:
    """Whether a demand can apply to a kind of change."""
    return condition.change is None or kind in condition.change


def can_fill(requirement: Requirement, roles: Roles, without: PersonName | None = None) -> bool:
    """Whether enough distinct people hold the roles of a requirement, not counting `without`."""
    gone: People = frozenset(() if without is None else (without,))

    def filled(slots: Sequence[Slot]) -> bool:
        held = [(slot.count, roles.get(slot.role, frozenset()) - gone) for slot in slots]
        return all(count <= len(people) for count, people in held) and distinct(
            tuple(people for count, people in held for _ in range(count))
        )

    if requirement.any is not None:
        return any(filled([slot]) for slot in requirement.any)
    assert requirement.all is not None
    return filled(requirement.all)


@cache
def distinct(slots: tuple[People, ...]) -> bool:
    """Whether each slot can be given to somebody of its own, found by augmenting paths (Berge 1957)."""
    given: dict[int, PersonName] = {}
    return all(_give(start, slots, given) for start in range(len(slots)))


def _give(start: int, slots: tuple[People, ...], given: dict[int, PersonName]) -> bool:
    """Give the slot `start` to somebody, passing on slots that are given already; whether that could be done."""
    holding = {person: slot for slot, person in given.items()}
    reached: dict[PersonName, int] = {}
    waiting = [start]
    for slot in waiting:
        for person in slots[slot] - reached.keys():
            reached[person] = slot
            if person in holding:
                waiting.append(holding[person])
            else:
                _pass_on(start, person, reached, given)
                return True
    return False


def _pass_on(start: int, person: PersonName, reached: dict[PersonName, int], given: dict[int, PersonName]) -> None:
    slot = reached[person]
    while slot != start:
        given[slot], person = person, given[slot]
        slot = reached[person]
    given[start] = person
