"""Which engine the workflow lets run with key and token: that of the commit which this machine itself trusted last.

Row G2 of the mission.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from actions import Runner
from governed import Governed, key
from modelward.ledger.branch import Ledger, extended, verified
from modelward.ledger.writing import record
from modelward.tree.committing import committed
from modelward.tree.git import Git
from repository import PROJECT, Ended

WORKFLOW = PROJECT / ".github/workflows/reconcile.yml"
FIND = "Find what was trusted last"
WHEEL = "modelward-{}-py3-none-any.whl"
VERSIONS = ("1.0", "6.6")
"""Of the engine that was trusted, and of the one that was merged past the gate."""
NOBODY = "There is no ledger whose newest commit this machine has signed"


@pytest.fixture
def world(tmp_path: Path) -> Governed:
    """A repository on whose main one commit stands that pins the engine."""
    world = Governed.started(tmp_path / "world")
    merged(world, VERSIONS[0])
    return world


def merged(world: Governed, version: str) -> str:
    """A commit on main that pins a version of the engine, whoever has let it in."""
    wheels = world.root.parent.parent / "wheels"
    world.git("switch", "--quiet", "main")
    world.write("requirements.txt", f"--no-index\nmodelward @ file://{wheels}/{WHEEL.format(version)}\n")
    commit = world.commit(f"Pin {version}")
    world.git("push", "--quiet", "origin", "main")
    return commit


def judged(world: Governed, commit: str, by: str = "reconciler", upon: Ledger | None = None) -> Ledger:
    """A ledger on the server that trusts a commit, as a machine or somebody else has signed it."""
    before = upon or verified(Git(world.root), None, commit, None)
    at = datetime(2026, 11, 21, 9, minute=len(before.commits), tzinfo=UTC)
    ledger = extended(before, [record("judgement", at, commit=commit, root=commit, verdict="allow")], "Judge", key(by))
    world.git("push", "--quiet", "--force", "origin", f"{ledger.commit}:refs/heads/modelward/ledger")
    return ledger


def found(world: Governed, folder: Path, root: str = "", *, begin: bool = False) -> tuple[Runner, Ended]:
    """What a new job finds."""
    runner = Runner.of_reconciler(world, folder, root, begin=begin)
    return runner, runner.run(WORKFLOW, FIND)


def engine(world: Governed, runner: Runner) -> str:
    """The commit whose engine a job installs."""
    return world.git("-C", str(runner.temp / "trusted"), "rev-parse", "HEAD")


def refused(world: Governed, folder: Path, root: str, *, begin: bool = False) -> str:
    """What a new job says that finds no engine; it has nothing to install, and is told no root."""
    runner, ended = found(world, folder, root, begin=begin)
    assert ended.code == 1, ended
    assert not (runner.temp / "trusted").exists()
    assert not (runner.temp / "out").exists()
    return ended.out


def test_g2_the_engine_is_that_of_the_commit_that_this_machine_has_signed_for_last(
    world: Governed, tmp_path: Path
) -> None:
    trusted = world.git("rev-parse", "main")
    judged(world, trusted)
    bypass = merged(world, VERSIONS[1])
    runner, ended = found(world, tmp_path / "a", bypass)
    assert ended.code == 0, ended.err
    assert engine(world, runner) == trusted
    assert not (runner.temp / "out").exists(), "a ledger that stands needs no root"
    _wheels(tmp_path / "wheels")
    # So that pip writes and reads nothing outside.
    installed = runner.run(WORKFLOW, "Install", PIP_NO_CACHE_DIR="1", PIP_DISABLE_PIP_VERSION_CHECK="1")
    assert installed.code == 0, installed.err
    (metadata,) = (runner.temp / "engine").glob("lib/*/site-packages/modelward-*.dist-info")
    assert metadata.name == f"modelward-{VERSIONS[0]}.dist-info"


def test_g2_whoever_else_writes_the_ledger_chooses_no_engine(world: Governed, tmp_path: Path) -> None:
    old = world.git("rev-parse", "main")
    new = merged(world, VERSIONS[1])
    ledger = judged(world, new, upon=judged(world, old))
    assert ledger.commit is not None
    unsigned = world.git("commit-tree", f"{ledger.commit}^{{tree}}", "-p", ledger.commit, "-m", "Nobody")
    world.git("push", "--quiet", "origin", f"{unsigned}:refs/heads/modelward/ledger")
    assert NOBODY in refused(world, tmp_path / "a", old)
    judged(world, new, by="lead-1", upon=ledger)
    assert NOBODY in refused(world, tmp_path / "b", old)
    world.git("push", "--quiet", "origin", ":refs/heads/modelward/ledger")
    assert NOBODY in refused(world, tmp_path / "c", old)


def test_what_the_machine_signed_elsewhere_than_in_a_ledger_names_no_engine(world: Governed, tmp_path: Path) -> None:
    bypass = merged(world, VERSIONS[1])
    trust = json.dumps({"schema": "ledger-trust/v1", "root": bypass, "trusted": bypass}).encode()
    commit = committed(Git(world.root), bypass, {"state/trust.json": trust}, "Roll back", key("reconciler"))
    world.git("push", "--quiet", "origin", f"{commit}:refs/heads/modelward/ledger")
    assert NOBODY in refused(world, tmp_path / "a", bypass)


def test_t84_where_there_is_no_ledger_only_a_person_begins_one_from_the_root_in_the_environment(
    world: Governed, tmp_path: Path
) -> None:
    root = world.git("rev-parse", "main")
    merged(world, VERSIONS[1])
    assert NOBODY in refused(world, tmp_path / "a", root)
    for number, said in enumerate(("", "none", "main", root[:12])):
        assert "MODELWARD_TRUST_ROOT" in refused(world, tmp_path / f"b{number}", said, begin=True)
    runner, ended = found(world, tmp_path / "c", root, begin=True)
    assert ended.code == 0, ended.err
    assert engine(world, runner) == root
    assert runner.outputs == {"first": root}
    runner.known["steps.trusted.outputs.first"] = root
    _speaking(runner.temp / "engine/bin/modelward")
    told = runner.run(WORKFLOW, "Reconcile", GITHUB_REPOSITORY="acme/ml-governance").out
    assert told == f"{root}\n"


def test_with_a_new_key_a_person_names_the_engine_and_the_ledger_goes_on(world: Governed, tmp_path: Path) -> None:
    root = world.git("rev-parse", "main")
    judged(world, root, by="owner-2")
    merged(world, VERSIONS[1])
    assert NOBODY in refused(world, tmp_path / "a", root)
    runner, ended = found(world, tmp_path / "b", root, begin=True)
    assert ended.code == 0, ended.err
    assert engine(world, runner) == root
    assert not (runner.temp / "out").exists(), "the ledger that stands has its root"


def _wheels(folder: Path) -> None:
    """Both versions of an engine that does nothing, as pip finds them."""
    folder.mkdir()
    for version in VERSIONS:
        name = f"modelward-{version}"
        with ZipFile(folder / WHEEL.format(version), "w") as wheel:
            about = f"Metadata-Version: 2.1\nName: modelward\nVersion: {version}\nProvides-Extra: reconcile\n"
            wheel.writestr(f"{name}.dist-info/METADATA", about)
            wheel.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{name}.dist-info/RECORD", "")


def _speaking(command: Path) -> None:
    """A command that says from which root it was told to start."""
    command.parent.mkdir(parents=True)
    command.write_text('#!/bin/sh\necho "$MODELWARD_APPLY_TRUST_ROOT"\n')
    command.chmod(0o755)
