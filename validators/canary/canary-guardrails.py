"""A canary's guardrails are triggers of the model in that environment.

Why: A guardrail that no trigger defines has no bound, so that nothing ever crosses it.

Remedy: Name a trigger of thresholds.yaml whose environments hold this one.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def canary_guardrails(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Each guardrail is the name of a trigger that watches the environment."""
    for environment, plan in model.canary.spec.environments.items():
        known = {trigger.name for trigger in model.thresholds.spec.triggers if environment in trigger.environments}
        for index, guardrail in enumerate(plan.analysis.guardrails):
            if guardrail not in known:
                yield fail(
                    f"`{guardrail}` is no trigger of {environment}",
                    at=model.canary.place("environments", environment, "analysis", "guardrails", index),
                )
