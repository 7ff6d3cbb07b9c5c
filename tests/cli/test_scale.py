"""Many models of which some are broken, each in a way of its own: all others follow git, and these are named.

Rows F6, F7 and G3 of the mission; T71 and T72 of the threats.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from bench.breaking import BROKEN, broken_in_git
from bench.generating import GeneratedModel, Template, fleet, generate

from governed import public
from modelward.cli import reconciling
from modelward.reconcile.actions import REPOSITORY_TAG
from modelward.registry.interface import RegisteredModel, RegistryUnavailable
from modelward.registry.simulator import SimulatedRegistry
from operated import Clock, Operated
from repository import PROJECT

SIZE = 100
NOTHING: Mapping[str, bytes] = MappingProxyType({})
VALID = 'valid_from: "2026-01-01T00:00:00Z", valid_until: "2028-01-01T00:00:00Z"'


def registered(template: Template) -> SimulatedRegistry:
    """What training would have registered."""
    registry = SimulatedRegistry()
    versions = {release.number: release.version for release in template.releases}
    for model in fleet(SIZE):
        for number, run_id in template.registered(model):
            registry.register(model.registered_model, model.artifact(versions[number]), run_id)
    return registry


def break_in_registry(registry: SimulatedRegistry) -> None:
    """What can be amiss in a registry."""
    names = {at: GeneratedModel(at).registered_model for at in BROKEN}

    def changed(at: int, **facts: object) -> None:
        registry._models[names[at]] = replace(registry._models[names[at]], **facts)  # type: ignore[arg-type]

    def versions(at: int) -> RegisteredModel:
        return registry._models[names[at]]

    changed(11, versions={number: one for number, one in versions(11).versions.items() if number != 2})
    changed(12, versions={number: replace(one, ready=False) for number, one in versions(12).versions.items()})
    registry.files[names[23], 2] = {"MLmodel": b"another\n"}
    changed(37, tags={REPOSITORY_TAG: "acme/other"})
    del registry._models[names[41]]
    changed(64, aliases={"champion": 1})
    registry.files[names[77], 2] = {}


def governing(folder: Path, size: int, files: Mapping[str, bytes] = NOTHING) -> Operated:
    """A fleet whose machine has a key, and a server that it was cloned from."""
    people = re.sub(
        r"(  reconciler: .*keys: )\[\]",
        rf'\g<1>[{{key: "{public("reconciler")}", {VALID}}}]',
        (PROJECT / "policies/people.yaml").read_text(),
    )
    generate(folder / "fleet", size, {**files, "policies/people.yaml": people.encode()})
    world = Operated(folder / "fleet")
    world.clock = Clock()
    server = folder / "server.git"
    world.git("clone", "--quiet", "--bare", str(world.root), str(server))
    world.git("config", "remote.origin.url", str(server))
    return world


def test_f7_g3_all_but_the_broken_models_converge_and_each_broken_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = Template()
    world = governing(tmp_path, SIZE, broken_in_git(template))
    registry = registered(template)
    break_in_registry(registry)
    monkeypatch.setattr(reconciling, "connect", lambda _registries, _name: registry)
    before = registry.models()

    done = world.apply("--trust-root", "main")
    assert done.code == 1, done
    for at, model in enumerate(fleet(SIZE)):
        shown = registry.model(model.registered_model)
        if at in BROKEN:
            assert shown == before.get(model.registered_model), (at, shown)
            assert re.search(rf"{model.name}\b(?:(?!\n\S).)*{re.escape(BROKEN[at])}", done.out, re.DOTALL), BROKEN[at]
        else:
            assert shown is not None
            assert shown.aliases == {
                "staging": template.deployed(model)["staging"],
                "champion": template.deployed(model)["production"],
            }, (at, done)
    assert world.apply().code == 1
    # What was refused for its bytes is not tried again, and the other environment of its model goes on without it.
    for at in (23, 77):
        refused = registry._models[GeneratedModel(at).registered_model]
        assert refused.aliases == {"staging": template.deployed(GeneratedModel(at))["staging"]}
    after, told = registry.models(), world.git("ls-remote", "origin", "modelward/ledger")
    assert world.apply().code == 1
    assert (registry.models(), world.git("ls-remote", "origin", "modelward/ledger")) == (after, told), "it is at rest"


def test_g6_a_defect_that_one_model_meets_keeps_no_other_from_following_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Odd(SimulatedRegistry):
        def model(self, name: str) -> RegisteredModel | None:
            if name == GeneratedModel(1).registered_model:
                raise RuntimeError("nobody thought of this")
            return super().model(name)

    template, world, registry = Template(), governing(tmp_path, 3), Odd()
    registry.__dict__ |= registered(template).__dict__
    odd = GeneratedModel(2).registered_model
    registry._models[odd] = replace(registry._models[odd], versions={2: None})  # type: ignore[dict-item]
    monkeypatch.setattr(reconciling, "connect", lambda _registries, _name: registry)
    done = world.apply("--trust-root", "main")
    assert done.code == 3, done
    assert "Unknown: a defect, AttributeError" in done.out
    assert "a defect, RuntimeError: nobody thought of this" in done.out
    followed = registry._models[GeneratedModel(0).registered_model]
    assert followed.aliases["staging"] == template.deployed(GeneratedModel(0))["staging"]


@pytest.mark.parametrize("parallel", ["1", "4"])
def test_f7_a_model_that_the_registry_never_takes_a_write_of_keeps_no_other_from_following_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parallel: str
) -> None:
    odd = GeneratedModel(0).registered_model

    class Odd(SimulatedRegistry):
        def set_tag(self, name: str, key: str, value: str) -> None:
            if name == odd:
                raise RegistryUnavailable(f"cannot tag `{name}`: 500", "wait")
            super().set_tag(name, key, value)

    template, world, registry = Template(), governing(tmp_path, 12), Odd()
    registry.__dict__ |= registered(template).__dict__
    monkeypatch.setattr(reconciling, "connect", lambda _registries, _name: registry)
    done = world.apply("--trust-root", "main", "--parallel", parallel)
    assert done.code == 3, done
    shown = {at: registry._models[GeneratedModel(at).registered_model].aliases for at in range(12)}
    assert [at for at, aliases in shown.items() if not aliases] == [0], done
