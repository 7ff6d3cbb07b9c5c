"""The registries that the organisation names: whether they answer here, their version, and their clock."""

import os
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Final

from modelward.errors import ModelwardError, WrongUse
from modelward.health.clocks import clock
from modelward.health.outcomes import Check, Ok, Outcome, Unasked, Unknown, Warned, looked
from modelward.registry.connecting import connect
from modelward.registry.interface import About
from modelward.specs.environment import Registries
from modelward.specs.scalars import RegistryName

OLDEST: Final = "3.1"
"""The first version of MLflow that the tests hold."""


def registries(
    known: Registries, asked: Collection[str], now: datetime, variables: Mapping[str, str] = os.environ
) -> Iterator[Check]:
    """Each registry whose address is set here; those that are `asked` for must be. `WrongUse` for an unknown one."""
    for name in asked:
        if name not in known.registries:
            raise WrongUse(f"`{name}` is no registry", f"the registries are {', '.join(known.registries) or 'none'}")
    for name, address in known.registries.items():
        if asked and name not in asked:
            continue
        if not variables.get(address.uri.env):
            why = f"the variable {address.uri.env} is not set here, which holds its address"
            remedy = f"export {address.uri.env}=..."
            yield Check(f"registry {name}", Unknown(why, remedy) if asked else Unasked(why, remedy))
            continue
        yield from _answers(known, name, now, variables)


def _answers(known: Registries, name: RegistryName, now: datetime, variables: Mapping[str, str]) -> Iterator[Check]:
    try:
        registry = connect(known, name, variables)
        about = registry.about()
    except ModelwardError as error:
        yield Check(f"registry {name}", Unknown(error.message, error.remedy))
        return
    yield Check(f"registry {name}", Ok(f"{registry.address} answers"))
    yield looked(f"registry {name} version", lambda: _version(about))
    yield looked(f"registry {name} clock", lambda: clock(f"registry {name}", about.answered_at, now))


def _version(about: About) -> Outcome:
    from packaging.version import InvalidVersion, Version

    if about.version is None:
        return Unasked("it does not say which version it is", "look at its page of versions")
    try:
        is_old = Version(about.version) < Version(OLDEST)
    except InvalidVersion:
        return Unknown(f"it calls itself `{about.version}`, which is no version", "is this an MLflow server?")
    if is_old:
        return Warned(f"it is MLflow {about.version}, and what is tested starts at {OLDEST}", "upgrade the server")
    return Ok(f"MLflow {about.version}")
