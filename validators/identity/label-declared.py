"""A model that learns from a known truth says where the truth is found, and when.

Why: Without a label no metric can be computed again, and nobody learns whether the predictions came true.

Remedy: Write `label: {column: ..., delay: ...}` with the time after which the truth of a prediction is known.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule

_MEASURED = ("binary", "multiclass", "regression")


@rule(on="state", over="model")
def label_declared(model: Model, _repository: Repository) -> Iterator[Finding]:
    """A model of a task that has built-in metrics has a label."""
    manifest = model.manifest.spec
    if manifest.task in _MEASURED and manifest.label is None:
        yield fail(
            f"a {manifest.task} model names no `label`",
            at=model.manifest.place("label", key=True),
            notes=(Note(model.manifest.place("task"), "the task"),),
        )
