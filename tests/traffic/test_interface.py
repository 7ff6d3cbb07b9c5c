"""A routing cannot be one that no router could follow, and is compared with what was wanted of it."""

from dataclasses import replace

import pytest

from modelward.specs.scalars import ReleaseName
from modelward.traffic.confirming import described
from modelward.traffic.interface import Challenger, Routing, Served

OLD, NEW = Served(3, ReleaseName("1.0.0")), Served(4, ReleaseName("1.1.0"))
CANARY = Routing(OLD, Challenger(NEW, 5), tenants={"north": NEW})


@pytest.mark.parametrize("weight", [0, 5, 50, 100])
def test_e8_the_weights_of_champion_and_challenger_always_sum_to_100(weight: int) -> None:
    assert Routing(OLD, Challenger(NEW, weight)).champion_weight + weight == 100
    assert Routing(OLD).champion_weight == 100


@pytest.mark.parametrize("weight", [-1, 101])
def test_a_weight_that_is_no_percentage_makes_no_routing(weight: int) -> None:
    with pytest.raises(ValueError, match="no percentage"):
        Routing(OLD, Challenger(NEW, weight))


def test_a_champion_does_not_challenge_itself() -> None:
    with pytest.raises(ValueError, match="one version"):
        Routing(OLD, Challenger(OLD, 5))


@pytest.mark.parametrize("other", [Served(3, ReleaseName("2.0.0")), Served(5, ReleaseName("1.0.0"))])
def test_a_version_and_its_release_belong_together(other: Served) -> None:
    with pytest.raises(ValueError, match="under two"):
        Routing(OLD, tenants={"north": other})


@pytest.mark.parametrize(
    "other",
    [
        replace(CANARY, champion=Served(2, ReleaseName("0.9.0"))),
        replace(CANARY, challenger=Challenger(NEW, 6)),
        replace(CANARY, challenger=Challenger(Served(5, ReleaseName("1.2.0")), 5)),
        replace(CANARY, challenger=None),
        replace(CANARY, ml_enabled=False),
        replace(CANARY, feedback_enabled=False),
        replace(CANARY, tenants={}),
        replace(CANARY, tenants={"south": NEW}),
        replace(CANARY, tenants={"north": OLD}),
        replace(CANARY, tenants={"north": NEW, "south": NEW}),
    ],
)
def test_whatever_differs_is_not_what_was_wanted(other: Routing) -> None:
    assert CANARY.shows(CANARY)
    assert not other.shows(CANARY)
    assert not CANARY.shows(other)
    assert described(other) != described(CANARY)


def test_a_version_alone_speaks_for_its_release_and_another_release_does_not() -> None:
    assert Routing(Served(3, None)).shows(Routing(OLD))
    assert not Routing(Served(3, ReleaseName("2.0.0"))).shows(Routing(OLD))
    assert not Routing(OLD).shows(Routing(Served(3, None)))
