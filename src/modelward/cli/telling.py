"""What `apply` tells others than the person who runs it: the options, and what is done about them."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from modelward.cli.options import from_here, now
from modelward.errors import CannotEvaluate
from modelward.events.connecting import Connected, Places, connect
from modelward.events.delivering import Delivery
from modelward.events.interface import Event, Undelivered
from modelward.report.exposing import MetricsPort, require_client, write_textfile
from modelward.report.logs import Happening, LogFormat, log_line, untold
from modelward.report.metrics import RunMetrics
from modelward.report.terminal import safe
from modelward.specs.environment import Environment
from modelward.specs.scalars import ENVIRONMENT_VARIABLE

F = TypeVar("F", bound=Callable[..., Any])

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Listening:
    """An address of this machine and a port of it."""

    address: str
    port: int


@dataclass(frozen=True)
class Telling:
    """Where a run's events and metrics go, and how its log is written; None where it was not asked for."""

    places: Places
    metrics_file: Path | None
    metrics_port: Listening | None
    log_format: LogFormat | None


class _Variable(click.ParamType[str]):
    """The name of an environment variable; what is none is not repeated, as it may be the secret itself."""

    name = "variable"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name."""
        if not re.fullmatch(ENVIRONMENT_VARIABLE, value):
            self.fail("give the name of a variable that holds it, such as MODELWARD_HOOK", param, ctx)
        return value


class _Port(click.ParamType[Listening]):
    """A port, of the loopback address unless another is named."""

    name = "port"

    def convert(self, value: str | Listening, param: click.Parameter | None, ctx: click.Context | None) -> Listening:
        """Where to listen."""
        if isinstance(value, Listening):
            return value
        address, _, port = value.rpartition(":")
        if not re.fullmatch("[0-9]{1,5}", port) or not 0 < int(port) < 65536:
            self.fail(f"`{value}` names no port such as 9464 or 0.0.0.0:9464", param, ctx)
        return Listening(address.removeprefix("[").removesuffix("]") or LOOPBACK, int(port))


_OPTIONS = (
    click.option(
        "--events-file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Append CloudEvents."
    ),
    click.option(
        "--events-webhook", type=_Variable(), metavar="VARIABLE", help="Post CloudEvents to the address in VARIABLE."
    ),
    click.option("--events-token", type=_Variable(), metavar="VARIABLE", help="The token for it is in VARIABLE."),
    click.option(
        "--metrics-file",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write metrics for Prometheus's node exporter.",
    ),
    click.option(
        "--metrics-port",
        type=_Port(),
        metavar="[ADDRESS:]PORT",
        help=f"Serve metrics for Prometheus while it runs, as with --watch.  [default address: {LOOPBACK}]",
    ),
    click.option("--log-format", type=click.Choice(["text", "json"]), help="Log each thing that happens, on stderr."),
)


def telling(function: F) -> F:
    """The options of a run that tells others, given to the verb as one `telling: Telling`."""

    @wraps(function)
    def told(
        *args: Any,
        events_file: Path | None,
        events_webhook: str | None,
        events_token: str | None,
        metrics_file: Path | None,
        metrics_port: Listening | None,
        log_format: LogFormat | None,
        **others: Any,
    ) -> Any:
        if events_token is not None and events_webhook is None:
            raise click.UsageError("`--events-token` is of no use without `--events-webhook`")
        file = None if events_file is None else from_here(events_file)
        metrics = None if metrics_file is None else from_here(metrics_file)
        places = Places(file, events_webhook, events_token)
        return function(*args, telling=Telling(places, metrics, metrics_port, log_format), **others)

    decorated: Any = told
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    found: F = decorated
    return found


class Teller:
    """Tells what a run was asked to tell; made once a process, before anything is done, and used by all its runs."""

    def __init__(self, telling: Telling) -> None:
        """Open the port for metrics; raises `WrongUse` where what was asked for cannot be."""
        self._telling = telling
        self._unsaid: OSError | None = None
        if telling.metrics_file is not None:
            require_client()
        listening = telling.metrics_port
        self._port = None if listening is None else MetricsPort(listening.port, listening.address)

    def connected(self, environments: Iterable[Environment], repository: str) -> Connected:
        """Where the events of one run go; of a place that cannot take any it is said now, before anything is done."""
        connected = connect(self._telling.places, environments, repository)
        for error in connected.lacking:
            self.warn(Happening(now(), "warning", "events.untold", f"some will not be told: {error.message}"))
        return connected

    def say(self, text: str, *, err: bool = False) -> None:
        """Print some lines; where nothing can be printed, as on a full disk, the run does what it is there for."""
        try:
            click.echo(text, err=err)
        except OSError as error:
            self._unsaid = error

    def begin(self) -> None:
        """Forget what the run before could not print."""
        self._unsaid = None

    def require_said(self) -> None:
        """Raise `CannotEvaluate` where something that the run had to say could not be printed."""
        if self._unsaid is not None:
            why = f"not all that the run had to say could be printed: {self._unsaid.strerror}"
            raise CannotEvaluate(why, "give it a log that takes its lines; `modelward status` shows how all stands now")

    def log(self, happening: Happening) -> None:
        """Say on standard error what happened, if a log was asked for."""
        if self._telling.log_format is not None:
            self.say(log_line(happening, self._telling.log_format), err=True)

    def warn(self, happening: Happening) -> None:
        """Say what went wrong beside the run: in its log, or where none was asked for in a line for people."""
        if self._telling.log_format is None:
            self.say(f"warning: {safe(happening.message)}", err=True)
        else:
            self.log(happening)

    def failed(self, why: Happening) -> bool:
        """Log why a run failed; whether that is all that is to be said of it, as a machine reads it."""
        self.log(why)
        return self._telling.log_format == "json"

    def post(self, event: Event, delivery: Delivery) -> None:
        """Have what happened wait until it is delivered, and log it the first time."""
        if delivery.post(event, now()):
            self.log(Happening.of(event))

    def deliver(self, delivery: Delivery) -> tuple[Undelivered, ...]:
        """Bring all that waits to its places; those that a place did not take, which is said too."""
        at = now()
        undelivered = delivery.deliver(at)
        if self._telling.log_format is not None:
            for left in undelivered:
                self.log(Happening.left(left, at))
        else:
            groups = Counter((left.sink, left.why, left.again) for left in undelivered)
            for (sink, why, again), lost in groups.items():
                message = f"{sink} did not take {lost} event{'s' if lost > 1 else ''}: {why}{untold(lost, again=again)}"
                self.warn(Happening(at, "warning", "event.undelivered", message))
        return undelivered

    def count(self, run: RunMetrics) -> None:
        """Show a run that has ended to Prometheus; what cannot be written is said and changes nothing."""
        if self._port is not None:
            self._port.show(run)
        if self._telling.metrics_file is not None:
            why = write_textfile(self._telling.metrics_file, run)
            if why is not None:
                self.warn(Happening(run.ended, "warning", "metrics.unwritten", why))

    def close(self) -> None:
        """Stop serving metrics."""
        if self._port is not None:
            self._port.close()
