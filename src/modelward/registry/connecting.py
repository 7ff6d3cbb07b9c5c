"""From the organisation's list of registries to open connections, each opened once and only when needed."""

import os
from collections.abc import Mapping

from modelward.errors import WrongUse
from modelward.registry.interface import Registry
from modelward.specs.environment import Registries
from modelward.specs.scalars import RegistryName


def chosen(registries: Registries, name: str | None) -> RegistryName:
    """The registry that a person names, or the only one. `WrongUse` when it is unknown, or one of several is meant."""
    known = sorted(registries.registries)
    if name is None and len(known) == 1:
        return known[0]
    if name is None:
        raise WrongUse("this repository has more than one registry, or none", f"give --registry {'|'.join(known)}")
    found = next((each for each in known if each == name), None)
    if found is None:
        raise WrongUse(f"`{name}` is no registry", f"the registries are {', '.join(known) or 'none'}")
    return found


def connect(registries: Registries, name: RegistryName, variables: Mapping[str, str] = os.environ) -> Registry:
    """Open the registry called `name`. An unset variable or an unknown name is `WrongUse`."""
    from modelward.registry.mlflow import MlflowRegistry

    address = registries.registries.get(name)
    if address is None:
        raise WrongUse(f"`{name}` is no registry", "add it to environments/registries.yaml")
    uri = variables.get(address.uri.env, "")
    if not uri:
        raise WrongUse(
            f"the variable {address.uri.env} is not set, which holds the address of registry `{name}`",
            f"export {address.uri.env}=... (there is no default)",
        )
    return MlflowRegistry(uri)
