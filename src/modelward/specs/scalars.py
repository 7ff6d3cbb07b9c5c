"""Names, digests, versions, times and durations: the words that specs are made of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import total_ordering
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, NewType, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetPydanticSchema
from pydantic_core import PydanticCustomError, core_schema

ModelName = NewType("ModelName", str)
EnvironmentName = NewType("EnvironmentName", str)
RegistryName = NewType("RegistryName", str)
PersonName = NewType("PersonName", str)
TeamName = NewType("TeamName", str)
RoleName = NewType("RoleName", str)
ReleaseName = NewType("ReleaseName", str)
Digest = NewType("Digest", str)

MODEL_NAME = r"^[a-z0-9][a-z0-9-]{0,62}$"
SLUG = r"^[a-z0-9][a-z0-9-]{0,62}$"
IDENTIFIER = r"^[A-Za-z_][A-Za-z0-9_]{0,127}$"
DIGEST = r"^sha256:[0-9a-f]{64}$"
# https://semver.org, section "Is there a suggested regular expression", without build metadata: two releases that
# differ only there would have the same precedence.
VERSION = (
    r"^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})"
    r"(-(0|[1-9][0-9]{0,8}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9][0-9]{0,8}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*)?$"
)
TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$"
DURATION = r"^(0|[1-9][0-9]{0,5})(s|m|h|d|w)$"
CALENDAR_DURATION = r"^(0|[1-9][0-9]{0,5})(s|m|h|d|w|mo|y)$"
ENVIRONMENT_VARIABLE = r"^[A-Z_][A-Z0-9_]{0,127}$"
# One path segment never starts with a dot, so neither `..` nor a hidden file can be named.
RELATIVE_PATH = r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){0,7}$"
REGISTERED_NAME = r"^[^'\x22\x60/:\x5c\x00-\x1f\x7f]{1,255}$"

Slug = Annotated[str, Field(pattern=SLUG)]
Identifier = Annotated[str, Field(pattern=IDENTIFIER)]
Text = Annotated[str, Field(min_length=1, max_length=4000)]
Path = Annotated[str, Field(pattern=RELATIVE_PATH)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]

ModelNameField = Annotated[ModelName, Field(pattern=MODEL_NAME)]
EnvironmentField = Annotated[EnvironmentName, Field(pattern=SLUG)]
RegistryField = Annotated[RegistryName, Field(pattern=SLUG)]
PersonField = Annotated[PersonName, Field(pattern=SLUG)]
TeamField = Annotated[TeamName, Field(pattern=SLUG)]
RoleField = Annotated[RoleName, Field(pattern=SLUG)]
ReleaseField = Annotated[ReleaseName, Field(pattern=VERSION)]
DigestField = Annotated[Digest, Field(pattern=DIGEST)]


class Spec(BaseModel):
    """Base of every typed spec: unknown keys refused, no coercion, no infinity, nothing changes after reading."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", allow_inf_nan=False, protected_namespaces=(), defer_build=True
    )


K = TypeVar("K")
V = TypeVar("V")


def _as_dict_schema(source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
    key, value = source.__args__
    return core_schema.dict_schema(handler.generate_schema(key), handler.generate_schema(value))


Map = Annotated[Mapping[K, V], GetPydanticSchema(_as_dict_schema), AfterValidator(MappingProxyType)]
"""A mapping that cannot be changed after reading."""

_NOTHING: Mapping[Any, Any] = MappingProxyType({})


def empty() -> Mapping[Any, Any]:
    """The empty mapping, as a default."""
    return _NOTHING


def _as_utc(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        raise PydanticCustomError("time", "is no time of the calendar: {why}", {"why": str(error)}) from error


Time = Annotated[
    datetime,
    GetPydanticSchema(
        lambda _source, _handler: core_schema.no_info_after_validator_function(
            _as_utc, core_schema.str_schema(pattern=TIME, strict=True)
        )
    ),
]
"""An instant, written as RFC 3339 in UTC with a `Z`."""


@dataclass(frozen=True)
class Duration:
    """A span of time as written (`15m`, `24h`, `3d`); months and years follow the calendar and are kept apart."""

    text: str
    months: int
    fixed: timedelta

    _SECONDS: ClassVar = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
    _MONTHS: ClassVar = {"mo": 1, "y": 12}

    @classmethod
    def parse(cls, text: str) -> Self:
        """The duration that `text` writes; `text` has the form that the field's pattern demands."""
        digits = text.rstrip("smhdwoy")
        count, unit = int(digits), text[len(digits) :]
        if unit in cls._MONTHS:
            return cls(text, count * cls._MONTHS[unit], timedelta())
        return cls(text, 0, timedelta(seconds=count * cls._SECONDS[unit]))

    def __str__(self) -> str:
        return self.text


def _duration_field(pattern: str) -> GetPydanticSchema:
    return GetPydanticSchema(
        lambda _source, _handler: core_schema.no_info_after_validator_function(
            Duration.parse, core_schema.str_schema(pattern=pattern, strict=True)
        )
    )


FixedDuration = Annotated[Duration, _duration_field(DURATION)]
CalendarDuration = Annotated[Duration, _duration_field(CALENDAR_DURATION)]


@total_ordering
@dataclass(frozen=True)
class SemanticVersion:
    """A version under the precedence of Semantic Versioning 2.0.0, section 11."""

    core: tuple[int, int, int]
    prerelease: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """The version that `text` writes; raises ValueError when it is none."""
        if not re.fullmatch(VERSION.strip("^$"), text):
            raise ValueError(f"{text!r} is no semantic version")
        core, _, prerelease = text.partition("-")
        major, minor, patch = (int(part) for part in core.split("."))
        return cls((major, minor, patch), tuple(prerelease.split(".")) if prerelease else ())

    def __lt__(self, other: "SemanticVersion") -> bool:
        return self._key() < other._key()

    def _key(self) -> tuple[Any, ...]:
        # A pre-release comes before its release; numbers come before words, and numbers compare as numbers.
        words = tuple((0, int(word), "") if word.isdigit() else (1, 0, word) for word in self.prerelease)
        return (self.core, not self.prerelease, words)


class EnvironmentVariable(Spec):
    """A secret or an address that differs by machine: the name of the variable that holds it."""

    env: Annotated[str, Field(pattern=ENVIRONMENT_VARIABLE)]
