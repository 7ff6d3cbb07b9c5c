"""Where Prometheus finds the metrics of runs: a textfile for its node exporter, or a port of this process."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from modelward.errors import CannotEvaluate, WrongUse
from modelward.report.metrics import RunMetrics, Standing, read_standing
from modelward.tree.edit import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

_LARGEST: Final = 1024 * 1024
_LACKING: Final = "pip install 'modelward[reconcile]'"


def require_client() -> None:
    """Raise `WrongUse` where Prometheus's client is not installed."""
    from importlib.util import find_spec

    if find_spec("prometheus_client") is None:
        raise WrongUse("Prometheus's client is not installed, which writes metrics", _LACKING)


def write_textfile(path: Path, run: RunMetrics) -> str | None:
    """Add a run to the metrics in a file; why not, where that is not possible.

    What the file says of earlier runs goes on; what cannot be read there counts for nothing.
    """
    try:
        with path.open("rb") as file:
            before = read_standing(file.read(_LARGEST), run.ended)
    except FileNotFoundError:
        before = Standing()
    except OSError as error:
        return f"the metrics file {path} cannot be read: {error.strerror}"
    try:
        write_atomically(path, before.after(run).rendered())
    except CannotEvaluate as error:
        return error.message
    return None


class MetricsPort:
    """A port on which the metrics of all runs of this process can be read, from its start on."""

    def __init__(self, port: int, address: str) -> None:
        """Listen at an address of this machine; `WrongUse` where that is not possible."""
        require_client()
        from prometheus_client import CollectorRegistry, start_http_server

        self._standing = Standing()
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        try:
            self._server, self._thread = start_http_server(port, address, registry)
        except OSError as error:
            raise WrongUse(
                f"metrics cannot be served at {address}:{port}: {error.strerror}", "name another port"
            ) from error

    @property
    def port(self) -> int:
        """The port, also where any free one was asked for by 0."""
        return int(self._server.server_port)

    def show(self, run: RunMetrics) -> None:
        """Count one more run."""
        self._standing = self._standing.after(run)

    def collect(self) -> "Iterator[Metric]":
        """What stands now."""
        return self._standing.collect()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
