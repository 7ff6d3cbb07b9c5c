"""The deadline of a canary is no earlier than the end of its longest step.

Why: A deadline within a hold ends the step as inconclusive before it could pass, every time.

Remedy: Give the deadline time beyond the longest hold.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model")
def canary_deadline(model: Model, _repository: Repository) -> Iterator[Finding]:
    """No step is held longer than the deadline."""
    for environment, plan in model.canary.spec.environments.items():
        for index, step in enumerate(plan.steps):
            if not step.hold.fixed <= plan.analysis.deadline.fixed:
                here = ("environments", environment)
                yield fail(
                    f"step {index + 1} is held {step.hold}, longer than the deadline of {plan.analysis.deadline}",
                    at=model.canary.place(*here, "steps", index, "hold"),
                    notes=(Note(model.canary.place(*here, "analysis", "deadline"), "the deadline"),),
                )
