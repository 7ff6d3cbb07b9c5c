"""A repository under operation against a registry and a router in memory: watched at every call, and put back."""

import socket
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest

from hosted import GitHub
from modelward.cli import reconciling
from modelward.reconcile import journal
from modelward.registry.interface import RegisteredModel, Registry
from modelward.registry.simulator import SimulatedRegistry
from modelward.traffic.connecting import connect
from modelward.traffic.interface import Requests, Routing, Traffic
from modelward.traffic.simulator import SimulatedTraffic
from modelward.tree.edit import write_atomically
from modelward.tree.git import Git
from operated import Clock, Operated
from repository import PROJECT, Repository

ARTIFACTS = PROJECT / "demo" / "artifacts"
MODELS = ("credit-risk", "delivery-eta", "fraud-detection")
REQUESTS = 100_000
"""What all variants of a model are asked in any time."""
Watcher = Callable[[str], None]
"""Is told of each call by its name, before it is made."""


def _nobody(_call: str) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Moment:
    """All that outlives a process, as it stood once: registry, router, branches, journal, forge and the time."""

    models: dict[str, RegisteredModel]
    routed: dict[str, Routing]
    serves: dict[str, Routing]
    requests: dict[str, Requests]
    files: dict[Path, bytes]
    pulls: list[Any]
    now: datetime

    @property
    def left(self) -> object:
        """What tells two moments apart for whoever comes next."""
        return self.models, self.routed, self.serves, self.files, self.pulls


class Router(SimulatedTraffic):
    """A router that counts anew whenever something else serves."""

    def reload(self, models: Collection[str]) -> None:
        """Serve what is routed."""
        before = dict(self._serves)
        super().reload(models)
        self.requests |= {name: Requests(0, 0, 0, 0) for name, one in self._serves.items() if before.get(name) != one}


class Simulated(Operated):
    """This project's models; what splits production is a router in memory."""

    registry: SimulatedRegistry
    router: Router
    watcher: Watcher
    github: GitHub
    """Where pull requests are made, by whoever is led there."""

    @classmethod
    @contextmanager
    def running(cls, repository: Repository) -> Iterator["Simulated"]:
        """The command speaks to this registry and this router meanwhile, each run from a machine of its own."""
        path = "environments/production.yaml"
        repository.replace(path, "traffic: {kind: registry-tags}", "traffic: {kind: http-router, url: {env: ROUTER}}")
        world = cls(Operated.begun(repository, Clock()).root)
        world.clock = Clock()
        world.watcher = _nobody
        world.github = GitHub()
        world.registry = SimulatedRegistry()
        world.router = Router(set(MODELS))
        for model in MODELS:
            world.trained(model)
        watched = cast("Registry", _Watched(world, world.registry, "registry"))
        router = cast("Traffic", _Watched(world, world.router, "router"))
        ran, hosts = Git.run, iter(range(10**6))

        def route(environment: Any, registries: Any) -> Traffic:
            return router if environment.traffic.kind == "http-router" else connect(environment, registries)

        def run(git: Git, *arguments: str, stdin: bytes | None = None) -> bytes:
            if arguments[0] in ("push", "update-ref"):
                world.watcher(f"git {arguments[0]}")
            return ran(git, *arguments, stdin=stdin)

        def write(path: Path, data: bytes) -> None:
            world.watcher("journal")
            write_atomically(path, data)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reconciling, "connect", lambda _registries, _name: watched)
            patch.setattr(reconciling, "traffic", route)
            patch.setattr(Git, "run", run)
            patch.setattr(journal, "write_atomically", write)
            patch.setattr(socket, "gethostname", lambda: f"machine-{next(hosts)}")
            yield world

    def trained(self, model: str) -> None:
        """Register every release of a model with its files; the first is in Production."""
        releases = self.snapshot().model(model).releases
        by_number = {one.spec.registered["main"].version: (name, one.spec) for name, one in releases.items()}  # type: ignore[index]
        for number in sorted(by_number):
            name, spec = by_number[number]
            folder = ARTIFACTS / model / name
            files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
            content = {path: file.read_bytes() for path, file in files.items()}
            assert self.registry.register(model, content, spec.registered["main"].run_id) == number  # type: ignore[index]
        self.registry.set_stage(model, 1, "Production")

    def well(self, *releases: str, model: str = "credit-risk") -> None:
        """All that is measured is good now, and each variant has been asked as often as it is to be."""
        super().well(*releases, model=model)
        serves = self.router._serves[model]
        share = REQUESTS * serves.champion_weight // 100
        self.router.requests[model] = Requests(share, REQUESTS - share, 0, 0)

    def moment(self) -> Moment:
        """All that a process which dies now leaves behind."""
        models, routed, serves = self.registry._models, self.router._routed, self.router._serves
        requests = dict(self.router.requests)
        pulls = list(self.github.pulls)
        return Moment(dict(models), dict(routed), dict(serves), requests, self.lasting(), pulls, self.clock.now)

    def back(self, moment: Moment) -> None:
        """Let everything stand as it did once."""
        self.registry._models = dict(moment.models)
        self.router._routed, self.router._serves = dict(moment.routed), dict(moment.serves)
        self.router.requests, self.clock.now = dict(moment.requests), moment.now
        self.github.pulls = list(moment.pulls)
        self.lay_back(moment.files)
        # What was written since would come with the next commit.
        self.git("reset", "--quiet", "--hard")

    def at_every_call(self, *more: str) -> Iterator[tuple[str, Moment]]:
        """Run, and give what stood before each call that the run made, where it was another than before the last."""
        seen: list[tuple[str, Moment]] = []

        def watch(call: str) -> None:
            moment = self.moment()
            if not seen or seen[-1][1].left != moment.left:
                seen.append((call, moment))

        self.watcher = watch
        self.apply(*more)
        self.watcher = _nobody
        yield from seen

    def pointers(self, model: str = "credit-risk") -> Any:
        """Aliases, stages, suspensions and routing of a model, and what really serves."""
        found = self.registry.model(model)
        assert found is not None
        versions = {one.version: (one.stage, one.tags.get("modelward.suspended")) for one in found.versions.values()}
        return found.aliases, versions, self.router._routed.get(model), self.router._serves.get(model)


class _Watched:
    """A part of the world that tells the watcher of each call before it is made."""

    def __init__(self, world: Simulated, inner: object, name: str) -> None:
        self._world, self._inner, self._name = world, inner, name

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def called(*arguments: Any) -> Any:
            self._world.watcher(f"{self._name} {name}")
            return found(*arguments)

        return called
