"""Each canary step is held for some time.

Why: A step of no time shows nothing, and is passed before anybody could see it.

Remedy: Hold the step as long as it takes to serve the samples that it needs.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def canary_holds(model: Model, _repository: Repository) -> Iterator[Finding]:
    """No hold is zero."""
    for environment, plan in model.canary.spec.environments.items():
        for index, step in enumerate(plan.steps):
            if not step.hold.fixed:
                yield fail(
                    f"step {index + 1} is held for no time",
                    at=model.canary.place("environments", environment, "steps", index, "hold"),
                )
