"""From an environment to what splits its traffic: addresses and credentials come from variables alone."""

import os
from collections.abc import Mapping
from typing import assert_never

from modelward.errors import WrongUse
from modelward.specs.environment import Environment
from modelward.traffic.interface import OpenRegistries, Traffic


def connect(environment: Environment, registries: OpenRegistries, variables: Mapping[str, str] = os.environ) -> Traffic:
    """Open the traffic of an environment; nothing is asked yet. An unset variable is `WrongUse`."""
    kind = environment.traffic.kind
    match kind:
        case "registry-tags":
            from modelward.traffic.registry_tags import RegistryTags

            return RegistryTags(registries, environment.registry.name, environment.environment)
        case "http-router":
            return _router(environment, variables)
        case "none":
            from modelward.traffic.pointers import ByPointer

            return ByPointer(registries, environment.registry)
        case _:
            assert_never(kind)


def _router(environment: Environment, variables: Mapping[str, str]) -> Traffic:
    from modelward.exchange import Host
    from modelward.traffic.http_router import HEADERS, HttpRouter

    name, traffic = environment.environment, environment.traffic
    assert traffic.url is not None, "the spec demands a router's url"
    address = _value(traffic.url.env, f"the address of the router of {name}", variables)
    if traffic.token is None:
        return HttpRouter(Host.at(address, f"the router of {name}", "", "no variable", HEADERS), name)
    token = _value(traffic.token.env, f"the credential for the router of {name}", variables)
    return HttpRouter(Host.at(address, f"the router of {name}", token, traffic.token.env, HEADERS), name)


def _value(variable: str, what: str, variables: Mapping[str, str]) -> str:
    value = variables.get(variable, "")
    if not value:
        raise WrongUse(f"the variable {variable} is not set, which holds {what}", f"export {variable}=...")
    return value
