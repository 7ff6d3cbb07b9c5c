"""The five specs that a team declares for its model, and the release record (`models/<model>/`)."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from modelward.specs.scalars import (
    REGISTERED_NAME,
    CalendarDuration,
    Count,
    DigestField,
    EnvironmentField,
    FixedDuration,
    Identifier,
    Map,
    ModelNameField,
    Number,
    Path,
    PersonField,
    RegistryField,
    ReleaseField,
    RoleField,
    Share,
    Slug,
    Spec,
    TeamField,
    Text,
    Time,
    empty,
)
from modelward.specs.signoff import Requirement

Tier = Literal["low", "medium", "high"]
Task = Literal["binary", "multiclass", "regression", "ranking", "generation", "forecast"]
Severity = Literal["warning", "high", "critical"]
RecordKind = Literal[
    "training_runs",
    "validation_results",
    "deployment_records",
    "ab_results",
    "signoffs",
    "bias_audits",
    "ci_logs",
    "inference_logs",
]


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
    """The rules that score beside or instead of the model."""

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
    task: Task
    inputs: Literal["tabular", "text", "image", "other"]
    outputs: tuple[Output, ...]
    label: Label | None = None
    rules: RuleSet | None = None
    fallback: Literal["rules", "previous", "none"]
    features: tuple[Feature, ...] = ()
    views: tuple[View, ...] = ()
    retraining: Retraining | None = None
    deployments: Map[EnvironmentField, Deployment] = Field(default_factory=empty)
    retired: Retired | None = None


class Artifact(Spec):
    """The identity of a release: the digest of its model directory, and its size in bytes."""

    digest: DigestField
    size: Count


class Registered(Spec):
    """Where a registry keeps the release: version number and the run that made it."""

    version: Count
    run_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class Trained(Spec):
    """When, from which commit, and under which Python a release was trained."""

    at: Time
    code: Annotated[str, Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
    python: Text


class Dataset(Spec):
    """Data that made or measured a release, pinned by digest; `snapshot` names the approved cut."""

    role: Literal["training", "validation", "holdout", "backtest"]
    digest: DigestField
    snapshot: Text | None = None


class EvidencePin(Spec):
    """A document about the release, pinned by digest; its path is relative to the release's folder."""

    kind: Slug
    path: Path
    digest: DigestField
    versus: ReleaseField | None = None


class Release(Spec):
    """One version of a model. All fields but `evidence` are fixed once merged."""

    schema_: Literal["release/v1"] = Field(alias="schema")
    release: ReleaseField
    artifact: Artifact
    registered: Map[RegistryField, Registered]
    trained: Trained | None = None
    datasets: tuple[Dataset, ...] = ()
    image: Text | None = None
    ticket: Text | None = None
    imported: bool
    evidence: tuple[EvidencePin, ...] = ()


class Metric(Spec):
    """A measure: which direction is better, its unit, and who computes it."""

    better: Literal["higher", "lower"]
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
    action: Literal["warn", "page", "retrain", "fallback", "rollback"]

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


class TeamMembers(Spec):
    """All people of a team."""

    team: TeamField


class Approvers(Spec):
    """Who holds the model's roles, and what the team demands beyond the organisation's requirements."""

    schema_: Literal["approvers/v1"] = Field(alias="schema")
    roles: Map[RoleField, tuple[PersonField | TeamMembers, ...]]
    requirements: tuple[Requirement, ...] = ()


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


class Retention(Spec):
    """How long records of each kind are kept."""

    schema_: Literal["retention/v1"] = Field(alias="schema")
    keep: Map[RecordKind, CalendarDuration]
