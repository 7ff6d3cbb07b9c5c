"""What all traffic does alike: the simulator, tags of an MLflow server, and a router over HTTP. Rows B8, D12, E6, E8
and E18 of the mission.
"""

from dataclasses import replace

import pytest

from modelward.specs.scalars import ReleaseName
from modelward.traffic.confirming import Confirmed, NotServed, Untold, reload_and_confirm
from modelward.traffic.interface import Challenger, Routing, Served, TrafficRefused, Unreadable

from .conftest import Kind

OLD, NEW = Served(3, ReleaseName("1.0.0")), Served(4, ReleaseName("1.1.0"))
CHAMPION = Routing(OLD)
CANARY = Routing(OLD, Challenger(NEW, 5))


def test_a_model_that_nobody_routed_has_no_routing(kind: Kind) -> None:
    model, traffic = kind.model(), kind.opened()
    assert traffic.routing(model) is None
    assert model not in traffic.routings()


@pytest.mark.parametrize(
    "wanted",
    [
        CHAMPION,
        CANARY,
        Routing(OLD, Challenger(NEW, 0)),
        Routing(OLD, Challenger(NEW, 100)),
        Routing(OLD, ml_enabled=False),
        Routing(OLD, feedback_enabled=False),
        Routing(OLD, Challenger(NEW, 20), tenants={"north": NEW, "south": Served(2, ReleaseName("0.9.0-rc.1"))}),
    ],
)
def test_b8_d12_e8_what_is_routed_reads_back_the_same_alone_and_among_all(kind: Kind, wanted: Routing) -> None:
    model = kind.model()
    kind.opened().set_routing(model, wanted)
    found = kind.opened().routing(model)
    assert found == wanted
    assert isinstance(found, Routing)
    assert found.shows(wanted)
    assert kind.opened().routings()[model] == wanted


def test_a_routing_may_be_set_again_and_replaces_the_whole_of_the_one_before(kind: Kind) -> None:
    model, traffic = kind.model(), kind.opened()
    steps = [replace(CANARY, tenants={"north": NEW}, ml_enabled=False), CANARY, CANARY, CHAMPION]
    for wanted in steps:
        traffic.set_routing(model, wanted)
        assert traffic.routing(model) == wanted


def test_all_models_are_read_at_once_and_none_takes_another_s_routing(kind: Kind) -> None:
    models = [kind.model() for _ in range(5)]
    wanted = {model: Routing(OLD, Challenger(NEW, weight)) for weight, model in enumerate(models, 1)}
    for model, routing in wanted.items():
        kind.opened().set_routing(model, routing)
    found = kind.opened().routings()
    assert {model: found[model] for model in models} == wanted


def test_a_routing_that_cannot_be_read_is_told_of_its_model_alone_and_can_be_mended(kind: Kind) -> None:
    broken, sound = kind.model(), kind.model()
    for model in (broken, sound):
        kind.opened().set_routing(model, CANARY)
    kind.break_(broken)
    found = kind.opened().routings()
    assert found[sound] == CANARY
    assert isinstance(found[broken], Unreadable)
    assert isinstance(kind.opened().routing(broken), Unreadable)
    kind.opened().set_routing(broken, CHAMPION)
    assert kind.opened().routing(broken) == CHAMPION


def test_a_model_that_does_not_exist_is_refused_by_name(kind: Kind) -> None:
    with pytest.raises(TrafficRefused, match="nobody-registered-this"):
        kind.opened().set_routing("nobody-registered-this", CHAMPION)


def test_e6_after_a_reload_it_is_told_whether_each_model_serves_as_it_was_routed(kind: Kind) -> None:
    wanted = {kind.model(): CANARY, kind.model(): CHAMPION}
    traffic = kind.opened()
    for model, routing in wanted.items():
        traffic.set_routing(model, routing)
    found = reload_and_confirm(traffic, wanted)
    assert found.keys() == wanted.keys()
    for model, one in found.items():
        if kind.tells:
            assert isinstance(one, Confirmed)
            assert one.serving.routing == wanted[model]
        else:
            assert one == Untold()


def test_e6_a_model_that_serves_another_version_after_the_reload_is_told_as_not_served(telling: Kind) -> None:
    model, other, traffic = telling.model(), telling.model(), telling.opened()
    for name in (model, other):
        traffic.set_routing(name, CHAMPION)
    reload_and_confirm(traffic, {model: CHAMPION, other: CHAMPION})
    telling.stick(model)
    for name in (model, other):
        traffic.set_routing(name, CANARY)
    found = reload_and_confirm(traffic, {model: CANARY, other: CANARY})
    assert isinstance(found[other], Confirmed)
    assert found[model] == NotServed(
        "after the reload serves 100 % version 3 (1.0.0); routed was 95 % version 3 (1.0.0), 5 % version 4 (1.1.0)"
    )


def test_e6_a_model_that_nothing_serves_is_told_as_not_served(telling: Kind) -> None:
    model, traffic = telling.model(), telling.opened()
    telling.stick(model)
    traffic.set_routing(model, CHAMPION)
    assert reload_and_confirm(traffic, {model: CHAMPION}) == {model: NotServed("after the reload nothing serves it")}
