"""A trigger that falls back has something to fall back on.

Why: With `fallback: none` the action would do nothing, on the night when it is needed.

Remedy: Declare the fallback in the manifest, or let the trigger roll back or page.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model")
def trigger_fallback(model: Model, _repository: Repository) -> Iterator[Finding]:
    """No trigger has the action `fallback` when the model has none."""
    for index, trigger in enumerate(model.thresholds.spec.triggers):
        if trigger.action == "fallback" and model.manifest.spec.fallback == "none":
            yield fail(
                f"`{trigger.name}` falls back, and the model has no fallback",
                at=model.thresholds.place("triggers", index, "action"),
                notes=(Note(model.manifest.place("fallback"), "declared here"),),
            )
