"""Where releases serve (`environments/`): registries, and one file an environment."""

from datetime import timedelta
from typing import Annotated, Final, Literal, Self

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
TrafficKind = Literal["registry-tags", "http-router", "none"]

LIVE: Final = timedelta(minutes=20)
"""How long a value of a source that is asked now counts, unless its environment says otherwise."""


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

    kind: TrafficKind
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
    `every` is how often a `file` or the `monitor` brings a new value. Without `max_age` a value counts for twice as
    long, and that of a live source for 20 minutes. A path of `file` is that of the machine that reconciles.
    """

    prometheus: Text | None = None
    monitor: Identifier | None = None
    file: Text | None = None
    better: Better | None = None
    every: FixedDuration | None = None
    max_age: FixedDuration | None = None

    @property
    def counts_for(self) -> timedelta | None:
        """How long the newest value counts, or None when nothing tells."""
        if self.max_age is not None:
            return self.max_age.fixed
        if self.prometheus is not None:
            return LIVE
        return None if self.every is None else 2 * self.every.fixed

    @property
    def kind(self) -> Literal["prometheus", "monitor", "file"]:
        """What measures the signal."""
        if self.file is not None:
            return "file"
        return "prometheus" if self.prometheus is not None else "monitor"

    @property
    def read(self) -> bool:
        """Whether this version reads the source."""
        return self.file is not None

    @property
    def direction(self) -> Better | None:
        """The direction in which the signal is good, or None when nothing tells."""
        return self.better or (None if self.monitor is None else STATISTICS.get(self.monitor))

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if [self.prometheus, self.monitor, self.file].count(None) != 2:
            raise PydanticCustomError("signal", "needs exactly one of `prometheus:`, `monitor:` and `file:`")
        if self.prometheus is not None and self.every is not None:
            raise PydanticCustomError("signal", "`every:` is of a `file:` or of the `monitor:`")
        if self.file is not None and self.counts_for is None:
            raise PydanticCustomError(
                "signal", "a `file:` needs `every:`, how often a new value is written, or `max_age:`"
            )
        if self.counts_for == timedelta(0):
            raise PydanticCustomError("signal", "a value that counts for no time never counts")
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
