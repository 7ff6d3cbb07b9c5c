"""Events to people: to a channel, a mailbox or a pager, through Apprise in a process of its own.

Apprise has plug-ins for many services, some of which wait for minutes, log addresses, or leave threads behind that a
program waits for when it ends. The process is ended when its time is over, with whatever it has started, and nothing
of what it prints is shown.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Self

from modelward.errors import WrongUse
from modelward.events.interface import ALONE, Claims, Event, Severity, Undelivered
from modelward.events.message import Message, messages
from modelward.specs.scalars import EnvironmentName

_START: Final = "import sys; sys.path += sys.argv[1:]; from modelward.events.sending import main; main()"
_KEPT: Final = (
    *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "no_proxy", "all_proxy"),
)
"""What of the environment the child sees: how programs run here, and how other machines are reached."""
_WORDS: Final = frozenset({"known", "unknown", "sent", "refused", "partly"})
_SAID: Final[Mapping[str, str]] = {
    "refused": "a service did not take it",
    "partly": "one of several services did not take it",
}
_KINDS: Final[Mapping[Severity, str]] = {"info": "info", "warning": "warning", "critical": "failure"}


@dataclass(frozen=True)
class Notification:
    """The services whose Apprise addresses a variable holds, for people who look after some environments.

    They are told what is grave: `warning` and `critical`, of their environments, of a model as a whole, and of the
    repository. `patience` is how many seconds one delivery may take.
    """

    variable: str
    addresses: str = field(repr=False)
    environments: frozenset[EnvironmentName]
    repository: str
    patience: float = 60.0

    @property
    def name(self) -> str:
        """The variable, for people."""
        return f"the notifications of {self.variable}"

    def wants(self, event: Event) -> bool:
        """What is grave, in the environments that name the variable or in none."""
        here = event.environment is None or event.environment in self.environments
        return here and event.severity != "info"

    def take(self, events: Sequence[Event], claims: Claims = ALONE) -> tuple[Undelivered, ...]:
        """Send the events as messages, one after the other; those that no service is known to have."""
        undelivered: list[Undelivered] = []
        with _Child(self.patience) as child:
            why = self._refused(child)
            for message in messages(events, self.repository):
                if why is not None:
                    undelivered += (Undelivered(self.name, event, why) for event in message.events)
                    continue
                claimed = [event for event in message.events if claims.claim(event)]
                answer = child.answer(_as_document(message)) if claimed else "sent"
                if answer is None:
                    # It may have come there.
                    why = child.ended
                    grave = {event for event in claimed if event.severity == "critical"}
                    undelivered += (Undelivered(self.name, one, why, one in grave, doubtful=True) for one in claimed)
                elif answer == "sent":
                    for event in claimed:
                        claims.told(event)
                else:
                    said = _SAID.get(answer, answer)
                    undelivered += (Undelivered(self.name, event, said, answer != "partly") for event in claimed)
        return tuple(undelivered)

    def _refused(self, child: "_Child") -> str | None:
        """Why nothing can be sent at all; None where it can."""
        answer = child.answer({"addresses": self.addresses})
        if answer == "unknown":
            return f"{self.variable} holds an address that Apprise does not know"
        return child.ended if answer is None else None


class _Child:
    """The process that sends, for at most `patience` seconds; it is ended with this block."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._until = time.monotonic() + patience
        self._process: subprocess.Popen[bytes] | None = None
        self._said = b""
        self.ended = ""
        """Why it does not answer any more."""

    def __enter__(self) -> Self:
        """Start it."""
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", _START, *_libraries()],
                env={name: os.environ[name] for name in _KEPT if name in os.environ} | {"NETRC": os.devnull},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            self.ended = f"no process can be started: {error.strerror}"
        return self

    def __exit__(self, *_error: object) -> None:
        """End it."""
        if self._process is not None:
            _end(self._process)
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                pipe.close()

    def answer(self, asked: Mapping[str, str]) -> str | None:
        """The word that it says to what is asked; None once it has ended, or its time is over."""
        if self._process is None:
            return None
        assert self._process.stdin is not None
        # One that has ended says so when it is read.
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        word = self._line()
        while word is not None and word not in _WORDS:
            word = self._line()
        return word

    def _line(self) -> str | None:
        """The next line that it writes."""
        assert self._process is not None
        assert self._process.stdout is not None
        while b"\n" not in self._said:
            if not select.select([self._process.stdout], [], [], max(0, self._until - time.monotonic()))[0]:
                self.ended = f"it was given up after {self._patience:g} s"
                return None
            more = self._process.stdout.read(4096)
            if not more:
                self.ended = f"Apprise ended with {self._process.wait()} before it was sent"
                return None
            self._said += more
        line, _, self._said = self._said.partition(b"\n")
        return line.decode("ascii", "replace")


def _as_document(message: Message) -> dict[str, str]:
    return {"title": message.title, "body": message.body, "kind": _KINDS[message.severity]}


def require_apprise() -> None:
    """Raise `WrongUse` where Apprise is not installed; nothing of it is imported."""
    if find_spec("apprise") is None:
        raise WrongUse("Apprise is not installed, which notifies people", "pip install 'modelward[reconcile]'")


def _libraries() -> list[str]:
    """Where this engine and Apprise are installed, which an isolated Python need not know."""
    found = [find_spec(name) for name in ("modelward", "apprise")]
    places = [next(iter(spec.submodule_search_locations or ())) for spec in found if spec is not None]
    return [str(Path(place).parent) for place in places]


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End the child and all that it has started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
