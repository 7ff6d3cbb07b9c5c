"""Enforcement speaks of rules that exist, and lowers none that can never be lowered.

Why: A level for a rule of another name changes nothing, and whoever wrote it believes that it does.

Remedy: Name a rule that `modelward rules` lists, or remove the entry.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Organisation, Repository, fail, rule


@rule(on="state", over="organisation", always_mandatory=True)
def enforcement_known(organisation: Organisation, repository: Repository) -> Iterator[Finding]:
    """Each entry names a rule, and a rule that is always mandatory stays so."""
    enforcement = organisation.enforcement
    for index, entry in enumerate(enforcement.spec.levels):
        if not repository.is_rule(entry.rule, organisation):
            yield fail(f"there is no rule `{entry.rule}`", at=enforcement.place("levels", index, "rule"))
        elif entry.level != "mandatory" and repository.always_mandatory(entry.rule):
            yield fail(
                f"`{entry.rule}` is always mandatory, and can never be {entry.level}",
                at=enforcement.place("levels", index, "level"),
            )
