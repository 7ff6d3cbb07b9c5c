"""What the documents of each kind say, beside the envelope that all of them wear."""

from typing import Annotated

from pydantic import ConfigDict, Field

from modelward.specs.evidence import Content, Measurement
from modelward.specs.release import Dataset
from modelward.specs.scalars import Count, DigestField, Identifier, Map, Number, Share, Spec, Text, Time

NotNegative = Annotated[int, Field(ge=0)]


class _Closed(Content):
    """A content of a kind that is known here, so that nothing else stands in it."""

    model_config = ConfigDict(extra="forbid")


class RowIds(Spec):
    """Which rows were measured: how many, and the digest of their ids.

    `column` names the column of ids; without it the ids are the numbers of the rows, from 1 on.
    """

    count: Count
    ids: DigestField
    column: Text | None = None


class Resampling(Spec):
    """What fixes every resample: how often rows were drawn, and from which seed."""

    draws: Count
    seed: NotNegative


class MetricsContent(_Closed):
    """How well an output's scores, and the decisions from `threshold` on, agree with the labels."""

    output: Identifier
    threshold: Number | None = None
    rows: RowIds
    resampling: Resampling


class Group(Spec):
    """One group of a column: how many rows it has, and what was measured of it alone."""

    slice: Identifier
    group: Text
    samples: Count
    measurements: Annotated[tuple[Measurement, ...], Field(strict=False)]


class BiasContent(_Closed):
    """How differently the groups of a column are treated by the release."""

    output: Identifier
    threshold: Number | None = None
    groups: Annotated[tuple[Group, ...], Field(strict=False)]
    rows: RowIds
    resampling: Resampling


class BacktestContent(_Closed):
    """The release against the champion, both scored on the same rows."""

    output: Identifier
    threshold: Number | None = None
    rows: RowIds
    resampling: Resampling


class ValidationContent(_Closed):
    """Whether the artifact loads and scores; `vectors` real rows, drawn with `seed`, were scored one a call.

    `warm_up` calls came before them and are not among the measured ones; of `rounds` the fastest counts.
    """

    vectors: Count
    seed: NotNegative
    warm_up: NotNegative
    rounds: Count


class NumericHistogram(Spec):
    """How numbers were distributed: `bins[i]` counts those above edge `i - 1` and at most edge `i`.

    The first bin has no lower end, the last no upper one. `missing` counts rows without a value; the others lie from
    `low` to `high`, with this mean and standard deviation.
    """

    name: Text
    edges: Annotated[tuple[Number, ...], Field(strict=False)]
    bins: Annotated[tuple[NotNegative, ...], Field(strict=False)]
    missing: NotNegative
    low: Number | None = None
    high: Number | None = None
    mean: Number | None = None
    deviation: Number | None = None


class CategoryHistogram(Spec):
    """How categories were distributed: one bin each, `unseen` for all that have none, `missing` for no value."""

    name: Text
    categories: Annotated[tuple[Text, ...], Field(strict=False)]
    bins: Annotated[tuple[NotNegative, ...], Field(strict=False)]
    unseen: NotNegative
    missing: NotNegative


Histograms = Annotated[tuple[NumericHistogram | CategoryHistogram, ...], Field(strict=False)]


class BaselineContent(_Closed):
    """What the release was like where it was accepted: the frozen histograms that later rows are counted into."""

    output: Identifier
    threshold: Number | None = None
    rows: RowIds
    resampling: Resampling
    features: Histograms
    outputs: Histograms


class TrainingReport(Spec):
    """Scores at the end of training; `classes` is the report by class."""

    samples: Count
    threshold: Number | None = None
    scores: Map[Identifier, Number]
    classes: Map[Text, Map[Text, Number]] | None = None


class RulesComparison(Spec):
    """Scores of rules that need no model on the same rows, and the share of rows on which both decide alike."""

    rules: Text
    scores: Map[Identifier, Number]
    agreement: Share | None = None


class TrainingContent(_Closed):
    """What the training run recorded; `features` are in the order in which the model reads them."""

    run_id: Text
    purpose: Text | None = None
    trained_at: Time
    code: Text
    python: Text
    datasets: Annotated[tuple[Dataset, ...], Field(strict=False)]
    features: Annotated[tuple[Identifier, ...], Field(strict=False)]
    hyperparameters: Map[Text, str | int | float | bool]
    report: TrainingReport
    metrics: Map[Text, Number] | None = None
    comparison_with_rules: RulesComparison


class AttachedFile(Spec):
    """A file of another tool that stands beside the document."""

    name: Text
    path: Text
    media_type: Text
    size: Count
    digest: DigestField
