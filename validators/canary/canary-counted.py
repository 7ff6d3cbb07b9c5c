"""Somebody counts how many samples a canary has had: its router, a comparison, or a guardrail's source.

Why: A challenger goes on only with `min_samples`. One whose samples nobody counts waits until its deadline, however
well it does.

Remedy: Give a metric in `compare:`, or name a guardrail whose signal comes from a `file:` or the `monitor:`, whose
values say on how many samples they rest.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model")
def canary_counted(model: Model, repository: Repository) -> Iterator[Finding]:
    """Each plan with steps has one that counts."""
    signals = {trigger.name: trigger.signal for trigger in model.thresholds.spec.triggers}
    for environment, plan in model.canary.spec.environments.items():
        file = repository.environments.get(environment)
        if not plan.steps or plan.analysis.compare is not None:
            continue
        if file is None or file.spec.traffic.kind == "http-router":
            continue
        sources = (file.spec.signals.get(signals.get(guardrail, "")) for guardrail in plan.analysis.guardrails)
        if not any(source is not None and source.prometheus is None for source in sources):
            yield fail(
                f"nobody counts the samples of the canary into {environment}",
                at=model.canary.place("environments", environment, "analysis"),
                notes=(Note(file.place("traffic"), "counts no requests"),),
            )
