"""A model's canary is at least as cautious as the floors demand.

Why: Each step is a bet with real clients; the floor bounds how many of them, and for how short a look.

Remedy: Start with less weight, hold each step longer, or add steps.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def canary_floor(model: Model, repository: Repository) -> Iterator[Finding]:
    """Where a floor names an environment there is a plan, with steps enough, a small first weight and long holds."""
    canary = model.canary
    for environment, least in repository.demands(model.manifest.spec).canary().items():
        plan, here = canary.spec.environments.get(environment), ("environments", environment)
        if plan is None:
            notes = (repository.demanded(least.steps_at_least),)
            yield fail(f"no canary leads into {environment}", at=canary.place("environments", key=True), notes=notes)
            continue
        if not len(plan.steps) >= least.steps_at_least.value:
            yield fail(
                f"{len(plan.steps)} steps lead into {environment}, fewer than {least.steps_at_least.value}",
                at=canary.place(*here, "steps", key=True),
                notes=(repository.demanded(least.steps_at_least),),
            )
        for index, step in enumerate(plan.steps):
            if index == 0 and not step.weight <= least.first_weight_at_most.value:
                yield fail(
                    f"the first step takes {step.weight} %, more than {least.first_weight_at_most.value} %",
                    at=canary.place(*here, "steps", index, "weight"),
                    notes=(repository.demanded(least.first_weight_at_most),),
                )
            if not step.hold.fixed >= least.hold_at_least.value.fixed:
                yield fail(
                    f"step {index + 1} is held {step.hold}, less than {least.hold_at_least.value}",
                    at=canary.place(*here, "steps", index, "hold"),
                    notes=(repository.demanded(least.hold_at_least),),
                )
