"""A model's gates are at least as strict as those of the floors.

Why: The floor is what the organisation lets nobody fall below, whoever signs.

Remedy: Add the gate, or tighten the one that stands there.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, at_least_as_strict, fail, rule


@rule(on="state", over="model")
def gates_floor(model: Model, repository: Repository) -> Iterator[Finding]:
    """For each gate of a floor and each of its environments, the model has a gate that implies it."""
    thresholds = model.thresholds
    for demand in repository.demands(model.manifest.spec).gates():
        for environment in demand.value.environments:
            gates = [
                (index, gate) for index, gate in enumerate(thresholds.spec.gates) if environment in gate.environments
            ]
            if any(at_least_as_strict(gate, demand.value, thresholds.spec.min_samples) for _, gate in gates):
                continue
            near = [("gates", index) for index, gate in gates if gate.metric == demand.value.metric]
            yield fail(
                f"no gate on {demand.value.metric} before {environment} is as strict as the floor's",
                at=thresholds.place(*near[0]) if near else thresholds.place("gates", key=True),
                notes=(repository.demanded(demand),),
            )
