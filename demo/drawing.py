"""Random draws that are the same on every machine and under every version of Python.

Python promises that `random.Random(seed).random()` yields the same sequence for ever, and promises it of no other
method; NumPy promises no distribution either. So every draw here is made from `random()` and arithmetic alone.
"""

from collections.abc import Sequence
from random import Random
from statistics import NormalDist
from typing import TypeVar

T = TypeVar("T")

_STANDARD = NormalDist()
_SMALLEST = 2.0**-60


class Draws:
    """A stream of draws that `seed` fixes."""

    def __init__(self, seed: int) -> None:
        self._uniform = Random(seed).random  # noqa: S311 - data are generated, no secret is

    def share(self) -> float:
        """A number from 0 to 1, 1 excluded."""
        return self._uniform()

    def chance(self, probability: float) -> bool:
        """Whether something happens that has the given probability."""
        return self._uniform() < probability

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included, all alike."""
        return low + int(self._uniform() * (high - low + 1))

    def normal(self, mean: float = 0.0, deviation: float = 1.0) -> float:
        """A normally distributed number."""
        return mean + deviation * _STANDARD.inv_cdf(max(self._uniform(), _SMALLEST))

    def one_of(self, choices: Sequence[tuple[T, float]]) -> T:
        """One of the choices, each with its weight; weights sum to 1."""
        left = self._uniform()
        for choice, weight in choices:
            left -= weight
            if left < 0:
                return choice
        return choices[-1][0]
