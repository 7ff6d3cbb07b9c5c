"""The roles that a model's team gives out, and who can hold them."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from modelward.errors import WrongUse
from modelward.specs.policy import People, Signoff
from modelward.tree.edit import Value


def assignable(signoff: Signoff, people: People) -> tuple[str, ...]:
    """The roles that requirements speak of and that only a model's team can give, in the order of the policy."""
    named = (slot.role for requirement in signoff.requirements for slot in (requirement.all or requirement.any or ()))
    return tuple(dict.fromkeys(role for role in named if role not in people.standing_roles))


def holders(given: Iterable[tuple[str, str]], roles: Sequence[str], people: People) -> dict[str, tuple[Value, ...]]:
    """Who holds each role, from pairs of a role and a person, or `team:` and a team.

    Raises `WrongUse` for a role that no requirement speaks of, or that policy gives, and for an unknown holder.
    """
    held: dict[str, tuple[Value, ...]] = {}
    for role, holder in given:
        if role in people.standing_roles:
            raise WrongUse(f"the role `{role}` is given by policies/people.yaml alone", f"give {_known(roles)}")
        if role not in roles:
            raise WrongUse(f"no requirement speaks of the role `{role}`", _nearest(role, roles))
        kind, _, team = holder.partition(":")
        known = people.teams if kind == "team" and team else people.people
        name = team if kind == "team" and team else holder
        if name not in known:
            what = "team" if known is people.teams else "person"
            raise WrongUse(f"policies/people.yaml knows no {what} `{name}`", _nearest(name, tuple(map(str, known))))
        entry: Value = {"team": name} if known is people.teams else name
        if entry not in held.get(role, ()):
            held[role] = (*held.get(role, ()), entry)
    return {role: held[role] for role in roles if role in held}


def _nearest(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"did you mean `{close[0]}`?" if close else f"known are {_known(known)}"


def _known(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
