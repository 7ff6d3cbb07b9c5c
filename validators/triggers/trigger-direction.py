"""A trigger acts when its signal is bad, not when it is good.

Why: A trigger on drift below a bound rolls back every healthy release, and no sick one.

Remedy: Write `above:` for a signal of which lower is better, and `below:` for one of which higher is.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model")
def trigger_direction(model: Model, repository: Repository) -> Iterator[Finding]:
    """Where the environment tells the direction of a signal, the bound is crossed the other way."""
    for index, trigger in enumerate(model.thresholds.spec.triggers):
        given = "below" if trigger.above is None else "above"
        fits = "higher" if trigger.above is None else "lower"
        for environment in trigger.environments:
            file = repository.environments.get(environment)
            source = None if file is None else file.spec.signals.get(trigger.signal)
            if source is not None and source.direction not in (None, fits):
                yield fail(
                    f"`{given}` is the good side of {trigger.signal}, of which {source.direction} is better",
                    at=model.thresholds.place("triggers", index, given, key=True),
                    notes=(Note(file.place("signals", trigger.signal), f"how {environment} measures it"),),
                )
