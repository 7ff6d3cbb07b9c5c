"""The registries and the traffic that a run observes and moves: each opened once, and listed once and whole."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import timedelta
from functools import partial
from threading import Lock, Thread
from typing import Final, TypeAlias, TypeVar

from modelward.errors import CannotEvaluate, ModelwardError, WrongUse
from modelward.policy.spans import spelled
from modelward.registry.interface import RegisteredModel, Registry, RegistryUnavailable, RegistryUnconfigured
from modelward.specs.scalars import EnvironmentName, RegistryName
from modelward.traffic.interface import Routing, Serving, Traffic
from modelward.traffic.interface import Unreadable as TrafficUnreadable

Answer = TypeVar("Answer")
Listing: TypeAlias = Mapping[str, RegisteredModel]
"""All models of a registry by their names."""
CLOCKS: Final = timedelta(minutes=5)
"""How far the clocks of two machines may be apart."""


def _splits_nothing(environment: EnvironmentName, _registries: "Registries") -> Traffic:
    raise WrongUse(f"nothing splits the traffic of {environment}")


class ClockDoubted(CannotEvaluate):
    """This machine's clock and another's tell different times, and nobody knows which is right."""


class Registries:
    """The registries of a run and the traffic of its environments, each opened and listed once."""

    def __init__(
        self,
        connect: Callable[[RegistryName], Registry],
        route: Callable[[EnvironmentName, "Registries"], Traffic] = _splits_nothing,
    ) -> None:
        self._connect = connect
        self._route = route
        self._traffic: dict[EnvironmentName, Traffic] = {}
        self._serving: dict[EnvironmentName, Mapping[str, Serving | TrafficUnreadable] | ModelwardError | None] = {}
        self._routed: dict[EnvironmentName, Mapping[str, Routing | TrafficUnreadable] | ModelwardError] = {}
        self._opening = Lock()
        self._open: dict[RegistryName, Registry] = {}
        self._listed: dict[RegistryName, Future[Listing | RegistryUnavailable]] = {}

    def open(self, name: RegistryName) -> Registry:
        """The registry called `name`; raises `RegistryUnconfigured`."""
        with self._opening:
            if name not in self._open:
                try:
                    self._open[name] = self._connect(name)
                except WrongUse as error:
                    raise RegistryUnconfigured(error.message, error.remedy) from error
            return self._open[name]

    def begin(self, name: RegistryName) -> None:
        """Have a registry listed meanwhile, unless it was; whoever needs the listing waits for it."""
        if name not in self._listed:
            listing = self._listed[name] = Future()
            # A program that ends does not wait for an answer that nobody wants any more.
            Thread(target=_fulfil, args=(listing, partial(self._list, name)), daemon=True).start()

    def known(self, name: RegistryName) -> bool:
        """Whether nobody who needs the listing has to wait."""
        return name in self._listed and self._listed[name].done()

    def listed(self, name: RegistryName) -> Listing:
        """All models of a registry, as they were when it was first asked; raises `RegistryUnavailable`."""
        found = self.try_listed(name)
        if isinstance(found, RegistryUnavailable):
            raise found
        return found

    def try_listed(self, name: RegistryName) -> Listing | RegistryUnavailable:
        """All models of a registry, or why it could not be read."""
        self.begin(name)
        return self._listed[name].result()

    def _list(self, name: RegistryName) -> Listing | RegistryUnavailable:
        try:
            return self.open(name).models()
        except RegistryUnavailable as error:
            return error

    def traffic(self, environment: EnvironmentName) -> Traffic:
        """What splits the traffic of an environment."""
        if environment not in self._traffic:
            self._traffic[environment] = self._route(environment, self)
        return self._traffic[environment]

    def routed(self, environment: EnvironmentName) -> Mapping[str, Routing | TrafficUnreadable]:
        """What is routed there, of all models, as it was when it was first asked; raises the errors of traffic."""
        if environment not in self._routed:
            self._routed[environment] = _answer(self.traffic(environment).routings)
        return _said(self._routed[environment])

    def serving(self, environment: EnvironmentName) -> Mapping[str, Serving | TrafficUnreadable] | None:
        """What really serves there, as it was when it was first asked; None when nobody tells. Raises as `routed`."""
        if environment not in self._serving:
            self._serving[environment] = _answer(self.traffic(environment).serving)
        return _said(self._serving[environment])

    def require_same_time(self) -> None:
        """Refuse a clock that is that of no registry, where some tell their time: `ClockDoubted`."""
        doubts = self._clocks()
        if doubts and None not in doubts.values():
            raise next(doubt for doubt in doubts.values() if doubt is not None)

    @property
    def doubted(self) -> Mapping[RegistryName, ClockDoubted]:
        """The registries whose clock is not this machine's, while that of another is: nothing of theirs is told."""
        doubts = self._clocks()
        return {name: doubt for name, doubt in doubts.items() if doubt is not None and None in doubts.values()}

    def _clocks(self) -> Mapping[RegistryName, ClockDoubted | None]:
        """What is doubtful about the time of each registry that tells it."""
        ahead = {name: registry.ahead for name, registry in self._open.items()}
        return {name: self._doubt(name, by) for name, by in ahead.items() if by is not None}

    def _doubt(self, name: RegistryName, ahead: timedelta) -> ClockDoubted | None:
        if abs(ahead) <= CLOCKS:
            return None
        apart = f"{spelled(abs(ahead))} {'ahead' if ahead > timedelta() else 'behind'}"
        return ClockDoubted(
            f"the clocks of this machine and of registry {self._open[name].address} are not the same",
            f"it is {apart} there: set whichever is wrong by NTP; `modelward doctor` compares them",
        )

    @property
    def unavailable(self) -> tuple[CannotEvaluate, ...]:
        """Why registries could not be read, or are not believed; nothing is known of their models."""
        listed = (one.result() for one in self._listed.values() if one.exception() is None)
        return (*(found for found in listed if isinstance(found, RegistryUnavailable)), *self.doubted.values())


def _fulfil(future: "Future[Answer]", ask: Callable[[], Answer]) -> None:
    """Let whoever waits have the answer, or what was raised instead."""
    try:
        future.set_result(ask())
    except BaseException as error:  # noqa: BLE001 - it is raised where the answer is needed
        future.set_exception(error)


def _answer(ask: Callable[[], Answer]) -> Answer | ModelwardError:
    """What is answered, or why nothing is: who is away is asked once a run."""
    try:
        return ask()
    except ModelwardError as error:
        return error


def _said(answer: Answer | ModelwardError) -> Answer:
    if isinstance(answer, ModelwardError):
        raise answer
    return answer
