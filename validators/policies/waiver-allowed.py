"""A waiver is for a rule that may be waived.

Why: A waiver for a mandatory rule has no effect, and says that somebody has tried.

Remedy: Mend what the rule finds; which rules can be waived is said in policies/enforcement.yaml.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Organisation, Repository, fail, rule


@rule(on="state", over="organisation", always_mandatory=True)
def waiver_allowed(organisation: Organisation, repository: Repository) -> Iterator[Finding]:
    """Enforcement lets the rule of each waiver be waived for some models, also before the change that is judged."""
    for file in organisation.waivers:
        name = file.spec.rule
        for enforcement in (organisation.enforcement, repository.organisation.enforcement):
            waivable = any(entry.rule == name and entry.level == "waivable" for entry in enforcement.spec.levels)
            if repository.always_mandatory(name) or not waivable:
                yield fail(f"`{name}` can not be waived for any model", at=file.place("rule"))
                break
