"""Every metric that is gated, compared or measured is declared, with its direction and its unit.

Why: A number of which nobody said which direction is better can be read both ways, and a mistyped one gates nothing.

Remedy: Declare the metric under `metrics:` in thresholds.yaml, or correct its name.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule, values


@rule(on="state", over="model")
def metrics_declared(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Metrics of gates, of the SLO, of canary comparisons and of all evidence are declared."""
    thresholds, canary = model.thresholds, model.canary
    declared = thresholds.spec.metrics
    for index, gate in enumerate(thresholds.spec.gates):
        if gate.metric not in declared:
            yield fail(f"`{gate.metric}` is not declared", at=thresholds.place("gates", index, "metric"))
    for metric in thresholds.spec.slo:
        if metric not in declared:
            yield fail(f"`{metric}` is not declared", at=thresholds.place("slo", metric, key=True))
    for environment, plan in canary.spec.environments.items():
        compare = plan.analysis.compare
        if compare is not None and compare.metric not in declared:
            place = canary.place("environments", environment, "analysis", "compare", "metric")
            yield fail(f"`{compare.metric}` is not declared", at=place)
    for release in model.releases.values():
        for evidence in release.evidence:
            for found in values(evidence):
                if found.value.metric not in declared:
                    yield fail(f"`{found.value.metric}` is measured, and not declared", at=found.place("metric"))
