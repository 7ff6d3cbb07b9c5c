"""Where releases serve (`environments/`): registries, and one file an environment."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from modelward.specs.scalars import (
    EnvironmentField,
    EnvironmentVariable,
    FixedDuration,
    Identifier,
    Map,
    RegistryField,
    Spec,
    Text,
    empty,
)
from modelward.specs.signals import STATISTICS
from modelward.specs.thresholds import Better

# MLflow keeps `latest` (in any case) and `v<number>` for itself, and tells aliases apart by case.
ALIAS = r"^[a-z][a-z0-9_-]{0,62}$"
Alias = Annotated[str, Field(pattern=ALIAS)]
Stage = Literal["Staging", "Production"]


class RegistryAddress(Spec):
    """One model registry and the variable that holds its address."""

    kind: Literal["mlflow"]
    uri: EnvironmentVariable


class Registries(Spec):
    """The registries of the organisation, by name."""

    schema_: Literal["registries/v1"] = Field(alias="schema")
    registries: Map[RegistryField, RegistryAddress]


class Pointers(Spec):
    """How an environment is shown in its registry: one alias, and optionally a stage for older consumers."""

    name: RegistryField
    alias: Alias
    challenger_alias: Alias | None = None
    stage: Stage | None = None

    @model_validator(mode="after")
    def _legal(self) -> Self:
        for alias in (self.alias, self.challenger_alias):
            if alias is not None and (alias == "latest" or (alias[0] == "v" and alias[1:].isdigit())):
                raise PydanticCustomError("alias", "`{alias}` is reserved by the registry", {"alias": alias})
        if self.alias == self.challenger_alias:
            raise PydanticCustomError("alias", "`alias` and `challenger_alias` are the same")
        return self


class Traffic(Spec):
    """What splits requests between champion and challenger.

    Only a router has a `url`, the variable that holds its address, and a `token`, the one that holds its credential.
    """

    kind: Literal["registry-tags", "http-router", "none"]
    url: EnvironmentVariable | None = None
    token: EnvironmentVariable | None = None

    @model_validator(mode="after")
    def _addressed(self) -> Self:
        if self.kind == "http-router" and self.url is None:
            raise PydanticCustomError("traffic", "needs a `url:` for `http-router`, which names its variable")
        if self.kind != "http-router" and (self.url is not None or self.token is not None):
            raise PydanticCustomError("traffic", "has a `url:` or a `token:`, which only `http-router` has")
        return self


class SignalSource(Spec):
    """How an environment measures a signal: exactly one source, and how long its newest value counts.

    `better` is the direction in which the signal is good; that of a known statistic of `monitor` need not be given.
    """

    prometheus: Text | None = None
    monitor: Identifier | None = None
    file: Text | None = None
    better: Better | None = None
    max_age: FixedDuration | None = None

    @property
    def direction(self) -> Better | None:
        """The direction in which the signal is good, or None when nothing tells."""
        return self.better or (None if self.monitor is None else STATISTICS.get(self.monitor))

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if [self.prometheus, self.monitor, self.file].count(None) != 2:
            raise PydanticCustomError("signal", "needs exactly one of `prometheus:`, `monitor:` and `file:`")
        return self


class Environment(Spec):
    """A place where a release serves."""

    schema_: Literal["environment/v1"] = Field(alias="schema")
    environment: EnvironmentField
    promotes_from: EnvironmentField | None = None
    min_soak: FixedDuration | None = None
    registry: Pointers
    traffic: Traffic
    drift: Literal["enforce", "warn"]
    signals: Map[Identifier, SignalSource] = Field(default_factory=empty)
    notify: tuple[EnvironmentVariable, ...] = ()
