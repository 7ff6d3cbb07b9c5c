"""Pointers that somebody has set by hand, and what git switches off beside them. Rows E14, F6, G3; T71, T72 and T89.

An alias makes nothing a champion that git has not deployed; it does not spare a release the look at its bytes; and no
trouble with a model keeps it on when git has switched it off.
"""

import re
import sqlite3
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient

from operated import Operated, aliases, routed
from repository import Repository

MANIFEST = "models/credit-risk/manifest.yaml"


def weights(version: str) -> Path:
    """A file of a version of credit-risk, where the registry keeps it."""
    source = Path(str(MlflowClient().get_model_version("credit-risk", version).source).removeprefix("file://"))
    return next(path for path in sorted(source.rglob("*")) if path.is_file() and path.name != "MLmodel")


def test_t72_t89_an_alias_that_was_set_before_the_first_deployment_makes_no_champion(
    repository: Repository, registry: Path
) -> None:
    assert registry.is_dir()
    repository.write(MANIFEST, re.sub(r"\n  production: .*", "", repository.read(MANIFEST)))
    repository.commit("Deploy nothing to production yet")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        MlflowClient().transition_model_version_stage("credit-risk", "1", "None")
    world = Operated.taken_over(repository)
    world.clock.forward(hours=1)
    staging = '  staging: {release: "1.1.0"}'
    deployed = f'{staging}\n  production: {{release: "1.1.0", ml_enabled: true, feedback_enabled: true}}'
    world.replace(MANIFEST, staging, deployed)
    world.commit("Deploy", "engineer-1")
    world.merged()
    for version in ("3", "2"):
        MlflowClient().set_registered_model_alias("credit-risk", "champion", version)
        for _ in range(2):
            assert world.apply().code == 0
            assert world.status()["state"] == "Progressing", "it soaks"
        told = [*world.records("adoption"), *world.records("outcome")]
        assert [one for one in told if one["environment"] == "production"] == []
    world.clock.forward(hours=24)
    assert world.apply().code == 0
    (tenure,) = world.ledger("state/credit-risk/production.json")["tenures"]
    assert (tenure["release"], tenure["entered"], aliases()["champion"]) == ("1.1.0", "promotion", "2")


@pytest.mark.parametrize("moved_before", [False, True])
def test_t71_a_rollback_looks_at_the_bytes_also_where_the_alias_is_there_already(
    world: Operated, *, moved_before: bool
) -> None:
    world.clock.forward(hours=1)
    world.deploy("1.1.0")
    for hours in (24, 25, 73, 169):
        world.clock.forward(hours=hours)
        world.well("1.0.0", "1.1.0")
        assert world.apply().code == 0
    assert aliases()["champion"] == "2"
    file = weights("1")
    file.write_bytes(file.read_bytes() + b"?")
    if moved_before:
        MlflowClient().set_registered_model_alias("credit-risk", "champion", "1")
    world.fails("1.1.0")
    assert world.apply().code == 1
    assert routed()["ml_enabled"] is False, "the rules answer"
    assert world.status()["state"] == "Suspended"
    tenures = world.ledger("state/credit-risk/production.json")["tenures"]
    assert [one["release"] for one in tenures] == ["1.0.0", "1.1.0"]


