"""Each command of the page on blocking merges, against a server with the hook and GitHub by its own description."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hosted import GitHub, hosting
from repository import COMMAND, PROJECT

PAGE = "docs/blocking-merges.md"


@pytest.fixture
def github() -> Iterator[GitHub]:
    with hosting() as github:
        yield github


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A path on which `gh` asks whom a test says."""
    gh = tmp_path / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text(f'#!/bin/sh\nexec {sys.executable} {PROJECT / "tests/commands/gh.py"} "$@"\n')
    gh.chmod(0o755)
    return os.pathsep.join((str(gh.parent), str(COMMAND.parent), os.environ["PATH"]))


def test_every_command_of_the_page_does_what_the_page_says(
    page: Callable[..., str], github: GitHub, path: str, tmp_path: Path
) -> None:
    shutil.copy(PROJECT / "docs/examples/required-workflow.json", tmp_path / "work")
    page(PAGE, PATH=path, **github.variables())
    assert [one["name"] for one in github.rulesets] == [
        "main: merged only as the gate allows",
        "modelward/ledger: only ever longer",
        "main: judged by its own workflow",
    ]
    assert github.environments["production"]["branches"] == ["main"]
