"""The baseline: frozen histograms of what goes into the release and of what comes out of it."""

from collections.abc import Iterator, Sequence

import numpy as np

from modelward.evidence.contents import CategoryHistogram, NumericHistogram
from modelward.evidence.outputs import texts_of
from modelward.evidence.rows import Rows
from modelward.evidence.scoring import Column
from modelward.specs.manifest import Feature, Output
from modelward.statistics.bootstrap import Array
from modelward.statistics.histograms import CategoryBins, NumericBins

Histogram = NumericHistogram | CategoryHistogram


def of_features(features: Sequence[Feature], rows: Rows) -> Iterator[Histogram]:
    """A histogram of each feature of numbers, categories or flags; texts and times have none."""
    for feature in features:
        if feature.kind == "numeric":
            yield numeric(feature.name, rows.numbers(feature.name))
        elif feature.kind in ("categorical", "boolean"):
            yield categorical(feature.name, rows.texts(feature.name))


def of_output(output: Output, columns: Sequence[Column]) -> Iterator[Histogram]:
    """A histogram of an output's values; one for each column where an output has several."""
    for column in columns:
        name = output.name if len(columns) == 1 else f"{output.name} of {column.name or columns.index(column)}"
        if output.kind in ("probability", "number") and column.numbers is not None:
            yield numeric(name, column.numbers)
        elif output.kind == "class":
            yield categorical(name, texts_of(column))


def numeric(name: str, values: Array) -> NumericHistogram:
    """Decile bins of the values, with what they count of the values themselves."""
    bins = NumericBins.quantiles(values)
    counts = bins.count(values)
    finite = values[np.isfinite(values)]
    facts = (
        {
            "low": float(finite.min()),
            "high": float(finite.max()),
            "mean": float(finite.mean()),
            "deviation": float(finite.std(ddof=1)) if finite.size > 1 else 0.0,
        }
        if finite.size
        else {}
    )
    return NumericHistogram(name=name, edges=bins.edges, bins=counts.bins, missing=counts.missing, **facts)


def categorical(name: str, values: Sequence[str | None]) -> CategoryHistogram:
    """Bins of the most frequent categories, with what they count of the values themselves."""
    bins = CategoryBins.most_frequent(values)
    counts = bins.count(values)
    return CategoryHistogram(
        name=name, categories=bins.categories, bins=counts.bins, unseen=counts.outside, missing=counts.missing
    )
