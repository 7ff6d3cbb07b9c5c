"""Registries of a run: each listed once, while other things are done, and only where somebody asks for it."""

from collections.abc import Mapping
from threading import Event, get_ident

import pytest

from modelward.errors import ExitCode, WrongUse
from modelward.reconcile.registries import Registries
from modelward.registry.interface import RegisteredModel, Registry, RegistryUnavailable
from modelward.registry.simulator import SimulatedRegistry
from modelward.specs.scalars import RegistryName

MAIN = RegistryName("main")


class Slow(SimulatedRegistry):
    """A registry that answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.may, self.asked = Event(), list[int]()

    def models(self) -> Mapping[str, RegisteredModel]:
        """All models, once it may."""
        self.asked.append(get_ident())
        assert self.may.wait(10)
        return super().models()


def test_a_registry_is_listed_once_while_its_user_does_something_else() -> None:
    slow = Slow()
    registries = Registries(lambda _name: slow)
    registries.begin(MAIN)
    registries.begin(MAIN)
    assert not registries.known(MAIN)
    slow.may.set()
    assert registries.listed(MAIN) == {}
    assert registries.known(MAIN)
    assert registries.try_listed(MAIN) == {}
    assert len(slow.asked) == 1
    assert slow.asked[0] != get_ident()


def test_what_keeps_a_registry_from_being_read_is_told_to_whoever_asks_for_it() -> None:
    def away(_name: RegistryName) -> Registry:
        raise RegistryUnavailable("nobody is there", "wait")

    registries = Registries(away)
    registries.begin(MAIN)
    with pytest.raises(RegistryUnavailable, match="nobody is there"):
        registries.listed(MAIN)
    assert [error.message for error in registries.unavailable] == ["nobody is there"]


def test_a_registry_that_nobody_has_named_is_one_that_cannot_be_read_and_wrong_use_at_the_end() -> None:
    def wrong(_name: RegistryName) -> Registry:
        raise WrongUse("the variable is not set", "set it")

    registries = Registries(wrong)
    assert isinstance(registries.try_listed(MAIN), RegistryUnavailable)
    assert [(one.message, one.remedy, one.code) for one in registries.unavailable] == [
        ("the variable is not set", "set it", ExitCode.USAGE)
    ]
