"""A model has triggers for every action that the floors demand, where it ends up serving.

Why: What may act without a person at night was permitted by day, or not at all.

Remedy: Add a trigger with the action for the environment, over a signal that is measured there.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def triggers_floor(model: Model, repository: Repository) -> Iterator[Finding]:
    """In each environment that it deploys to and none promotes from, a trigger permits each demanded action."""
    earlier = {file.spec.promotes_from for file in repository.environments.values()}
    for action, demand in repository.demands(model.manifest.spec).triggers().items():
        permitted = {
            environment
            for trigger in model.thresholds.spec.triggers
            if trigger.action == action
            for environment in trigger.environments
        }
        for environment in model.manifest.spec.deployments:
            if environment not in earlier and environment not in permitted:
                yield fail(
                    f"no trigger of {environment} has the action `{action}`",
                    at=model.thresholds.place("triggers", key=True),
                    notes=(repository.demanded(demand),),
                )
