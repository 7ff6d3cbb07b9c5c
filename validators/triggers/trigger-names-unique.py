"""Each trigger of a model has a name of its own.

Why: A suspension, a page and a canary's guardrail all speak of a trigger by its name.

Remedy: Rename one of the two.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model")
def trigger_names_unique(model: Model, _repository: Repository) -> Iterator[Finding]:
    """No name stands twice."""
    first = {}
    for index, trigger in enumerate(model.thresholds.spec.triggers):
        if trigger.name in first:
            yield fail(
                f"two triggers are called `{trigger.name}`",
                at=model.thresholds.place("triggers", index, "name"),
                notes=(Note(model.thresholds.place("triggers", first[trigger.name], "name"), "the first"),),
            )
        first.setdefault(trigger.name, index)
