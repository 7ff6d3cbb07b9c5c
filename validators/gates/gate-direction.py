"""A gate with a fixed bound bounds its metric from the side on which it is worse.

Why: `at_most: 0.75` on an area under the curve lets every bad model in, and keeps the good ones out.

Remedy: Give `at_least:` where higher is better, and `at_most:` where lower is.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model")
def gate_direction(model: Model, _repository: Repository) -> Iterator[Finding]:
    """`at_least` stands only with a metric of which higher is better, `at_most` only with one of which lower is."""
    thresholds = model.thresholds
    for index, gate in enumerate(thresholds.spec.gates):
        metric = thresholds.spec.metrics.get(gate.metric)
        given = "at_least" if gate.at_least is not None else "at_most"
        fits = "higher" if gate.at_least is not None else "lower"
        if gate.absolute and metric is not None and metric.better != fits:
            yield fail(
                f"`{given}` bounds {gate.metric}, of which {metric.better} is better",
                at=thresholds.place("gates", index, given, key=True),
                notes=(Note(thresholds.place("metrics", gate.metric, "better"), "declared here"),),
            )
