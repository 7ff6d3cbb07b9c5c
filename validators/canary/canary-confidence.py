"""A canary compares with the champion at a confidence that means something.

Why: At a confidence of one half a coin decides, and at 1 nothing is ever sure enough.

Remedy: Give a confidence of at least 0.9, and below 1.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def canary_confidence(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Each comparison has a confidence from 0.9 to below 1."""
    for environment, plan in model.canary.spec.environments.items():
        compare = plan.analysis.compare
        if compare is not None and not 0.9 <= compare.confidence < 1:
            yield fail(
                f"the canary compares at a confidence of {compare.confidence:g}",
                at=model.canary.place("environments", environment, "analysis", "compare", "confidence"),
            )
