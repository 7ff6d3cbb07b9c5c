"""Whether what was routed really serves, which only what serves can say."""

from collections.abc import Mapping
from dataclasses import dataclass

from modelward.traffic.interface import Routing, Served, Serving, Traffic, Unreadable


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A model is served as it was routed."""

    serving: Serving


@dataclass(frozen=True, slots=True)
class NotServed:
    """A model is not served as it was routed, or what serves it does not say so: the action that routed it failed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """What serves could not be asked, so that nobody knows: the action that routed it is taken for failed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Untold:
    """Nobody answers for what serves in this environment."""


Confirmation = Confirmed | NotServed | Unanswered | Untold


def reload_and_confirm(traffic: Traffic, wanted: Mapping[str, Routing]) -> Mapping[str, Confirmation]:
    """Let the models take up what was routed of them, and what each really serves then: two requests for all of them.

    Raises the errors of traffic, and then nothing is known of any of them.
    """
    if not wanted:
        return {}
    traffic.reload(tuple(wanted))
    found = traffic.serving()
    if found is None:
        return dict.fromkeys(wanted, Untold())
    return {model: _confirmation(found.get(model), routing) for model, routing in wanted.items()}


def _confirmation(found: Serving | Unreadable | None, wanted: Routing) -> Confirmation:
    if found is None:
        return NotServed("after the reload nothing serves it")
    if isinstance(found, Unreadable):
        return NotServed(f"what serves it cannot be read: {found.reason}")
    if not found.routing.shows(wanted):
        return NotServed(f"after the reload serves {described(found.routing)}; routed was {described(wanted)}")
    return Confirmed(found)


def described(routing: Routing) -> str:
    """A routing in one line."""
    parts = [f"{routing.champion_weight} % {_served(routing.champion)}"]
    if routing.challenger is not None:
        parts.append(f"{routing.challenger.weight} % {_served(routing.challenger.served)}")
    parts += [f"{_served(served)} to tenant {tenant}" for tenant, served in sorted(routing.tenants.items())]
    parts += [] if routing.ml_enabled else ["switched off"]
    parts += [] if routing.feedback_enabled else ["no feedback taken"]
    return ", ".join(parts)


def _served(served: Served) -> str:
    return f"version {served.version}" + ("" if served.release is None else f" ({served.release})")
