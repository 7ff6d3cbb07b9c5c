"""`manifest.yaml`: what a model is, who answers for it, and which release serves where."""

from typing import Annotated, Literal

from pydantic import Field

from modelward.specs.scalars import (
    REGISTERED_NAME,
    Count,
    DigestField,
    EnvironmentField,
    FixedDuration,
    Identifier,
    Map,
    ModelNameField,
    Number,
    Path,
    ReleaseField,
    Slug,
    Spec,
    Text,
    Time,
    empty,
)

Tier = Literal["low", "medium", "high"]
Fallback = Literal["rules", "previous", "none"]
Task = Literal["binary", "multiclass", "regression", "ranking", "generation", "forecast"]
Inputs = Literal["tabular", "text", "image", "other"]


class Owner(Spec):
    """The team that answers for the model, and where to reach it."""

    team: Text
    contact: Text


class Escalation(Spec):
    """Who is called for a kind of incident, and how soon they answer."""

    incident: Slug
    contact: Text
    within: FixedDuration


class Output(Spec):
    """One value that the model returns for each input."""

    name: Identifier
    kind: Literal["probability", "class", "number", "text", "ranking"]
    range: tuple[Number, Number] | None = None
    positive: int | str | None = None
    threshold: Number | None = None


class Label(Spec):
    """The column that holds the truth, and how long after a prediction it arrives."""

    column: Text
    delay: FixedDuration


class RuleSet(Spec):
    """The rules that score beside or instead of the model: a file below `rules/` in the model's folder."""

    path: Path
    digest: DigestField


class Feature(Spec):
    """One canonical input column, with the entity it describes and the view it comes from."""

    name: Identifier
    kind: Literal["numeric", "categorical", "boolean", "text", "timestamp"]
    entity: Identifier
    view: Identifier


class View(Spec):
    """A feature view: how often it is refreshed, and for how long its values may be used."""

    name: Identifier
    refresh: Text
    timezone: Text
    ttl: FixedDuration


class Retraining(Spec):
    """When the model is retrained, and how old a serving release may grow."""

    cadence: Text
    timezone: Text
    max_age: FixedDuration


class Hold(Spec):
    """A stop on new releases in an environment, with its reason and its end."""

    reason: Text
    until: Time


class Deployment(Spec):
    """Which release an environment should run, and the switches beside it."""

    release: ReleaseField
    ml_enabled: bool | None = None
    feedback_enabled: bool | None = None
    hold: Hold | None = None
    resume: Slug | None = None
    promote_step: Count | None = None
    abort: Slug | None = None
    tenants: Map[Slug, ReleaseField] = Field(default_factory=empty)


class Retired(Spec):
    """The end of a model: its folder stays, its pointers go."""

    at: Time
    reason: Text


class Manifest(Spec):
    """What the model is, who answers for it, and which release serves where."""

    schema_: Literal["manifest/v1"] = Field(alias="schema")
    model: ModelNameField
    registered_model: Annotated[str, Field(pattern=REGISTERED_NAME)]
    summary: Text
    owner: Owner | None = None
    sponsor: Text | None = None
    on_call: Text | None = None
    escalation: tuple[Escalation, ...] = ()
    tier: Tier | None = None
    compliance: tuple[Slug, ...] | None = None
    limitations: Text | None = None
    task: Task | None = None
    inputs: Inputs | None = None
    outputs: tuple[Output, ...]
    label: Label | None = None
    rules: RuleSet | None = None
    fallback: Fallback
    features: tuple[Feature, ...] = ()
    views: tuple[View, ...] = ()
    retraining: Retraining | None = None
    deployments: Map[EnvironmentField, Deployment] = Field(default_factory=empty)
    retired: Retired | None = None
