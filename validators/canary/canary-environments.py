"""A canary leads into an environment that exists, and that can split its traffic.

Why: Where nothing splits traffic a step of 5 % is a step of 100 %.

Remedy: Name an environment of `environments/` whose `traffic:` is not `none`, or leave out the steps.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model")
def canary_environments(model: Model, repository: Repository) -> Iterator[Finding]:
    """Each environment with a plan is known; one with steps has something that splits traffic."""
    for environment, plan in model.canary.spec.environments.items():
        file, at = repository.environments.get(environment), model.canary.place("environments", environment, key=True)
        if file is None:
            yield fail(f"`{environment}` is no environment", at=at)
        elif plan.steps and file.spec.traffic.kind == "none":
            note = Note(file.place("traffic"), "its traffic")
            yield fail(f"nothing splits the traffic of {environment}", at=at, notes=(note,))
