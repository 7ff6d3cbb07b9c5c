"""A trigger is answered as soon as the floors demand of its severity.

Why: Whoever is called goes by the severity; a critical trigger that may wait a day is none.

Remedy: Shorten `respond_within:`, or give the trigger the severity that it has.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def response_floor(model: Model, repository: Repository) -> Iterator[Finding]:
    """No trigger waits longer than the shortest time that a floor gives its severity."""
    within = repository.demands(model.manifest.spec).response()
    for index, trigger in enumerate(model.thresholds.spec.triggers):
        demand = within.get(trigger.severity)
        if demand is not None and not trigger.respond_within.fixed <= demand.value.fixed:
            yield fail(
                f"`{trigger.name}` is {trigger.severity}, and may wait {trigger.respond_within}, not {demand.value}",
                at=model.thresholds.place("triggers", index, "respond_within"),
                notes=(repository.demanded(demand),),
            )
