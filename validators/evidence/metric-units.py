"""A metric is measured in the unit in which it is declared.

Why: 0.2 seconds pass a bound of 200 that was meant in milliseconds.

Remedy: Measure in the declared unit; another unit is another metric, under a name of its own.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule, values


@rule(on="state", over="model")
def metric_units(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Each measured value of a declared metric bears the declared unit."""
    declared = model.thresholds.spec.metrics
    for release in model.releases.values():
        for evidence in release.evidence:
            for found in values(evidence):
                metric = declared.get(found.value.metric)
                if metric is not None and found.value.unit != metric.unit:
                    yield fail(
                        f"`{found.value.metric}` is measured in {found.value.unit}, not in {metric.unit}",
                        at=found.place("unit"),
                        notes=(Note(model.thresholds.place("metrics", found.value.metric, "unit"), "declared here"),),
                    )
