"""From what a run was told and what environments declare to the places that take its events."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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


def connect(
    places: Places, environments: Iterable[Environment], repository: str, variables: Mapping[str, str] = os.environ
) -> tuple[Sink, ...]:
    """The places that take a run's events; nothing is asked yet.

    A variable that several environments name is one place. Raises `WrongUse` for an unset variable, an address that is
    none, and for a lack of Apprise where an environment notifies.
    """
    sinks: list[Sink] = []
    if places.file is not None:
        from modelward.events.file import EventFile

        sinks.append(EventFile(places.file, repository))
    if places.webhook is not None:
        from modelward.events.webhook import Webhook

        address = _value(places.webhook, "the address of the webhook for events", variables)
        token = "" if places.token is None else _value(places.token, "the token of the webhook for events", variables)
        sinks.append(Webhook.at(address, places.webhook, token, places.token or "no variable", repository))
    sinks.extend(_notifications(environments, repository, variables))
    return tuple(sinks)


def _notifications(
    environments: Iterable[Environment], repository: str, variables: Mapping[str, str]
) -> Iterable[Sink]:
    named: dict[str, set[EnvironmentName]] = {}
    for environment in environments:
        for address in environment.notify:
            named.setdefault(address.env, set()).add(environment.environment)
    if not named:
        return
    from modelward.events.notification import Notification, require_apprise

    require_apprise()
    for variable, where in sorted(named.items()):
        what = f"whom {', '.join(sorted(where))} notifies"
        yield Notification(variable, _value(variable, what, variables), frozenset(where), repository)


def _value(variable: str, what: str, variables: Mapping[str, str]) -> str:
    value = variables.get(variable, "").strip()
    if not value:
        raise WrongUse(f"the variable {variable} is not set, which holds {what}", f"export {variable}=...")
    return value
