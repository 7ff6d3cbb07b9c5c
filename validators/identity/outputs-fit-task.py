"""A model says what it predicts and from what, and returns what its task needs.

Why: Metrics, gates and the canary follow from the task; an output of another kind is measured wrongly or not at all.

Remedy: Correct `task:` and `inputs:`, or give an output of the kind that the task needs.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule

_KINDS = {
    "binary": ("probability",),
    "multiclass": ("class", "probability"),
    "regression": ("number",),
    "ranking": ("ranking", "number"),
    "generation": ("text",),
    "forecast": ("number",),
}


@rule(on="state", over="model")
def outputs_fit_task(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Task and inputs are given, some output fits the task, and a binary one says of which class it speaks."""
    manifest = model.manifest.spec
    for field, value in (("task", manifest.task), ("inputs", manifest.inputs)):
        if value is None:
            yield fail(f"the manifest names no `{field}`", at=model.manifest.place(field, key=True))
    if manifest.task is None:
        return
    kinds = _KINDS[manifest.task]
    fitting = [(index, output) for index, output in enumerate(manifest.outputs) if output.kind in kinds]
    if not fitting:
        yield fail(
            f"no output is a {' or a '.join(kinds)}, as a {manifest.task} model's is",
            at=model.manifest.place("outputs", key=True),
            notes=(Note(model.manifest.place("task"), "the task"),),
        )
    for index, output in fitting:
        if manifest.task == "binary" and output.positive is None:
            yield fail(
                f"`{output.name}` does not say with `positive:` of which class it is the probability",
                at=model.manifest.place("outputs", index),
                notes=(Note(model.manifest.place("task"), "the task"),),
            )
