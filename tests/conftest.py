"""What all tests share: the example as a repository, and properties that are tried with the same values every time."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from repository import Repository
from tracking_server import tracking_server

# Like the command itself: what libraries and thousands of collected tests are made of is not worth looking through.
gc.set_threshold(50_000, 20, 100)
settings.register_profile("modelward", deadline=None, derandomize=True, database=None)
settings.load_profile("modelward")


@pytest.fixture
def example(tmp_path: Path) -> Repository:
    """The example under this project's rules; not yet in git."""
    return Repository.of_example(tmp_path / "repository")


@pytest.fixture
def merged(example: Repository) -> Repository:
    """The example, committed."""
    example.commit("Start")
    return example


@pytest.fixture(scope="session")
def http_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An MLflow server on SQLite."""
    with tracking_server(tmp_path_factory.mktemp("http-sqlite")) as uri:
        yield uri


_LONG = ("project/test_demo.py", "project/test_pages.py", "registry/test_racing.py", "cli/test_week.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that at the end nobody waits for one worker's last test."""
    items.sort(key=lambda item: not str(item.path).endswith(_LONG))


def pytest_collection_finish() -> None:
    """Look for cycles in nothing that stays to the end."""
    gc.freeze()
