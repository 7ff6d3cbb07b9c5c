"""Events to an address over HTTP: one CloudEvent a request, in structured mode."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from modelward.errors import WrongUse
from modelward.events.cloudevents import MEDIA_TYPE, written
from modelward.events.interface import ALONE, Claims, Event, Undelivered
from modelward.exchange import Away, Host, TooLong

_LATER: Final = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Failure:
    """Why an event was not taken, and whether the next one is tried: `event` when only this one is in question."""

    why: str
    of: Literal["event", "host"]


@dataclass(frozen=True)
class Webhook:
    """An address that takes all events of `repository`; `variable` holds it, and names it to people.

    `request` and `delivery` are the seconds that one request and all together may take. Once the host is found to be
    down, busy or hanging, the rest is not tried.
    """

    host: Host
    variable: str
    repository: str
    request: float = 10.0
    delivery: float = 60.0

    @classmethod
    def at(cls, address: str, variable: str, token: str, token_variable: str, repository: str) -> "Webhook":
        """The webhook at an address; raises `WrongUse` for one that is none, and never shows it: it may be a secret."""
        headers = {"Content-Type": MEDIA_TYPE}
        try:
            Host.at(address, "a webhook", "", variable, headers)
        except WrongUse:
            message = f"the variable {variable} holds no address of a webhook"
            raise WrongUse(message, "it starts with https:// and has no user and no query") from None
        host = Host.at(address, "a webhook", token, token_variable, headers)
        return cls(host, variable, repository)

    @property
    def name(self) -> str:
        """The webhook, for people."""
        return f"the webhook of {self.variable}"

    def wants(self, _event: Event) -> bool:
        """All."""
        return True

    def take(self, events: Sequence[Event], claims: Claims = ALONE) -> tuple[Undelivered, ...]:
        """Post each event until the host is found to be down."""
        until = time.monotonic() + self.delivery
        undelivered: list[Undelivered] = []
        down: str | None = None
        for event in events:
            left = until - time.monotonic()
            if down is None and left <= 0:
                down = f"it took more than {self.delivery:g} s for those before"
            if down is None and not claims.claim(event):
                continue
            failure = self._post(event, min(self.request, left)) if down is None else Failure(down, "host")
            if failure is None:
                claims.told(event)
            else:
                undelivered.append(Undelivered(self.name, event, failure.why))
                down = failure.why if failure.of == "host" else None
        return tuple(undelivered)

    def _post(self, event: Event, seconds: float) -> Failure | None:
        body = written(event, self.repository)
        try:
            status = self.host.exchange("POST", "", body=body, silence=seconds, patience=seconds).status
        except Away as error:
            return Failure(f"it{error.message.removeprefix(self.host.address)}".rstrip(), "host")
        except TooLong:
            return Failure("it answers without end", "event")
        if 200 <= status < 300:
            return None
        if 300 <= status < 400:
            return Failure(f"it has moved (status {status}), and is not followed", "host")
        return Failure(f"it answers with status {status}", "host" if status >= 500 or status in _LATER else "event")
