"""The envelope that every evidence document wears, and the measurements inside it."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from modelward.specs.scalars import (
    Count,
    DigestField,
    Identifier,
    ModelNameField,
    Number,
    ReleaseField,
    Share,
    Slug,
    Spec,
    Text,
    Time,
)

COMPUTED: Final = ("metrics", "bias", "validation", "backtest", "baseline", "training")
"""The kinds that `evidence collect` makes, and `evidence verify` makes again."""


class Subject(Spec):
    """What the document speaks of; compared with the release that pins it."""

    model: ModelNameField
    release: ReleaseField
    artifact: DigestField
    datasets: Annotated[tuple[DigestField, ...], Field(strict=False)] = ()


class Produced(Spec):
    """When the document was made, by whom, and with which tool."""

    at: Time
    by: Text
    tool: Text


class Interval(Spec):
    """A confidence interval and the method that gave it; `draws` and `seed` let a bootstrap be run again."""

    low: Number
    high: Number
    confidence: Share
    method: Text
    draws: Count | None = None
    seed: Annotated[int, Field(ge=0)] | None = None


class Measurement(Spec):
    """One measured value over `samples` rows.

    `slice` names the column whose groups were compared; `samples` is then the size of the smallest group, so that
    many rows of one group never hide how few there are of another.
    """

    metric: Identifier
    value: Number
    samples: Count
    unit: Text
    slice: Identifier | None = None
    output: Identifier | None = None
    interval: Interval | None = None


class Check(Spec):
    """One yes-or-no test of the artifact."""

    check: Slug
    verdict: Literal["pass", "fail", "inconclusive", "error"]
    detail: Text


class Champion(Spec):
    """The release that a backtest compares with, scored on the same rows."""

    release: ReleaseField
    artifact: DigestField


class Comparison(Spec):
    """One metric of both releases over the same `samples` rows.

    `difference` is challenger less champion, whichever direction is better; `interval` is that of the difference.
    `slice` names the column whose groups were compared, as in a `Measurement`.
    """

    metric: Identifier
    champion: Number
    challenger: Number
    difference: Number
    samples: Count
    unit: Text
    slice: Identifier | None = None
    output: Identifier | None = None
    interval: Interval


class Content(Spec):
    """What the document says: measurements, checks and comparisons in our words, beside what its kind's schema allows.

    `comparisons` are against the `champion`. `reference` is what a baseline measured on the rows that it was taken
    from; it is compared with, and is no measurement of its own.
    """

    model_config = ConfigDict(extra="allow")

    measurements: Annotated[tuple[Measurement, ...], Field(strict=False)] = ()
    checks: Annotated[tuple[Check, ...], Field(strict=False)] = ()
    champion: Champion | None = None
    comparisons: Annotated[tuple[Comparison, ...], Field(strict=False)] = ()
    reference: Annotated[tuple[Measurement, ...], Field(strict=False)] = ()


class Envelope(Spec):
    """One evidence document. `content` is checked against the schema that the organisation owns for its kind."""

    kind: Slug
    subject: Subject
    produced: Produced
    content: Content