@pytest.mark.parametrize("steps", [0, 1])
def test_t71_wrong_bytes_are_a_verdict_that_is_remembered_until_a_change_of_the_model_is_merged(
    world: Operated, steps: int
) -> None:
    """Where a rollout has begun already it ends with that, and the champion takes all requests."""
    world.clock.forward(hours=1)
    world.deploy("1.1.0")
    for hours in (24, 25)[: steps + 1]:
        assert world.apply().code == 0
        world.clock.forward(hours=hours)
        world.well("1.0.0", "1.1.0")
    file = weights("2")
    signed = file.read_bytes()
    file.write_bytes(signed + b"?")
    MlflowClient().set_registered_model_alias("credit-risk", "challenger", "3")
    assert world.apply().code == 1
    failed = world.records("outcome")[-1]
    assert (failed["release"], failed["success"], failed["verdict"]) == ("1.1.0", False, "deny")

    file.write_bytes(signed)
    for _ in range(2):
        before = world.git("ls-remote", "origin", "modelward/ledger")
        assert world.apply().code == 1
        state = world.status()
        assert (state["state"], "bytes of version 2 are not those" in state["reason"]) == ("Blocked", True)
        assert routed() is None or routed()["challenger"] is None
    assert world.git("ls-remote", "origin", "modelward/ledger") == before, "nothing more is written"

    until = f"{world.clock.now:%Y-%m-%dT%H:%M:%SZ}"
    world.deploy("1.1.0", hold=f'{{reason: "looked at", until: "{until}"}}')
    world.clock.forward(minutes=1)
    assert world.apply().code == 0
    assert aliases()["challenger"] == "2"


def moved_to_no_release() -> str:
    """The version, of no release, that somebody lets the alias of production name."""
    client = MlflowClient()
    known = client.get_model_version("credit-risk", "1")
    assert known.source is not None
    version = client.create_model_version("credit-risk", known.source, run_id=known.run_id).version
    client.set_registered_model_alias("credit-risk", "champion", version)
    assert routed() is None, "the alias alone says where requests go"
    return str(version)


def test_e14_t72_what_git_switches_off_goes_off_and_an_alias_on_no_release_comes_back(world: Operated) -> None:
    moved_to_no_release()
    world.replace(MANIFEST, "ml_enabled: true", "ml_enabled: false")
    world.commit("Switch off", "engineer-1")
    world.merged()
    assert world.apply().code == 0
    assert routed()["ml_enabled"] is False
    assert world.apply().code == 0
    assert (aliases()["champion"], routed()["ml_enabled"]) == ("1", False)
    assert "credit-risk" not in world.apply().out


def test_g3_t72_the_rules_answer_though_the_alias_is_on_no_release_and_the_suspended_one_never_gets_it_back(
    world: Operated,
) -> None:
    elsewhere = moved_to_no_release()
    world.fails("1.0.0")
    for _ in range(3):
        assert "a defect" not in world.apply().out
        assert (routed()["ml_enabled"], aliases()["champion"]) == (False, elsewhere)
        world.clock.forward(minutes=1)


def _moved_and_changed(_registry: Path) -> None:
    file = weights("1")
    file.write_bytes(file.read_bytes() + b"?")
    MlflowClient().set_registered_model_alias("credit-risk", "champion", "3")


def _broken(version: int) -> Callable[[Path], None]:
    def broken(registry: Path) -> None:
        with sqlite3.connect(registry / "mlflow.db") as store:
            store.execute(
                "UPDATE model_versions SET status = 'FAILED_REGISTRATION' WHERE name = 'credit-risk' AND version = ?",
                [version],
            )

    return broken


def _in_doubt(_registry: Path) -> None:
    MlflowClient().set_registered_model_tag("delivery-eta", "modelward.ledger", "0" * 40)


@pytest.mark.parametrize("trouble", [_moved_and_changed, _broken(1), _broken(2), _in_doubt])
def test_e14_what_git_switches_off_goes_off_whatever_else_is_amiss(
    world: Operated, registry: Path, trouble: Callable[[Path], None]
) -> None:
    line = next(line for line in world.read(MANIFEST).splitlines() if line.startswith("  production: "))
    world.replace(MANIFEST, line, line.replace("ml_enabled: true", "ml_enabled: false"))
    world.commit("Switch off", "engineer-1")
    world.merged()
    trouble(registry)
    world.apply()
    assert routed()["ml_enabled"] is False
    assert world.apply().code != 0, "what is amiss is said when nothing is left to switch off"
    assert routed()["ml_enabled"] is False
