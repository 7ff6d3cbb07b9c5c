"""A waiver is for a rule that may be waived for its own model.

Why: Some rules bind models of one tier more strictly; a waiver that changes nothing is taken for one that does.

Remedy: Remove the waiver; what binds this model is said in policies/enforcement.yaml.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def waiver_effective(model: Model, repository: Repository) -> Iterator[Finding]:
    """The rule of each waiver for this model is waivable for it."""
    for file in repository.organisation.waivers:
        if file.spec.model == model.name:
            level = repository.level(file.spec.rule, model.manifest.spec)
            if level not in (None, "waivable"):
                yield fail(f"`{file.spec.rule}` is {level} for `{model.name}`, not waivable", at=file.place("rule"))
