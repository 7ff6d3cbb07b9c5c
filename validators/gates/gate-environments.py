"""A gate stands before environments that exist.

Why: A gate before an environment that nobody enters keeps nothing out.

Remedy: Name environments of `environments/`.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def gate_environments(model: Model, repository: Repository) -> Iterator[Finding]:
    """Each environment of each gate is known."""
    for index, gate in enumerate(model.thresholds.spec.gates):
        for place, environment in enumerate(gate.environments):
            if environment not in repository.environments:
                yield fail(
                    f"`{environment}` is no environment",
                    at=model.thresholds.place("gates", index, "environments", place),
                )
