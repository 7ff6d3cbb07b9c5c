"""A release is measured on other data than it was trained on.

Why: Numbers that a model reaches on what it has seen say how well it remembers, not how well it predicts.

Remedy: Name the data that was held out, `{role: holdout, digest: ...}`, and measure the release on it.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model")
def datasets_apart(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Each release that was not imported names data to measure it on, and none of that is training data."""
    for name, release in model.releases.items():
        roles = [(index, dataset.role, dataset.digest) for index, dataset in enumerate(release.spec.datasets)]
        trained_on = {digest: index for index, role, digest in roles if role == "training"}
        measured_on = [(index, digest) for index, role, digest in roles if role != "training"]
        if not measured_on and not release.spec.imported:
            yield fail(
                f"release {name} names no data that it was measured on", at=release.record.place("datasets", key=True)
            )
        for index, digest in measured_on:
            if digest in trained_on:
                yield fail(
                    f"release {name} is measured on data that it was trained on",
                    at=release.record.place("datasets", index),
                    notes=(Note(release.record.place("datasets", trained_on[digest]), "trained on it"),),
                )
