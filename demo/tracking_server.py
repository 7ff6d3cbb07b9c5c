"""A private MLflow server for the length of one training session."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.2
SETTINGS: Final = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # Servers of MLflow 2 run under gunicorn, which would leave a socket in the home of whoever starts it.
    "GUNICORN_CMD_ARGS": "--no-control-socket",
}


class ServerDidNotStartError(RuntimeError):
    """The server ended, or did not answer in time; the message carries the end of its log."""


@contextmanager
def tracking_server(folder: Path, store: str | None = None, python: str = sys.executable) -> Iterator[str]:
    """Serve tracking, registry and artifacts from `folder` on a free loopback port; yield the tracking URI.

    `store` is the address of the database, by default of a SQLite file in `folder`; `python` is the interpreter whose
    MLflow serves. All processes of the server are gone when the context ends.

    Raises:
        ServerDidNotStartError: the server does not answer within `START_SECONDS`.
    """
    port = _free_port()
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [python, *_arguments(folder, port, store or f"sqlite:///{folder.resolve()}/mlflow.db")],
            cwd=folder,
            env=os.environ | SETTINGS,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_healthy(server, port, log)
        yield f"http://{HOST}:{port}"
    finally:
        _stop_group(server)


def _arguments(folder: Path, port: int, store: str) -> list[str]:
    return [
        *("-m", "mlflow", "server"),
        *("--host", HOST, "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", store),
        *("--serve-artifacts", "--artifacts-destination", str(folder.resolve() / "artifacts")),
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_healthy(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        if _is_healthy(port):
            return
        time.sleep(POLL_SECONDS)
    raise ServerDidNotStartError(log.read_text(errors="replace")[-2000:])


def _is_healthy(port: int) -> bool:
    with closing(HTTPConnection(HOST, port, timeout=2.0)) as connection:
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False


def _stop_group(server: subprocess.Popen[bytes]) -> None:
    _signal_group(server, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        server.wait(STOP_SECONDS)
    _signal_group(server, signal.SIGKILL)
    server.wait()


def _signal_group(server: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(server.pid, number)
