"""`canary.yaml`: the way of a release into each environment."""

from typing import Annotated, Literal

from pydantic import Field

from modelward.specs.scalars import (
    Count,
    EnvironmentField,
    FixedDuration,
    Identifier,
    Map,
    Share,
    Slug,
    Spec,
    empty,
)


class CanaryStep(Spec):
    """A share of traffic in percent, and how long it is held at least."""

    weight: Annotated[int, Field(ge=1, le=99)]
    hold: FixedDuration


class Comparison(Spec):
    """The metric by which the challenger must not be worse than the champion."""

    metric: Identifier
    worse_by_at_most: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    confidence: Share


class Analysis(Spec):
    """How the challenger is judged at each step."""

    min_samples: Count
    guardrails: tuple[Slug, ...] = ()
    compare: Comparison | None = None
    failure_limit: Annotated[int, Field(ge=0)]
    error_limit: Annotated[int, Field(ge=0)]
    on_inconclusive: Literal["hold", "rollback"]
    deadline: FixedDuration


class CanaryPlan(Spec):
    """The way into one environment."""

    steps: tuple[CanaryStep, ...]
    analysis: Analysis
    promote: Literal["automatic", "manual"]


class Canary(Spec):
    """The canary plans of a model, by environment."""

    schema_: Literal["canary/v1"] = Field(alias="schema")
    environments: Map[EnvironmentField, CanaryPlan] = Field(default_factory=empty)
