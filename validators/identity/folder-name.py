"""A model's folder bears the model's name.

Why: The folder is the model's identity in every record; two names for one model would split its history.

Remedy: Write the folder's name into `model:`, or move the folder before it is merged.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model", always_mandatory=True)
def folder_name(model: Model, _repository: Repository) -> Iterator[Finding]:
    """The manifest's `model` equals the folder's name."""
    named = model.manifest.spec.model
    if named != model.name:
        yield fail(f"the manifest of `{model.name}` calls itself `{named}`", at=model.manifest.place("model"))
