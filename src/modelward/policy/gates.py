"""Whether one gate demands at least as much as another."""

from typing import Final

from modelward.specs.thresholds import Gate

_POWER: Final = {"point": 0, "non_inferiority": 1, "superiority": 2}
"""A test that passes implies each weaker one over the same margin."""


def at_least_as_strict(gate: Gate, other: Gate, min_samples: int) -> bool:
    """Whether a release that passes `gate` passes `other` too, in an environment that both name.

    `min_samples` is what `gate` demands when it names no number of its own.
    """
    return (
        _measure(gate) == _measure(other)
        and (gate.min_samples or min_samples) >= (other.min_samples or 1)
        and _bounds(gate, other)
    )


def _measure(gate: Gate) -> tuple[str | None, ...]:
    return (gate.metric, gate.slice, gate.output, gate.versus)


def _bounds(gate: Gate, other: Gate) -> bool:
    if other.at_least is not None:
        return gate.at_least is not None and gate.at_least >= other.at_least
    if other.at_most is not None:
        return gate.at_most is not None and gate.at_most <= other.at_most
    if other.relative is not None:
        return gate.relative is not None and gate.relative <= other.relative
    return _test(gate, other)


def _test(gate: Gate, other: Gate) -> bool:
    """Compare two gates against the champion."""
    assert gate.test is not None, gate
    assert other.test is not None, other
    if _POWER[gate.test] < _POWER[other.test]:
        return False
    return _least_gain(gate) >= _least_gain(other)


def _least_gain(gate: Gate) -> float:
    """How much better than the champion a release must be; below zero, how much worse it may be."""
    if gate.better_by_at_least is not None:
        return gate.better_by_at_least
    assert gate.worse_by_at_most is not None, gate
    return -gate.worse_by_at_most
