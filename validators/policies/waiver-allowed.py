"""A waiver is for a rule that may be waived for its model.

Why: A waiver for a mandatory rule has no effect, and says that somebody has tried.

Remedy: Mend what the rule finds; whether a rule can be waived is said in policies/enforcement.yaml.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model", always_mandatory=True)
def waiver_allowed(model: Model, repository: Repository) -> Iterator[Finding]:
    """The rule of each waiver for this model is waivable for it."""
    for file in repository.organisation.waivers:
        if file.spec.model == model.name:
            level = repository.level(file.spec.rule, model.manifest.spec)
            if level not in (None, "waivable"):
                yield fail(f"`{file.spec.rule}` is {level} for `{model.name}`, not waivable", at=file.place("rule"))
