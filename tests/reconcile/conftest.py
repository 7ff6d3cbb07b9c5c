"""A small world for reconciling: one model with three releases, two environments, and a registry in memory."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from modelward.reconcile.desired import DesiredModel, Target
from modelward.reconcile.executing import Outcome, execute
from modelward.reconcile.hashing import true_digest
from modelward.reconcile.pin import Pin
from modelward.reconcile.planning import Circumstances, plan_model, suspects
from modelward.reconcile.registries import Registries
from modelward.reconcile.states import ModelPlan
from modelward.registry.interface import About, RegisteredModel, Registry, RegistryUnavailable, Run, Stage
from modelward.registry.simulator import SimulatedRegistry
from modelward.specs.environment import Pointers
from modelward.specs.scalars import Digest, EnvironmentName, ModelName, RegistryName, ReleaseName

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
REPOSITORY = "acme/ml-governance"
MAIN = RegistryName("main")
RELEASES = {"1.0.0": 1, "1.1.0": 2, "1.2.0": 3}
STAGING = Pointers.model_validate({"name": "main", "alias": "staging", "stage": "Staging"})
PRODUCTION = Pointers.model_validate({"name": "main", "alias": "champion", "stage": "Production"})


class Stopped(BaseException):
    """The machine went down."""


class Interrupted:
    """A registry in front of another that goes down after some writes, and counts them."""

    address = "interrupted"

    def __init__(self, registry: Registry, writes: int | None = None) -> None:
        self._registry = registry
        self._left = writes
        self.writes = 0

    @property
    def ahead(self) -> timedelta | None:
        return self._registry.ahead

    def about(self) -> About:
        return self._registry.about()

    def models(self) -> Mapping[str, RegisteredModel]:
        return self._registry.models()

    def model(self, name: str) -> RegisteredModel | None:
        return self._registry.model(name)

    def run(self, run_id: str) -> Run | None:
        return self._registry.run(run_id)

    def run_file(self, run_id: str, name: str) -> bytes | None:
        return self._registry.run_file(run_id, name)

    def fetch_artifact(self, name: str, version: int, into: Path) -> Path:
        return self._registry.fetch_artifact(name, version, into)

    def set_stage(self, name: str, version: int, stage: Stage) -> None:
        self._write()
        self._registry.set_stage(name, version, stage)

    def set_alias(self, name: str, alias: str, version: int) -> None:
        self._write()
        self._registry.set_alias(name, alias, version)

    def remove_alias(self, name: str, alias: str) -> None:
        self._write()
        self._registry.remove_alias(name, alias)

    def set_tag(self, name: str, key: str, value: str) -> None:
        self._write()
        self._registry.set_tag(name, key, value)

    def remove_tag(self, name: str, key: str) -> None:
        self._write()
        self._registry.remove_tag(name, key)

    def set_version_tag(self, name: str, version: int, key: str, value: str) -> None:
        self._write()
        self._registry.set_version_tag(name, version, key, value)

    def remove_version_tag(self, name: str, version: int, key: str) -> None:
        self._write()
        self._registry.remove_version_tag(name, version, key)

    def _write(self) -> None:
        if self._left is not None and self.writes >= self._left:
            raise Stopped
        self.writes += 1


class Away(Interrupted):
    """A registry that cannot be reached any more."""

    def about(self) -> About:
        raise RegistryUnavailable("registry away says nothing of itself", "wait")

    def model(self, name: str) -> RegisteredModel | None:
        raise RegistryUnavailable(f"registry away cannot show `{name}`", "wait")


def content(model: str, release: str) -> dict[str, bytes]:
    """The files of a release."""
    return {"MLmodel": f"{model} {release}".encode()}


def digest(files: Mapping[str, bytes]) -> Digest:
    """The artifact digest of some files, computed from its definition."""
    lines = [f"{hashlib.sha256(files[path]).hexdigest()}  {path}\n" for path in sorted(files, key=str.encode)]
    return Digest(f"sha256:{hashlib.sha256(''.join(lines).encode()).hexdigest()}")


@dataclass
class World:
    """One model in one registry."""

    name: str = "credit-risk"
    simulator: SimulatedRegistry = field(default_factory=SimulatedRegistry)

    def __post_init__(self) -> None:
        for release in RELEASES:
            self.simulator.register(self.name, content(self.name, release), self.run_id(release))

    def run_id(self, release: str) -> str:
        """The run that made a release."""
        return f"{RELEASES[release]:032x}"

    def pin(self, release: str) -> Pin:
        """A release as its spec pins it."""
        files = content(self.name, release)
        return Pin(ReleaseName(release), RELEASES[release], self.run_id(release), digest(files))

    def wanted(
        self,
        staging: str | None,
        production: str | None,
        *,
        held_until: datetime | None = None,
        retired: bool = False,
    ) -> DesiredModel:
        """What git wants; the hold is on production."""
        targets = (
            Target(EnvironmentName("staging"), STAGING, self.pin(staging) if staging else None, None, entrance=True),
            Target(
                EnvironmentName("production"),
                PRODUCTION,
                self.pin(production) if production else None,
                held_until,
                entrance=False,
            ),
        )
        pins = {pin.version: pin for pin in map(self.pin, RELEASES)}
        return DesiredModel(ModelName(self.name), MAIN, self.name, targets, pins, retired)

    def plan(self, wanted: DesiredModel, *, adopt: bool = False, registry: Registry | None = None) -> ModelPlan:
        """The plan against the registry as it is now."""
        registry = registry or self.simulator
        actual = registry.models().get(self.name)
        digests = {pin.version: true_digest(registry, self.name, pin) for pin in suspects(wanted, actual)}
        return plan_model(wanted, actual, digests, Circumstances(REPOSITORY, NOW, adopt))

    def apply(self, wanted: DesiredModel, *, adopt: bool = False, registry: Registry | None = None) -> list[Outcome]:
        """Plan, and carry the plan out."""
        chosen = registry or self.simulator
        plan = self.plan(wanted, adopt=adopt, registry=chosen)
        return list(execute((plan,), Registries(lambda _name: chosen), lambda _plan: None))

    def shown(self) -> tuple[dict[str, int], dict[int, Stage]]:
        """Aliases, and the stage of each version."""
        model = self.simulator.model(self.name)
        assert model is not None
        return dict(model.aliases), {number: version.stage for number, version in model.versions.items()}
