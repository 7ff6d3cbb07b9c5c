"""Events to people: to a channel, a mailbox or a pager, through Apprise in a process of its own.

Apprise has plug-ins for many services, some of which wait for minutes, log addresses, or leave threads behind that a
program waits for when it ends. The process is ended when its time is over, with whatever it has started, and nothing
of what it prints is shown.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from modelward.errors import WrongUse
from modelward.events.interface import Event, Severity, Undelivered
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

    def take(self, events: Sequence[Event]) -> tuple[Undelivered, ...]:
        """Send the events as messages; those that no service is known to have."""
        told = messages(events, self.repository)
        try:
            words, status = self._ask(told)
        except OSError as error:
            words, status = [], f"no process can be started: {error.strerror}"
        if words[:1] == ["unknown"]:
            status = f"{self.variable} holds an address that Apprise does not know"
        answered = words[1:]
        answers = answered + [status] * len(told)
        # What was on its way when the child ended may have come there, and so may what only some have refused.
        doubtful = {len(answered)} if words[:1] == ["known"] else set()
        doubtful |= {number for number, answer in enumerate(answered) if answer == "partly"}
        return tuple(
            Undelivered(self.name, event, _SAID.get(answer, answer), number not in doubtful)
            for number, (message, answer) in enumerate(zip(told, answers, strict=False))
            if answer != "sent"
            for event in message.events
        )

    def _ask(self, told: Sequence[Message]) -> tuple[list[str], str]:
        """Each word that the child answered, and what is to be said of the messages for which it had none."""
        asked = {
            "addresses": self.addresses,
            "messages": [
                {"title": message.title, "body": message.body, "kind": _KINDS[message.severity]} for message in told
            ],
        }
        child = subprocess.Popen(
            [sys.executable, "-I", "-c", _START, *_libraries()],
            env={name: os.environ[name] for name in _KEPT if name in os.environ} | {"NETRC": os.devnull},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        status = ""
        try:
            answered, _ = child.communicate(json.dumps(asked).encode(), self.patience)
        except subprocess.TimeoutExpired:
            status = f"it was given up after {self.patience:g} s"
            _end(child)
            answered, _ = child.communicate()
        finally:
            _end(child)
        words = [word for word in answered.decode("ascii", "replace").splitlines() if word in _WORDS]
        return words, status or f"Apprise ended with {child.returncode} before it was sent"


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
