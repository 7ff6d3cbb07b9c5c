"""What all tests share: the example as a repository, and properties that are tried with the same values every time."""

from pathlib import Path

import pytest
from hypothesis import settings

from repository import Repository

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
