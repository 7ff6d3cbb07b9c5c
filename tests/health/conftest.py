"""A governed repository that is well in every way that can be looked at without a network."""

import re
from pathlib import Path
from typing import Any

import pytest

from actions import WORKFLOW
from governed import Governed
from repository import PROJECT

PEOPLE = "policies/people.yaml"
_DISTURBING = ("GITHUB_TOKEN", "GITHUB_API_URL", "MLFLOW_TRACKING_URI")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Governed:
    """Everybody has a login, what is generated is fresh, and the workflow and its rulesets lie in the repository."""
    for name in _DISTURBING:
        monkeypatch.delenv(name, raising=False)
    world = Governed.started(tmp_path / "world")
    text = re.sub(r"^  ([a-z]+-\d): \{", r"  \1: {logins: {github: \1}, ", world.read(PEOPLE), flags=re.MULTILINE)
    world.write(PEOPLE, text)
    world.write(".github/workflows/gate.yml", WORKFLOW.read_bytes())
    for name in ("main", "ledger"):
        world.write(f".github/rulesets/{name}.json", (PROJECT / f".github/rulesets/{name}.json").read_bytes())
    assert world.modelward("codeowners", "--write").code == 0
    assert world.modelward("schema", "--write").code == 0
    world.commit("Lay it out well")
    return world


def told(world: Governed, *arguments: str) -> dict[str, Any]:
    """What the doctor says, by the name of the check."""
    return {check["name"]: check for check in world.modelward("doctor", "--format", "json", *arguments).json["checks"]}


def state(world: Governed, name: str, *arguments: str) -> tuple[str, str]:
    """The state of one check, and its reason with what is next."""
    check = told(world, *arguments)[name]
    assert (check["next"] is None) == (check["state"] == "ok")
    return check["state"], f"{check['reason']}; {check['next']}"
