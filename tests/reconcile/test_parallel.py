"""Several models at once: each by itself, and told in the order of the plans. Row F7 of the mission."""

import threading
import warnings

import pytest

from modelward.reconcile.executing import Applied, Failed, execute
from modelward.reconcile.registries import Registries
from modelward.reconcile.states import ModelPlan
from modelward.registry.deprecation import stages_unmentioned
from modelward.registry.interface import About, RegisteredModel, RegistryUnavailable
from modelward.registry.simulator import SimulatedRegistry

from .conftest import Interrupted, Stopped, World

NAMES = tuple(f"model-{number:02}" for number in range(12))


class Slow(Interrupted):
    """A registry that answers those who came last first, and knows how many ask at once."""

    def __init__(self, registry: SimulatedRegistry) -> None:
        super().__init__(registry)
        self.at_once = 0
        self._asking = 0
        self._lock = threading.Lock()

    def model(self, name: str) -> RegisteredModel | None:
        with self._lock:
            self._asking += 1
            self.at_once = max(self.at_once, self._asking)
        threading.Event().wait(0.001 * (len(NAMES) - NAMES.index(name)))
        with self._lock:
            self._asking -= 1
        return super().model(name)


class Down(Interrupted):
    """A registry that goes away, and counts who asks it for a model."""

    asked = 0

    def about(self) -> About:
        raise RegistryUnavailable("away", "wait")

    def model(self, name: str) -> RegisteredModel | None:
        self.asked += 1
        raise RegistryUnavailable(f"away: {name}", "wait")


def planned(simulator: SimulatedRegistry) -> tuple[ModelPlan, ...]:
    worlds = [World(name, simulator) for name in NAMES]
    return tuple(world.plan(world.wanted("1.1.0", "1.0.0"), registry=simulator) for world in worlds)


def test_f7_outcomes_come_in_the_order_of_the_plans_and_no_more_models_move_at_once_than_allowed() -> None:
    simulator = SimulatedRegistry()
    plans = planned(simulator)
    slow = Slow(simulator)
    outcomes = list(execute(plans, Registries(lambda _name: slow), lambda _plan: None, parallel=4))
    assert [outcome.plan for outcome in outcomes] == list(plans)
    assert all(isinstance(outcome, Applied) for outcome in outcomes)
    assert 1 < slow.at_once <= 4
    assert all(model.aliases == {"staging": 2, "champion": 1} for model in simulator.models().values())


@pytest.mark.parametrize("parallel", [1, 4])
def test_a_registry_that_is_away_is_asked_by_those_alone_who_began_at_once(parallel: int) -> None:
    simulator = SimulatedRegistry()
    plans = planned(simulator)
    down = Down(simulator)
    outcomes = list(execute(plans, Registries(lambda _name: down), lambda _plan: None, parallel=parallel))
    assert len(outcomes) == len(plans)
    assert all(isinstance(outcome, Failed) and outcome.unavailable for outcome in outcomes)
    assert 1 <= down.asked <= parallel


def test_who_stops_a_run_stops_what_has_not_begun() -> None:
    simulator = SimulatedRegistry()
    plans = planned(simulator)
    stopping = Interrupted(simulator, writes=3)
    with pytest.raises(Stopped):
        list(execute(plans, Registries(lambda _name: stopping), lambda _plan: None, parallel=2))
    assert stopping.writes == 3
    untouched = [name for name, model in simulator.models().items() if not model.tags and not model.aliases]
    assert len(untouched) >= len(NAMES) - 3


def test_no_thread_hears_of_stages_while_another_leaves() -> None:
    before = list(warnings.filters)
    inside, left = threading.Event(), threading.Event()

    def first() -> None:
        with stages_unmentioned():
            inside.set()
            left.wait(5)

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait(5)
    with stages_unmentioned():
        left.set()
        thread.join()
        warnings.warn("stages are deprecated", FutureWarning, stacklevel=1)
    assert list(warnings.filters) == before
