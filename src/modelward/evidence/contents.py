"""What the documents of each kind say, beside the envelope that all of them wear."""

from typing import Annotated

from pydantic import ConfigDict, Field

from modelward.specs.evidence import Content, Interval
from modelward.specs.release import Dataset
from modelward.specs.scalars import Count, Identifier, Map, Number, Share, Spec, Text, Time

Seed = Annotated[int, Field(ge=0)]


class _Closed(Content):
    """A content of a kind that is known here, so that nothing else stands in it."""

    model_config = ConfigDict(extra="forbid")


class MetricsContent(_Closed):
    """How well an output's scores, and the decisions from `threshold` on, agree with the labels."""

    output: Identifier
    threshold: Number


class GroupRate(Spec):
    """The share of a group's rows that are called positive."""

    slice: Identifier
    group: Text
    samples: Count
    selection_rate: Share
    interval: Interval


class BiasContent(_Closed):
    """How differently the groups of a column are treated by the decisions from `threshold` on."""

    output: Identifier
    threshold: Number
    groups: Annotated[tuple[GroupRate, ...], Field(strict=False)]


class ValidationContent(_Closed):
    """Whether the artifact loads and scores; `vectors` real rows, drawn with `seed`, were scored one a call.

    `warm_up` calls came before them and are not among the measured ones.
    """

    vectors: Count
    seed: Seed
    warm_up: Seed


class TrainingReport(Spec):
    """Scores at the end of training; `classes` is the report by class."""

    samples: Count
    threshold: Number
    scores: Map[Identifier, Number]
    classes: Map[Text, Map[Text, Number]]


class RulesComparison(Spec):
    """Scores of rules that need no model on the same rows, and the share of rows on which both decide alike."""

    rules: Text
    scores: Map[Identifier, Number]
    agreement: Share


class TrainingContent(_Closed):
    """What the training run recorded; `features` are in the order in which the model reads them."""

    run_id: Text
    purpose: Text
    trained_at: Time
    code: Text
    python: Text
    datasets: Annotated[tuple[Dataset, ...], Field(strict=False)]
    features: Annotated[tuple[Identifier, ...], Field(strict=False)]
    hyperparameters: Map[Text, str | int | float | bool]
    report: TrainingReport
    comparison_with_rules: RulesComparison
