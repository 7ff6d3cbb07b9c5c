"""A canary judges by at least as many samples as a gate does.

Why: What is too few to let a release in is too few to let it go on.

Remedy: Raise `min_samples:` of the canary to that of thresholds.yaml, and hold the steps long enough for them.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model")
def canary_samples(model: Model, _repository: Repository) -> Iterator[Finding]:
    """`min_samples` of each plan is at least the model's."""
    least = model.thresholds.spec.min_samples
    for environment, plan in model.canary.spec.environments.items():
        if not plan.analysis.min_samples >= least:
            yield fail(
                f"the canary into {environment} judges by {plan.analysis.min_samples} samples, fewer than {least}",
                at=model.canary.place("environments", environment, "analysis", "min_samples"),
                notes=(Note(model.thresholds.place("min_samples"), "what gates demand"),),
            )
