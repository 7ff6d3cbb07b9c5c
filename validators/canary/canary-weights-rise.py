"""Canary weights rise from step to step.

Why: A step that repeats or lowers the weight shows nothing new, and hides how much traffic a release has seen.

Remedy: Let each step take more traffic than the one before; the last step is followed by 100.
"""

from collections.abc import Iterator
from itertools import pairwise

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def canary_weights_rise(model: Model, _repository: Repository) -> Iterator[Finding]:
    """In each plan every weight is above the one before."""
    for environment, plan in model.canary.spec.environments.items():
        for (_, before), (index, step) in pairwise(enumerate(plan.steps)):
            if not step.weight > before.weight:
                yield fail(
                    f"step {index + 1} takes {step.weight} %, after a step of {before.weight} %",
                    at=model.canary.place("environments", environment, "steps", index, "weight"),
                )
