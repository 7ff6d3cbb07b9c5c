"""A release pins the data that it was trained on, by digest and by the approved snapshot.

Why: Without the exact cut nobody can train the release again, or tell whether it saw data that it must not see.

Remedy: Add `datasets: [{role: training, digest: "sha256:...", snapshot: ...}]` to the release.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def training_data_pinned(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Each release that was not imported names a training dataset with its snapshot."""
    for name, release in model.releases.items():
        if release.spec.imported:
            continue
        training = [
            (index, dataset) for index, dataset in enumerate(release.spec.datasets) if dataset.role == "training"
        ]
        if not training:
            yield fail(f"release {name} names no training data", at=release.record.place("datasets", key=True))
        for index, dataset in training:
            if dataset.snapshot is None:
                yield fail(
                    f"the training data of release {name} names no snapshot",
                    at=release.record.place("datasets", index),
                )
