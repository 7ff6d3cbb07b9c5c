"""A canary that compares leaves a margin in which a release that is as good as the champion goes on.

Why: Samples never show that two releases are equal. With `worse_by_at_most: 0` only what is shown to be better goes on,
and all else stays at its step until the deadline.

Remedy: Give the difference that you would not mind, such as 0.02 of a ratio.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def canary_margin(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Each comparison of a plan with steps lets the challenger be worse by more than 0."""
    for environment, plan in model.canary.spec.environments.items():
        compare = plan.analysis.compare
        if plan.steps and compare is not None and compare.worse_by_at_most == 0:
            yield fail(
                f"the canary into {environment} passes only what is shown to be better in {compare.metric}",
                at=model.canary.place("environments", environment, "analysis", "compare", "worse_by_at_most"),
            )
