"""The numbers of an evidence document agree with each other.

Why: A difference that is not the difference of its two values was edited, or written by a tool that is wrong.

Remedy: Produce the document again, with a tool whose numbers agree.
"""

from collections.abc import Iterator

from modelward.rules import Comparison, Finding, Model, Repository, fail, rule, values

_ROUNDING = 1e-9


@rule(on="state", over="model")
def evidence_consistent(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Intervals run from low to high at a confidence between 0 and 1; a difference is challenger less champion."""
    for release in model.releases.values():
        for evidence in release.evidence:
            for found in values(evidence):
                value, interval = found.value, found.value.interval
                if interval is not None and not interval.low <= interval.high:
                    yield fail(f"the interval of {value.metric} ends below its start", at=found.place("interval"))
                if interval is not None and not 0 < interval.confidence < 1:
                    yield fail(
                        f"the interval of {value.metric} has a confidence of {interval.confidence:g}",
                        at=found.place("interval", "confidence"),
                    )
                if isinstance(value, Comparison):
                    difference = value.challenger - value.champion
                    if not abs(value.difference - difference) <= _ROUNDING:
                        yield fail(
                            f"the difference of {value.metric} is {difference:.10g}, not {value.difference:.10g}",
                            at=found.place("difference"),
                        )
