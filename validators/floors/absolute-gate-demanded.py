"""Before each environment that the floors speak of stands at least one gate with a fixed bound.

Why: The first release has no champion to be compared with; without a fixed bound it would enter on no number at all.

Remedy: Add a gate with `at_least:` or `at_most:` for the environment.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def absolute_gate_demanded(model: Model, repository: Repository) -> Iterator[Finding]:
    """Some gate with a fixed bound names each environment that a floor which binds the model names."""
    bounded = {
        environment for gate in model.thresholds.spec.gates if gate.absolute for environment in gate.environments
    }
    for environment, demand in repository.demands(model.manifest.spec).environments().items():
        if environment not in bounded:
            yield fail(
                f"no gate with a fixed bound stands before {environment}",
                at=model.thresholds.place("gates", key=True),
                notes=(repository.demanded(demand),),
            )
