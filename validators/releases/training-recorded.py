"""A release says when, from which commit, and under which Python it was trained.

Why: What cannot be trained again cannot be explained; and a time that has not come yet was never measured.

Remedy: Write `trained: {at, code, python}` as the training run has recorded it.
"""

import re
from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def training_recorded(model: Model, repository: Repository) -> Iterator[Finding]:
    """Each release that was not imported has a training record, not from the future, with Python's full version."""
    for name, release in model.releases.items():
        trained = release.spec.trained
        if trained is None:
            if not release.spec.imported:
                yield fail(f"release {name} has no training record", at=release.record.place("trained", key=True))
            continue
        if trained.at > repository.now:
            yield fail(f"release {name} was trained in the future", at=release.record.place("trained", "at"))
        if not re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+((a|b|rc)[0-9]+)?", trained.python):
            yield fail(
                f"`{trained.python}` is no full version of Python, such as 3.11.7",
                at=release.record.place("trained", "python"),
            )
