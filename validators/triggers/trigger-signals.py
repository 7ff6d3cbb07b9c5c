"""A trigger watches environments that exist, over a signal that each of them measures.

Why: A trigger over a signal that nobody measures is quiet for ever, and looks like a healthy model.

Remedy: Name a signal of the environment's file, or let the environment's owner add how it is measured.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model")
def trigger_signals(model: Model, repository: Repository) -> Iterator[Finding]:
    """Each environment of a trigger is known and lists the signal."""
    for index, trigger in enumerate(model.thresholds.spec.triggers):
        for place, environment in enumerate(trigger.environments):
            file = repository.environments.get(environment)
            if file is None:
                at = model.thresholds.place("triggers", index, "environments", place)
                yield fail(f"`{environment}` is no environment", at=at)
            elif trigger.signal not in file.spec.signals:
                yield fail(
                    f"`{trigger.signal}` is not measured in {environment}",
                    at=model.thresholds.place("triggers", index, "signal"),
                    notes=(Note(file.place("signals", key=True), "what is measured"),),
                )
