"""`thresholds.yaml`: what a team demands of a release before and after it enters an environment."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from modelward.specs.scalars import (
    Count,
    EnvironmentField,
    FixedDuration,
    Identifier,
    Map,
    Number,
    Slug,
    Spec,
    Text,
    empty,
)

Better = Literal["higher", "lower"]
Severity = Literal["warning", "high", "critical"]
Action = Literal["warn", "page", "retrain", "fallback", "rollback"]


class Metric(Spec):
    """A measure: which direction is better, its unit, and who computes it."""

    better: Better
    unit: Text
    computed: Literal["builtin", "reported"]


class Gate(Spec):
    """What a release must show before it enters an environment, in one of three forms.

    Absolute: `at_least` or `at_most`. Against the champion: `versus: champion` with `worse_by_at_most` or
    `better_by_at_least` and a `test`. Against the baseline: `versus: baseline` with `relative`, the share by which
    the value may be worse.
    """

    metric: Identifier
    environments: Annotated[tuple[EnvironmentField, ...], Field(min_length=1)]
    at_least: Number | None = None
    at_most: Number | None = None
    versus: Literal["champion", "baseline"] | None = None
    worse_by_at_most: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    better_by_at_least: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    relative: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    test: Literal["point", "non_inferiority", "superiority"] | None = None
    output: Identifier | None = None
    slice: Identifier | None = None
    min_samples: Count | None = None

    @property
    def absolute(self) -> bool:
        """Whether the gate compares with a fixed bound."""
        return self.versus is None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = {
            name
            for name in (
                "at_least",
                "at_most",
                "worse_by_at_most",
                "better_by_at_least",
                "relative",
                "test",
            )
            if getattr(self, name) is not None
        }
        if self.versus is None:
            fits = given in ({"at_least"}, {"at_most"})
        elif self.versus == "champion":
            fits = given == {"worse_by_at_most", "test"} and self.test != "superiority"
            fits = fits or (given == {"better_by_at_least", "test"} and self.test == "superiority")
        else:
            fits = given == {"relative"}
        if not fits:
            raise PydanticCustomError(
                "gate",
                "is none of the forms `at_least:`, `at_most:`, `versus: champion` with a `test:` and one margin, "
                "`versus: baseline` with `relative:`",
            )
        return self


class Trigger(Spec):
    """A condition over a signal after a release has entered, and the action that it permits."""

    name: Slug
    environments: Annotated[tuple[EnvironmentField, ...], Field(min_length=1)]
    signal: Identifier
    over: Literal["features", "segments", "tenants"] | None = None
    aggregate: Literal["mean", "any", "max", "share"] | None = None
    above: Number | None = None
    below: Number | None = None
    for_: FixedDuration | None = Field(default=None, alias="for")
    severity: Severity
    respond_within: FixedDuration
    action: Action

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise PydanticCustomError("trigger", "needs exactly one of `above:` and `below:`")
        if (self.over is None) != (self.aggregate is None):
            raise PydanticCustomError("trigger", "needs `over:` and `aggregate:` together, or neither")
        return self


class Thresholds(Spec):
    """What the team demands of a release before and after it enters an environment."""

    schema_: Literal["thresholds/v1"] = Field(alias="schema")
    metrics: Map[Identifier, Metric]
    min_samples: Count
    slo: Map[Identifier, Number] = Field(default_factory=empty)
    gates: tuple[Gate, ...] = ()
    triggers: tuple[Trigger, ...] = ()
