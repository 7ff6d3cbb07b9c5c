"""A canary that fails wherever it can does fail.

Why: With a limit above the number of all measurements that it makes at least, no rollout would ever be stopped.

Remedy: Lower `failure_limit:`; 0 stops at the first failure.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def canary_failure_limit(model: Model, _repository: Repository) -> Iterator[Finding]:
    """The limit is below the number of steps times the number of guardrails and comparisons."""
    for environment, plan in model.canary.spec.environments.items():
        watched = len(plan.analysis.guardrails) + (plan.analysis.compare is not None)
        least = watched * len(plan.steps)
        if least and not plan.analysis.failure_limit < least:
            yield fail(
                f"{plan.analysis.failure_limit} failures are let pass, and {least} are all that there may be",
                at=model.canary.place("environments", environment, "analysis", "failure_limit"),
            )
