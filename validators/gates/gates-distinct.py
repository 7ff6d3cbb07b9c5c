"""Before one environment, a metric has one gate of each form.

Why: Of two bounds for one thing, a reader sees the strict one, and cannot tell which of them was meant.

Remedy: Keep the gate that is meant.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model")
def gates_distinct(model: Model, _repository: Repository) -> Iterator[Finding]:
    """No two gates share metric, slice, output, form and an environment."""
    first = {}
    for index, gate in enumerate(model.thresholds.spec.gates):
        for environment in gate.environments:
            same = (gate.metric, gate.slice, gate.output, gate.versus, gate.test, environment)
            if same in first:
                yield fail(
                    f"a gate of this form for {gate.metric} stands before {environment} already",
                    at=model.thresholds.place("gates", index),
                    notes=(Note(model.thresholds.place("gates", first[same]), "this one"),),
                )
                break
            first[same] = index
