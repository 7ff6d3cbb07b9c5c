"""A model declares when it is retrained, and how old a release that serves may grow.

Why: A model ages while the world changes; if nobody has said when it is too old, it never is.

Remedy: Write `retraining: {cadence: <cron>, timezone: ..., max_age: ...}`, with an age that one cadence can hold.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from modelward.rules import Finding, Model, Note, Repository, fail, gaps, rule, spelled

# Gaps are counted from a fixed day, so that the verdict is the same on every day.
_START = datetime(2026, 1, 1, tzinfo=UTC)


@rule(on="state", over="model")
def retraining_declared(model: Model, _repository: Repository) -> Iterator[Finding]:
    """The cron and its time zone are valid, and some cadence is within the age that is allowed."""
    retraining = model.manifest.spec.retraining
    if retraining is None:
        yield fail("the manifest declares no `retraining`", at=model.manifest.place("retraining", key=True))
        return
    try:
        shortest = gaps(retraining.cadence, retraining.timezone, _START).shortest
    except ValueError as error:
        yield fail(str(error), at=model.manifest.place("retraining", "cadence"))
        return
    if not retraining.max_age.fixed >= shortest:
        yield fail(
            f"a release may grow {retraining.max_age} old, and retraining is at least {spelled(shortest)} apart",
            at=model.manifest.place("retraining", "max_age"),
            notes=(Note(model.manifest.place("retraining", "cadence"), "retrained by this"),),
        )
