"""A trigger over features belongs to a model that declares features.

Why: A mean over no features is no number, and never crosses a bound.

Remedy: Declare the features in the manifest, or watch the scores.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def trigger_features(model: Model, _repository: Repository) -> Iterator[Finding]:
    """No trigger is over features when the manifest lists none."""
    for index, trigger in enumerate(model.thresholds.spec.triggers):
        if trigger.over == "features" and not model.manifest.spec.features:
            yield fail(
                f"`{trigger.name}` watches features, and the model declares none",
                at=model.thresholds.place("triggers", index, "over"),
            )
