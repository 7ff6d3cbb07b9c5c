"""Somebody watches a canary: a guardrail or a comparison with the champion, at every step.

Why: Steps that nothing can stop are a slow promotion, not a canary.

Remedy: Name triggers in `guardrails:`, or give a metric in `compare:`.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def canary_watched(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Each plan with steps has a guardrail or a comparison."""
    for environment, plan in model.canary.spec.environments.items():
        if plan.steps and not plan.analysis.guardrails and plan.analysis.compare is None:
            yield fail(
                f"nothing watches the canary into {environment}",
                at=model.canary.place("environments", environment, "analysis"),
            )
