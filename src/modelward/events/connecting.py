"""From what a run was told and what environments declare to the places that take its events."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from modelward.errors import WrongUse
from modelward.events.interface import Sink
from modelward.specs.environment import Environment
from modelward.specs.scalars import EnvironmentName


@dataclass(frozen=True)
class Places:
    """Where all events of a run go: a file, and the variables that hold a webhook's address and its token."""

    file: Path | None = None
    webhook: str | None = None
    token: str | None = None


@dataclass(frozen=True)
class Connected:
    """The places that take a run's events, and what is wrong with those that cannot."""

    sinks: tuple[Sink, ...] = ()
    lacking: tuple[WrongUse, ...] = ()


def connect(
    places: Places, environments: Iterable[Environment], repository: str, variables: Mapping[str, str] = os.environ
) -> Connected:
    """The places that take a run's events; nothing is asked yet.

    A variable that several environments name is one place. What is `lacking` is an unset variable, an address that is
    none, and Apprise where an environment notifies; the other places are told all the same.
    """
    sinks: list[Sink] = []
    lacking: list[WrongUse] = []
    for place in _places(places, environments, repository, variables):
        try:
            sinks.append(place())
        except WrongUse as error:
            lacking.append(error)
    return Connected(tuple(sinks), tuple(lacking))


def _places(
    places: Places, environments: Iterable[Environment], repository: str, variables: Mapping[str, str]
) -> Iterator[Callable[[], Sink]]:
    if places.file is not None:
        from modelward.events.file import EventFile

        yield partial(EventFile, places.file, repository)
    if places.webhook is not None:
        yield partial(_webhook, places.webhook, places.token, repository, variables)
    yield from _notifications(environments, repository, variables)


def _webhook(variable: str, token: str | None, repository: str, variables: Mapping[str, str]) -> Sink:
    from modelward.events.webhook import Webhook

    address = _value(variable, "the address of the webhook for events", variables)
    secret = "" if token is None else _value(token, "the token of the webhook for events", variables)
    return Webhook.at(address, variable, secret, token or "no variable", repository)


def _notifications(
    environments: Iterable[Environment], repository: str, variables: Mapping[str, str]
) -> Iterator[Callable[[], Sink]]:
    named: dict[str, set[EnvironmentName]] = {}
    for environment in environments:
        for address in environment.notify:
            named.setdefault(address.env, set()).add(environment.environment)
    if not named:
        return
    for variable, where in sorted(named.items()):
        yield partial(_notification, variable, frozenset(where), repository, variables)


def _notification(
    variable: str, where: frozenset[EnvironmentName], repository: str, variables: Mapping[str, str]
) -> Sink:
    from modelward.events.notification import Notification, require_apprise

    require_apprise()
    what = f"whom {', '.join(sorted(where))} notifies"
    return Notification(variable, _value(variable, what, variables), where, repository)


def _value(variable: str, what: str, variables: Mapping[str, str]) -> str:
    value = variables.get(variable, "").strip()
    if not value:
        raise WrongUse(f"the variable {variable} is not set, which holds {what}", f"export {variable}=...")
    return value
