"""Stopped after any write to a real server, the next run converges. Rows E1 and F6 of the mission."""

import hashlib
from pathlib import Path

import pytest

from modelward.reconcile.desired import DesiredModel, Target
from modelward.reconcile.executing import execute
from modelward.reconcile.pin import Pin
from modelward.reconcile.planning import Circumstances, plan_model
from modelward.reconcile.registries import Registries
from modelward.reconcile.states import ModelPlan
from modelward.registry.interface import Registry
from modelward.registry.mlflow import MlflowRegistry
from modelward.specs.scalars import Digest, EnvironmentName, ModelName, ReleaseName
from reconcile.conftest import MAIN, NOW, PRODUCTION, REPOSITORY, STAGING, Interrupted, Stopped

from .conftest import Filled, Register, mlflow_registrar

RELEASES = ("1.0.0", "1.1.0")


def wanted(registry: Registry, name: str, staging: str, production: str) -> DesiredModel:
    """What git wants, with the runs that the server gave."""
    model = registry.model(name)
    assert model is not None
    pins = {}
    for number, release in enumerate(RELEASES, 1):
        line = f"{hashlib.sha256(release.encode()).hexdigest()}  MLmodel\n"
        digest = Digest(f"sha256:{hashlib.sha256(line.encode()).hexdigest()}")
        pins[release] = Pin(ReleaseName(release), number, str(model.versions[number].run_id), digest)
    targets = (
        Target(EnvironmentName("staging"), STAGING, pins[staging], None, entrance=True),
        Target(EnvironmentName("production"), PRODUCTION, pins[production], None, entrance=False),
    )
    return DesiredModel(
        ModelName(name), MAIN, name, targets, {pin.version: pin for pin in pins.values()}, retired=False
    )


def plan(registry: Registry, desired: DesiredModel) -> ModelPlan:
    """The plan against the server as it is now."""
    actual = registry.model(desired.registered_model)
    return plan_model(desired, actual, {}, Circumstances(REPOSITORY, NOW, adopt=False))


def apply(registry: Registry, desired: DesiredModel) -> None:
    """Plan and carry out."""
    list(execute((plan(registry, desired),), Registries(lambda _name: registry), lambda _plan: None))


@pytest.fixture(params=["http_sqlite", "http_postgres"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Registry, Register]:
    """A registry behind a server, and how to register a version in it."""
    uri = str(request.getfixturevalue(request.param))
    return MlflowRegistry(uri), mlflow_registrar(uri, tmp_path)


@pytest.mark.parametrize("writes", range(4))
def test_f6_a_promotion_stopped_after_any_write_to_a_server_is_finished_by_the_next_run(
    server: tuple[Registry, Register], writes: int
) -> None:
    registry, register = server
    name = Filled.name()
    for release in RELEASES:
        register(name, {"MLmodel": release.encode()})
    apply(registry, wanted(registry, name, "1.1.0", "1.0.0"))
    promoted = wanted(registry, name, "1.1.0", "1.1.0")
    try:
        apply(Interrupted(registry, writes), promoted)
    except Stopped:
        assert writes < 3
        apply(registry, promoted)
    model = registry.model(name)
    assert model is not None
    assert model.aliases == {"staging": 2, "champion": 2}
    assert {number: version.stage for number, version in model.versions.items()} == {1: "Archived", 2: "Production"}
    assert plan(registry, promoted).actions == ()
