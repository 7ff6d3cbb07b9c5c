"""What measuring needs of a task: rows that can be weighted, and the names of its measures."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from modelward.statistics.bootstrap import Array

Flags = NDArray[np.bool_]
Indexes = NDArray[np.intp]
T = TypeVar("T")


class Sample(Protocol):
    """Labels and predictions of the same rows."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        ...

    def take(self, rows: Indexes, /) -> Self:
        """The sample of some of the rows."""
        ...

    def measured(self, names: Iterable[str], counts: Array, /) -> Mapping[str, Array]:
        """Each named measure when row `i` stands `counts[:, i]` times; `counts` has the shape (resamples, rows).

        A value that such rows do not define is not finite.
        """
        ...

    def missing(self, name: str, /) -> str:
        """What is missing when the rows do not define the measure."""
        ...


@dataclass(frozen=True)
class Measure(Generic[T]):
    """One measure over weighted rows `T`, and what is missing when they do not define it."""

    values: Callable[[T], Array]
    missing: str = "the rows do not define it"


def weighted(measures: Mapping[str, Measure[T]], names: Iterable[str], rows: T) -> dict[str, Array]:
    """The named measures of weighted rows."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return {name: measures[name].values(rows) for name in names}
